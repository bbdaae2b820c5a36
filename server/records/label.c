#include "records/label.h"

#define CONFIDENTIALITY "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
#define ACT "http://terminology.hl7.org/CodeSystem/v3-ActCode"

static const struct {
    const char *system, *code;
    enum record_label label; /* 0: says nothing */
} known[] = {
    {CONFIDENTIALITY, "N", 0},
    {CONFIDENTIALITY, "M", 0},
    {CONFIDENTIALITY, "L", 0},
    {CONFIDENTIALITY, "U", 0},
    {CONFIDENTIALITY, "R", RECORD_LABEL_RESTRICTED},
    {CONFIDENTIALITY, "V", RECORD_LABEL_VERY_RESTRICTED},
    {ACT, "PSY", RECORD_LABEL_PSYCHIATRY},
    {ACT, "MH", RECORD_LABEL_PSYCHIATRY},
    {ACT, "HIV", RECORD_LABEL_HIV},
    {ACT, "ETH", RECORD_LABEL_SUBSTANCE},
    {ACT, "SUD", RECORD_LABEL_SUBSTANCE},
    {ACT, "SEX", RECORD_LABEL_SEXUALITY},
    {ACT, "SDV", RECORD_LABEL_SEXUALITY},
    {RECORD_LABEL_SYSTEM, "released", RECORD_LABEL_RELEASED},
    {RECORD_LABEL_SYSTEM, "custody", RECORD_LABEL_CUSTODY},
};

static uint32_t label_of_coding(const struct tape *t, uint32_t coding)
{
    uint32_t system = tape_get(t, coding, STR("system")), code = tape_get(t, coding, STR("code"));
    if (system == TAPE_NONE || code == TAPE_NONE) return RECORD_LABEL_OTHER;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (tape_is_text(t, system, known[i].system) && tape_is_text(t, code, known[i].code))
            return known[i].label;
    return RECORD_LABEL_OTHER;
}

uint32_t label_of(const struct tape *tape, uint32_t node)
{
    uint32_t labels = 0;
    uint32_t list = tape_get(tape, tape_get(tape, node, STR("meta")), STR("security"));
    for (uint32_t i = 0, at; (at = tape_at(tape, list, i)) != TAPE_NONE; i++)
        labels |= label_of_coding(tape, at);
    return labels;
}

static enum record_lifecycle lifecycle_of(const struct tape *tape, uint32_t status)
{
    static const struct {
        const char *status;
        enum record_lifecycle lifecycle;
    } states[] = {
        {"draft", RECORD_DRAFT},     {"preliminary", RECORD_DRAFT}, {"registered", RECORD_DRAFT},
        {"partial", RECORD_DRAFT},   {"final", RECORD_FINAL},       {"amended", RECORD_FINAL},
        {"corrected", RECORD_FINAL}, {"appended", RECORD_FINAL},    {"completed", RECORD_FINAL},
        {"finished", RECORD_FINAL},  {"not-done", RECORD_FINAL},    {"entered-in-error", RECORD_VOID},
    };
    for (size_t i = 0; i < COUNT_OF(states) && status != TAPE_NONE; i++)
        if (tape_is_text(tape, status, states[i].status)) return states[i].lifecycle;
    return RECORD_ACTIVE;
}

/* A stay in custody is what the registry says of it, and the registry may say it otherwise: that somebody left, and then that it was an error. No
 * care stands in it. */
static bool is_custody(const struct tape *tape, uint32_t node)
{
    uint32_t type = tape_at(tape, tape_get(tape, node, STR("type")), 0),
             coding = tape_at(tape, tape_get(tape, type, STR("coding")), 0);
    return tape_is_text(tape, tape_get(tape, node, STR("resourceType")), "Encounter") &&
           tape_is_text(tape, tape_get(tape, coding, STR("system")), "urn:yunqiao:encounter") &&
           tape_is_text(tape, tape_get(tape, coding, STR("code")), "custody");
}

/* That something was refused or not done is a fact as much as that it was done. A document's status says whether it is the one to use
 * (current, superseded), and docStatus how far it is. */
enum record_lifecycle label_lifecycle(const struct tape *tape, uint32_t node)
{
    enum record_lifecycle said = lifecycle_of(tape, tape_get(tape, node, STR("status")));
    if (said == RECORD_FINAL && is_custody(tape, node)) return RECORD_ACTIVE;
    return said != RECORD_ACTIVE ? said : lifecycle_of(tape, tape_get(tape, node, STR("docStatus")));
}

static const struct {
    const char *code;
    enum record_label label;
} secrets[] = {
    {"R", RECORD_LABEL_RESTRICTED}, {"V", RECORD_LABEL_VERY_RESTRICTED}, {"PSY", RECORD_LABEL_PSYCHIATRY},
    {"HIV", RECORD_LABEL_HIV},      {"ETH", RECORD_LABEL_SUBSTANCE},     {"SEX", RECORD_LABEL_SEXUALITY},
};

uint32_t label_secret_from(struct str code)
{
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (str_is_text(code, secrets[i].code)) return secrets[i].label;
    return 0;
}

const char *label_secret_code(uint32_t label)
{
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (secrets[i].label == label) return secrets[i].code;
    return NULL;
}
