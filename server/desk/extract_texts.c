#include "desk/extract_texts.h"
#include "base/err.h"
#include <stddef.h>
#include <string.h>

static const char *const words[EXTRACT_WORDS][2] = {
    [EXTRACT_RECORD] = {"病历导出", "Export of a record"},
    [EXTRACT_OWN] = {"本人病历副本", "Copy of the own record"},
    [EXTRACT_OWN_TEXT] =
        {"这是交给本人的副本：已放行的内容。本人可以要求更正，或附上自己的说明。",
         "This copy is for the person concerned: what was released. They may ask for a correction or add a "
         "statement of their own."},
    [EXTRACT_PRINTED] = {"打印人", "printed by "},
    [EXTRACT_AUDIT] = {"审计导出", "Export of the trail"},
    [EXTRACT_FOR] = {"供", "for "},
    [EXTRACT_BY] = {"导出人", "exported by "},
    [EXTRACT_NUMBER] = {"导出编号", "export no. "},
    [EXTRACT_RECIPIENT] = {"接收方", "For"},
    [EXTRACT_REASON] = {"理由", "Reason"},
    [EXTRACT_ASKED] = {"申请人", "Asked by"},
    [EXTRACT_GRANTED] = {"批准人", "Granted by"},
    [EXTRACT_WHEN] = {"时间", "When"},
    [EXTRACT_WHAT] = {"内容", "What"},
    [EXTRACT_VALUE] = {"数值或状态", "Value or state"},
    [EXTRACT_WHO] = {"人员", "Who"},
    [EXTRACT_RESULT] = {"结果", "Outcome"},
    [EXTRACT_CUT] = {"纸面放不下全部内容；全部在压缩包的 NDJSON 文件里。",
                     "The paper does not hold all of it; the archive's NDJSON file does."},
    [EXTRACT_LEFT_OUT] = {"导出人无权看的内容不在其中。",
                          "What the exporting person may not see is not in it."},
    [EXTRACT_NOTES] = {"病程与文书", "Notes"},
    [EXTRACT_NOBODY] = {"系统", "the system"},
};

const char *extract_word(enum extract_word word, bool is_english)
{
    return words[word][is_english];
}

static const struct {
    const char *type, *zh, *en;
} types[] = {
    {"AllergyIntolerance", "过敏", "Allergies"},
    {"Condition", "诊断与问题", "Problems"},
    {"MedicationRequest", "医嘱", "Orders of medication"},
    {"MedicationAdministration", "给药", "Doses"},
    {"Observation", "检查与体征", "Measurements and results"},
    {"DiagnosticReport", "报告", "Reports"},
    {"Procedure", "操作", "Procedures"},
    {"Immunization", "接种", "Immunizations"},
    {"Encounter", "就诊", "Visits"},
    {"Appointment", "预约", "Appointments"},
    {"ServiceRequest", "申请", "Requests"},
    {"Consent", "同意书", "Consents"},
    {"DocumentReference", "文件", "Documents"},
    {"ImagingStudy", "影像", "Imaging"},
};

const char *extract_type(const char *type, bool is_english)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (strcmp(type, types[i].type) == 0) return is_english ? types[i].en : types[i].zh;
    return NULL;
}
