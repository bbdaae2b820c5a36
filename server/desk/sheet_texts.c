#include "desk/sheet_texts.h"
#include "base/err.h"

static const char *const words[SHEET_WORDS][2] = {
    [SHEET_SUMMARY] = {"病历摘要", "Summary of the record"},
    [SHEET_NOTE] = {"病程记录", "Note"},
    [SHEET_NUMBER] = {"编号", "No. "},
    [SHEET_BORN] = {"出生", "born "},
    [SHEET_MALE] = {"男", "male"},
    [SHEET_FEMALE] = {"女", "female"},
    [SHEET_ALLERGIES] = {"过敏：", "Allergic to: "},
    [SHEET_ALLERGY_NONE] = {"没有过敏记录", "No allergy on record"},
    [SHEET_ALLERGY_CUT] = {"过敏记录未能全部读出，请查原始病历。",
                           "Not all allergies could be read: look at the record itself."},
    [SHEET_PROBLEMS] = {"在管问题", "Problems"},
    [SHEET_MEDICATION] = {"现用药", "Medication"},
    [SHEET_DRUG] = {"药品", "Drug"},
    [SHEET_USE] = {"用法", "Use"},
    [SHEET_SINCE] = {"起", "Since"},
    [SHEET_BY] = {"开立", "Prescribed by"},
    [SHEET_VITALS] = {"最近的生命体征", "Last vital signs"},
    [SHEET_VALUE] = {"数值", "Value"},
    [SHEET_NOTES] = {"最近的病程", "Last notes"},
    [SHEET_NONE] = {"无", "None"},
    [SHEET_CUT] = {"内容未全部列出。", "Not everything is listed."},
    [SHEET_SIGNATURE] = {"签名", "Signature"},
    [SHEET_DATE] = {"日期", "Date"},
    [SHEET_PRINTED] = {"打印于", "printed this,"},
    [SHEET_DRAFT] = {"尚未签名的草稿", "A draft, not signed"},
    [SHEET_SIGNED] = {"签名于 ", "signed "},
    [SHEET_HOLDS] = {"核验通过", "verified"},
    [SHEET_BROKEN] = {"与内容不符", "does not fit the text"},
    [SHEET_AMENDMENT] = {"对本记录的修正", "Amendments of this note"},
    [SHEET_REASON] = {"修正原因：", "Why: "},
    [SHEET_COMMA] = {"，", ", "},
    [SHEET_COLON] = {"：", ": "},
    [SHEET_OPINION] = {"最近的会诊意见", "Latest opinion"},
    [SHEET_RESULTS] = {"尚未回报的检查", "Results still open"},
    [SHEET_FOLLOW_UPS] = {"随访安排", "Follow-ups planned"},
};

const char *sheet_word(enum sheet_word word, bool is_english)
{
    return words[word][is_english];
}

static const char *const measures[][3] = {
    {"85354-9", "血压", "Blood pressure"}, {"8867-4", "心率", "Pulse"},
    {"8310-5", "体温", "Temperature"},     {"9279-1", "呼吸", "Breathing"},
    {"59408-5", "血氧", "Oxygen"},         {"2708-6", "血氧", "Oxygen"},
    {"72514-3", "疼痛", "Pain"},           {"29463-7", "体重", "Weight"},
    {"8302-2", "身高", "Height"},          {"14771-0", "空腹血糖", "Fasting glucose"},
    {"15074-8", "血糖", "Glucose"},
};

const char *sheet_measure(struct str code, bool is_english)
{
    for (size_t i = 0; i < COUNT_OF(measures); i++)
        if (str_is_text(code, measures[i][0])) return measures[i][is_english ? 2 : 1];
    return NULL;
}
