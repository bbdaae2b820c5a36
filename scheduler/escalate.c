#include "scheduler/escalate.h"
#include "scheduler/terms.h"

static const struct {
    const char *name;
    uint8_t count;
    struct {
        enum escalate_to to;
        int16_t after_min; /* below 0: before */
    } steps[ESCALATE_STEPS_MAX];
} kinds[ESCALATE_KINDS] = {
    [ESCALATE_TRIAGE] = {"triage", 2, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 60}}},
    [ESCALATE_VISIT] = {"visit", 2, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 60}}},
    [ESCALATE_EMERGENCY] = {"emergency",
                            3,
                            {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 0}, {ESCALATE_COMMAND, 10}}},
    [ESCALATE_FOLLOW_UP] = {"follow-up", 2, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 240}}},
    [ESCALATE_OPINION] = {"opinion", 2, {{ESCALATE_AUTHOR, 0}, {ESCALATE_DOCTOR, 720}}},
    [ESCALATE_RESULT] = {"result", 2, {{ESCALATE_DOCTOR, 0}, {ESCALATE_NURSE, 60}}},
    [ESCALATE_START] = {"screening", 3, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 30}, {ESCALATE_COMMAND, 60}}},
    [ESCALATE_LOOK] = {"screening-look", 2, {{ESCALATE_DOCTOR, 0}, {ESCALATE_COMMAND, 60}}},
    [ESCALATE_ASSESSMENT] = {"assessment", 2, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 240}}},
    [ESCALATE_TRANSFER] = {"transfer", 2, {{ESCALATE_DOCTOR, 0}, {ESCALATE_NURSE, 30}}},
    [ESCALATE_REPORT] = {"report", 3, {{ESCALATE_DOCTOR, -60}, {ESCALATE_NURSE, -60}, {ESCALATE_DOCTOR, 0}}},
    [ESCALATE_REVIEW] = {"review", 2, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 1440}}},
    [ESCALATE_CORRECTION] = {"correction", 2, {{ESCALATE_DOCTOR, -2880}, {ESCALATE_DOCTOR, 0}}},
    [ESCALATE_RELEASE] = {"release-summary", 2, {{ESCALATE_DOCTOR, 0}, {ESCALATE_NURSE, 60}}},
    [ESCALATE_CONTACT] = {"contact", 1, {{ESCALATE_DOCTOR, 0}}},
    [ESCALATE_CONCERN] = {"concern", 2, {{ESCALATE_NURSE, 0}, {ESCALATE_DOCTOR, 15}}},
};

uint8_t escalate_steps(enum escalate_kind kind)
{
    ASSERT(kind < ESCALATE_KINDS);
    return kinds[kind].count;
}

enum escalate_to escalate_whom(enum escalate_kind kind, uint8_t n)
{
    ASSERT(n < escalate_steps(kind));
    return kinds[kind].steps[n].to;
}

struct instant escalate_at(enum escalate_kind kind, uint8_t n, struct instant due)
{
    ASSERT(n < escalate_steps(kind));
    return instant_add(due, kinds[kind].steps[n].after_min * MINUTE_MS);
}

const char *escalate_kind_text(enum escalate_kind kind)
{
    ASSERT(kind < ESCALATE_KINDS);
    return kinds[kind].name;
}

const char *escalate_to_text(enum escalate_to to)
{
    static const char *const names[ESCALATE_TOS] = {"nurse", "clinic-doctor", "author", "duty-command"};
    ASSERT(to < ESCALATE_TOS);
    return names[to];
}
