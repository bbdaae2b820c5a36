#include "desk/visit_table.h"

static const char *const states[VISIT_STATES] = {
    [VISIT_DRAFT] = "draft",       [VISIT_ACTIVE] = "active",           [VISIT_MORE_INFO] = "more-info",
    [VISIT_ARRIVED] = "arrived",   [VISIT_IN_PROGRESS] = "in-progress", [VISIT_ONLEAVE] = "onleave",
    [VISIT_FINISHED] = "finished", [VISIT_CLOSED] = "closed",           [VISIT_REVOKED] = "revoked",
    [VISIT_REFUSED] = "refused"};

static const char *const nos[VISIT_NOS] = {[VISIT_YES] = "",
                                           [VISIT_NO_ASKED_ALREADY] = "asked for already",
                                           [VISIT_NO_NOT_ASKED] = "not asked for yet",
                                           [VISIT_NO_NOT_THERE] = "the patient is not there yet",
                                           [VISIT_NO_UNDER_WAY] = "under way",
                                           [VISIT_NO_NOT_BEGUN] = "not begun",
                                           [VISIT_NO_NO_QUESTION] = "nothing was asked",
                                           [VISIT_NO_NOT_FINISHED] = "not finished yet",
                                           [VISIT_NO_OVER] = "over"};

enum {
    DOCTOR = ROLE_BIT(ROLE_CLINIC_DOCTOR),
    NURSE = ROLE_BIT(ROLE_NURSE),
    SPECIALIST = ROLE_BIT(ROLE_SPECIALIST)
};

static const struct {
    const char *text, *words;
    uint32_t roles; /* 0: the server alone */
} verbs[VISIT_VERBS] = {
    [VISIT_DO_CHANGE] = {"change", "write or change the draft", DOCTOR},
    [VISIT_DO_CONSENT] = {"consent", "record the consent", DOCTOR | NURSE},
    [VISIT_DO_REFUSE] = {"refuse", "record the refusal", DOCTOR | NURSE},
    [VISIT_DO_WITHDRAW] = {"withdraw", "record that consent is withdrawn", DOCTOR | NURSE | SPECIALIST},
    [VISIT_DO_EXCEPT] = {"except", "say that it is an emergency", DOCTOR},
    [VISIT_DO_CONFIRM] = {"confirm", "confirm the emergency, as another", DOCTOR | NURSE},
    [VISIT_DO_ACTIVATE] = {"activate", "ask for it", DOCTOR},
    [VISIT_DO_ASK] = {"ask", "want to know more", SPECIALIST},
    [VISIT_DO_ANSWER] = {"answer", "answer", DOCTOR},
    [VISIT_DO_ATTACH] = {"attach", "attach more", DOCTOR},
    [VISIT_DO_REVOKE] = {"revoke", "take it back", DOCTOR},
    [VISIT_DO_ARRIVE] = {"arrive", "receive the patient", DOCTOR | NURSE},
    [VISIT_DO_IDENTIFY] = {"identify", "check who it is", DOCTOR | NURSE},
    [VISIT_DO_ADMIT] = {"admit", "let somebody in", DOCTOR | NURSE},
    [VISIT_DO_INTERRUPT] = {"interrupt", "the call is lost", 0},
    [VISIT_DO_RESUME] = {"resume", "the call is back", 0},
    [VISIT_DO_FINISH] = {"finish", "end the conversation", DOCTOR},
    [VISIT_DO_CLOSE] = {"close", "close it", DOCTOR},
};

/* What is not written is: over. A place above 0 is a state, one below a reason against it. */
#define TO(state) ((int8_t)(VISIT_##state + 1))
#define NO(reason) ((int8_t)-VISIT_NO_##reason)

static const int8_t table[VISIT_VERBS][VISIT_CLOSED] = {
    [VISIT_DO_CHANGE] = {TO(DRAFT), NO(ASKED_ALREADY), NO(ASKED_ALREADY), NO(UNDER_WAY), NO(UNDER_WAY),
                         NO(UNDER_WAY)},
    [VISIT_DO_CONSENT] = {TO(DRAFT), TO(ACTIVE), TO(MORE_INFO), TO(ARRIVED), TO(IN_PROGRESS), TO(ONLEAVE)},
    [VISIT_DO_REFUSE] = {TO(REFUSED), TO(REFUSED), TO(REFUSED), TO(REFUSED), NO(UNDER_WAY), NO(UNDER_WAY)},
    [VISIT_DO_WITHDRAW] = {NO(NOT_BEGUN), NO(NOT_BEGUN), NO(NOT_BEGUN), TO(ARRIVED), TO(ONLEAVE),
                           TO(ONLEAVE)},
    [VISIT_DO_EXCEPT] = {TO(DRAFT), TO(ACTIVE), TO(MORE_INFO), TO(ARRIVED), TO(IN_PROGRESS), TO(ONLEAVE)},
    [VISIT_DO_CONFIRM] = {TO(DRAFT), TO(ACTIVE), TO(MORE_INFO), TO(ARRIVED), TO(IN_PROGRESS), TO(ONLEAVE)},
    [VISIT_DO_ACTIVATE] = {TO(ACTIVE), NO(ASKED_ALREADY), NO(ASKED_ALREADY), NO(ASKED_ALREADY),
                           NO(ASKED_ALREADY), NO(ASKED_ALREADY)},
    [VISIT_DO_ASK] = {NO(NOT_ASKED), TO(MORE_INFO), TO(MORE_INFO), NO(UNDER_WAY), NO(UNDER_WAY),
                      NO(UNDER_WAY)},
    [VISIT_DO_ANSWER] = {NO(NO_QUESTION), NO(NO_QUESTION), TO(ACTIVE), NO(NO_QUESTION), NO(NO_QUESTION),
                         NO(NO_QUESTION)},
    [VISIT_DO_ATTACH] = {NO(NOT_ASKED), TO(ACTIVE), TO(MORE_INFO), TO(ARRIVED), TO(IN_PROGRESS), TO(ONLEAVE)},
    [VISIT_DO_REVOKE] = {TO(REVOKED), TO(REVOKED), TO(REVOKED), TO(REVOKED), NO(UNDER_WAY), NO(UNDER_WAY)},
    [VISIT_DO_ARRIVE] = {NO(NOT_ASKED), TO(ARRIVED), TO(ARRIVED), NO(UNDER_WAY), NO(UNDER_WAY),
                         NO(UNDER_WAY)},
    [VISIT_DO_IDENTIFY] = {NO(NOT_THERE), NO(NOT_THERE), NO(NOT_THERE), TO(ARRIVED), TO(IN_PROGRESS),
                           TO(ONLEAVE)},
    [VISIT_DO_ADMIT] = {NO(NOT_THERE), NO(NOT_THERE), NO(NOT_THERE), TO(IN_PROGRESS), TO(IN_PROGRESS),
                        TO(IN_PROGRESS)},
    [VISIT_DO_INTERRUPT] = {NO(NOT_BEGUN), NO(NOT_BEGUN), NO(NOT_BEGUN), NO(NOT_BEGUN), TO(ONLEAVE),
                            NO(NOT_BEGUN)},
    [VISIT_DO_RESUME] = {NO(NOT_BEGUN), NO(NOT_BEGUN), NO(NOT_BEGUN), NO(NOT_BEGUN), NO(UNDER_WAY),
                         TO(IN_PROGRESS)},
    [VISIT_DO_FINISH] = {NO(NOT_BEGUN), NO(NOT_BEGUN), NO(NOT_BEGUN), TO(FINISHED), TO(FINISHED),
                         TO(FINISHED)},
    [VISIT_DO_CLOSE] = {NO(NOT_FINISHED), NO(NOT_FINISHED), NO(NOT_FINISHED), NO(NOT_FINISHED),
                        NO(NOT_FINISHED), NO(NOT_FINISHED), TO(CLOSED)},
};

enum visit_state visit_next(enum visit_state from, enum visit_verb verb, enum visit_no *ret_no)
{
    ASSERT(from < VISIT_STATES && verb < VISIT_VERBS);
    int8_t to = from < VISIT_CLOSED ? table[verb][from] : 0;
    *ret_no = to > 0 ? VISIT_YES : to < 0 ? (enum visit_no) - to : VISIT_NO_OVER;
    return to > 0 ? (enum visit_state)(to - 1) : from;
}

bool visit_may(struct role_set roles, enum visit_verb verb)
{
    ASSERT(verb < VISIT_VERBS);
    return (roles.bits & verbs[verb].roles) != 0;
}

const char *visit_state_text(enum visit_state state)
{
    ASSERT(state < VISIT_STATES);
    return states[state];
}

bool visit_state_from(struct str text, enum visit_state *ret)
{
    for (int i = 0; i < VISIT_STATES; i++)
        if (str_is_text(text, states[i])) return *ret = (enum visit_state)i, true;
    return false;
}

const char *visit_verb_text(enum visit_verb verb)
{
    ASSERT(verb < VISIT_VERBS);
    return verbs[verb].text;
}

bool visit_verb_from(struct str text, enum visit_verb *ret)
{
    for (int i = 0; i < VISIT_VERBS; i++)
        if (str_is_text(text, verbs[i].text)) return *ret = (enum visit_verb)i, true;
    return false;
}

const char *visit_request_status(enum visit_state state)
{
    switch (state) {
    case VISIT_DRAFT:
        return "draft";
    case VISIT_MORE_INFO:
        return "on-hold";
    case VISIT_CLOSED:
        return "completed";
    case VISIT_REVOKED:
    case VISIT_REFUSED:
        return "revoked";
    case VISIT_ACTIVE:
    case VISIT_ARRIVED:
    case VISIT_IN_PROGRESS:
    case VISIT_ONLEAVE:
    case VISIT_FINISHED:
    case VISIT_STATES:
        break;
    }
    return "active";
}

const char *visit_encounter_status(enum visit_state state)
{
    switch (state) {
    case VISIT_ARRIVED:
    case VISIT_IN_PROGRESS:
    case VISIT_ONLEAVE:
        return states[state];
    case VISIT_FINISHED:
    case VISIT_CLOSED:
        return "finished";
    case VISIT_REVOKED:
    case VISIT_REFUSED:
        return "cancelled";
    case VISIT_DRAFT:
    case VISIT_ACTIVE:
    case VISIT_MORE_INFO:
    case VISIT_STATES:
        break;
    }
    return "planned";
}

bool visit_is_over(enum visit_state state)
{
    return state >= VISIT_CLOSED;
}

bool visit_is_running(enum visit_state state)
{
    return state == VISIT_ARRIVED || state == VISIT_IN_PROGRESS || state == VISIT_ONLEAVE;
}

/* -- the page -- */

static void print_states(struct buf *to)
{
    buf_add_text(to, "| event |");
    for (int s = 0; s < VISIT_CLOSED; s++)
        buf_printf(to, " %s |", states[s]);
    buf_add_text(to, "\n|---|");
    for (int s = 0; s < VISIT_CLOSED; s++)
        buf_add_text(to, "---|");
    for (int v = 0; v < VISIT_VERBS; v++) {
        buf_printf(to, "\n| %s |", verbs[v].text);
        for (int s = 0; s < VISIT_CLOSED; s++) {
            enum visit_no no;
            enum visit_state next = visit_next((enum visit_state)s, (enum visit_verb)v, &no);
            if (no == VISIT_YES)
                buf_printf(to, " **%s** |", states[next]);
            else
                buf_printf(to, " – %s |", nos[no]);
        }
    }
    buf_add_text(to, "\n\nIn **closed**, **revoked** and **refused** every event is refused: over.\n");
}

static void print_roles(struct buf *to)
{
    static const enum role asked[] = {ROLE_CLINIC_DOCTOR, ROLE_NURSE, ROLE_SPECIALIST};
    buf_add_text(to, "| act |");
    for (size_t r = 0; r < COUNT_OF(asked); r++)
        buf_printf(to, " %s |", role_name(asked[r]));
    buf_add_text(to, "\n|---|---|---|---|");
    for (int v = 0; v < VISIT_VERBS; v++) {
        buf_printf(to, "\n| %s: %s |", verbs[v].text, verbs[v].words);
        for (size_t r = 0; r < COUNT_OF(asked); r++) {
            bool may = visit_may((struct role_set){ROLE_BIT(asked[r])}, (enum visit_verb)v);
            buf_add_text(to, !may ? " – |" : asked[r] == ROLE_SPECIALIST ? " own |" : " yes |");
        }
    }
    buf_add_text(to, "\n\nWhat nobody may is the server's own. \"own\": who has a seat in its booking.\n");
}

void visit_print(struct buf *to)
{
    buf_add_text(to, "## Visit (`server/desk/visit_table.c`)\n\n"
                     "A consultation: a ServiceRequest and its Encounter, written together. Facts can refuse "
                     "an event too: "
                     "`no consent`, `not booked`, `not identified`,\n`not named`, `the same clinician`.\n\n");
    print_states(to);
    buf_add_text(to, "\n# Who may do what in a visit (`server/desk/visit_table.c`)\n\n");
    print_roles(to);
}
