#include "scheduler/rule.h"

enum may { NO, OWN, YES, BUT }; /* BUT: with a reason */

/* clang-format off */
static const uint8_t table[RULE_ACTS][RULE_ROLES] = {
    /*                      doctor nurse pharm spec  interp admin guard cmd   detain priv  sec   sys */
    [RULE_FIND]          = {YES,   YES,  NO,   NO,   NO,    YES,  NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_BOOK]          = {YES,   NO,   NO,   NO,   NO,    YES,  NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_MOVE]          = {YES,   NO,   NO,   NO,   NO,    YES,  NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_CANCEL]        = {BUT,   NO,   NO,   NO,   NO,    BUT,  NO,   NO,   OWN,   NO,   NO,   NO},
    [RULE_ANSWER]        = {OWN,   OWN,  NO,   OWN,  OWN,   NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_ANSWER_FOR]    = {YES,   NO,   NO,   NO,   NO,    YES,  NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_RECEIVE]       = {YES,   YES,  NO,   NO,   NO,    NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_FULFIL]        = {YES,   NO,   NO,   OWN,  NO,    NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_RAISE]         = {YES,   YES,  NO,   NO,   NO,    NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_LOWER]         = {BUT,   BUT,  NO,   NO,   NO,    NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_OVERRIDE]      = {BUT,   NO,   NO,   NO,   NO,    NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_ORDER_COURT]   = {NO,    NO,   NO,   NO,   NO,    NO,   NO,   YES,  NO,    NO,   NO,   NO},
    [RULE_SAY_CANNOT]    = {NO,    NO,   NO,   NO,   NO,    NO,   OWN,  YES,  NO,    NO,   NO,   NO},
    [RULE_PAGE]          = {YES,   YES,  NO,   NO,   NO,    NO,   NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_SEE_TIME]      = {YES,   YES,  NO,   OWN,  OWN,   YES,  OWN,  YES,  OWN,   YES,  NO,   NO},
    [RULE_SEE_PEOPLE]    = {YES,   YES,  NO,   OWN,  OWN,   YES,  NO,   NO,   OWN,   YES,  NO,   NO},
    [RULE_SEE_FIELD]     = {YES,   YES,  NO,   OWN,  NO,    YES,  NO,   NO,   OWN,   YES,  NO,   NO},
    [RULE_SEE_TRIAGE]    = {YES,   YES,  NO,   OWN,  NO,    YES,  NO,   NO,   NO,    YES,  NO,   NO},
    [RULE_SEE_LIST]      = {YES,   YES,  NO,   NO,   NO,    YES,  NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_EDIT_ROSTER]   = {OWN,   OWN,  NO,   OWN,  OWN,   YES,  NO,   NO,   NO,    NO,   NO,   NO},
    [RULE_EDIT_CALENDAR] = {NO,    NO,   NO,   NO,   NO,    YES,  NO,   NO,   NO,    NO,   NO,   NO},
};
static const char *const roles[RULE_ROLES] = {
    "clinic-doctor", "nurse", "pharmacist", "specialist", "interpreter", "scheduling-admin", "guard",
    "duty-command", "detainee", "privacy-officer", "security-admin", "system-admin"};
static const char *const acts[RULE_ACTS] = {
    "search for times", "hold, ask, repair", "move", "cancel", "answer", "answer for another", "check in, arrive, no-show",
    "fulfil", "make more urgent", "make less urgent", "displace for an emergency", "order that court yields",
    "say that it cannot be done", "page the specialists on call", "see when and where", "see who takes part",
    "see the specialty", "see the triage level", "see the waiting list", "edit rosters", "edit the holiday calendar"};
/* clang-format on */

enum rule_answer rule_may(enum rule_role role, enum rule_act act, struct rule_facts facts)
{
    ASSERT(role < RULE_ROLES && act < RULE_ACTS);
    switch ((enum may)table[act][role]) {
    case YES:
        return RULE_MAY;
    case OWN:
        return facts.is_own ? RULE_MAY : RULE_NOT_OWN;
    case BUT:
        return facts.has_reason ? RULE_MAY : RULE_NEEDS_REASON;
    case NO:
        break;
    }
    return RULE_NOT_THIS_ROLE;
}

bool rule_is_custody(enum rule_role role)
{
    return role == RULE_GUARD || role == RULE_DUTY_COMMAND;
}

bool rule_is_custody_code(enum appt_reason r)
{
    return r == APPT_NO_ESCORT || r == APPT_LOCKDOWN || r == APPT_COURT;
}

bool rule_shows_reason(enum rule_role role, enum appt_reason r)
{
    switch (role) {
    case RULE_CLINIC_DOCTOR:
    case RULE_NURSE:
    case RULE_PRIVACY_OFFICER:
    case RULE_DETAINEE:
        return true;
    case RULE_SCHEDULING_ADMIN: /* enough to find another time; refusal of care is clinical */
    case RULE_SPECIALIST:
        return r != APPT_CARE_REFUSED && r != APPT_ILL;
    case RULE_GUARD:
    case RULE_DUTY_COMMAND:
        return rule_is_custody_code(r);
    case RULE_PHARMACIST:
    case RULE_INTERPRETER:
    case RULE_SECURITY_ADMIN:
    case RULE_SYSTEM_ADMIN:
    case RULE_ROLES:
        break;
    }
    return false;
}

const char *rule_role_text(enum rule_role role)
{
    ASSERT(role < RULE_ROLES);
    return roles[role];
}

const char *rule_act_text(enum rule_act act)
{
    ASSERT(act < RULE_ACTS);
    return acts[act];
}

void rule_table_write(struct buf *to)
{
    static const char *const words[] = {[NO] = "–", [OWN] = "own", [YES] = "yes", [BUT] = "with a reason"};
    buf_add_text(to, "| act |");
    for (int r = 0; r < RULE_ROLES; r++)
        buf_printf(to, " %s |", roles[r]);
    buf_add_text(to, "\n|---|");
    for (int r = 0; r < RULE_ROLES; r++)
        buf_add_text(to, "---|");
    for (int a = 0; a < RULE_ACTS; a++) {
        buf_printf(to, "\n| %s |", acts[a]);
        for (int r = 0; r < RULE_ROLES; r++)
            buf_printf(to, " %s |", words[table[a][r]]);
    }
    buf_add_char(to, '\n');
}
