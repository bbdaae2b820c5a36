#include "desk/consequence_table.h"
#include "scheduler/terms.h"

enum {
    STAYS = CONSEQUENCE_STAYS,
    SOON = CONSEQUENCE_SOON,
    DAY = CONSEQUENCE_DAY,
    ABSENT = CONSEQUENCE_ABSENT,
    ENDS = CONSEQUENCE_ENDS,
    CLOSES = CONSEQUENCE_CLOSES
};

/* clang-format off */
static const uint8_t table[CONSEQUENCE_WHATS][CUSTODY_STATES] = {
    /*                             none    housed   court    hospital  elsewhere  released  transferred  died */
    [CONSEQUENCE_BOOKING]     = {  ENDS,   STAYS,   SOON,    DAY,      SOON,      ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_ESCORT]      = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_LOCAL_VISIT] = {  ENDS,   STAYS,   SOON,    DAY,      SOON,      ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_SICK_CALL]   = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_VISIT]       = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_GRANT]       = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_ORDER]       = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_DOSE]        = {  STAYS,  STAYS,   ABSENT,  ABSENT,   ABSENT,    STAYS,    STAYS,       STAYS  },
    [CONSEQUENCE_FOLLOW_UP]   = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_CASE]        = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_CONTACT]     = {  ENDS,   STAYS,   STAYS,   STAYS,    STAYS,     ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_SESSION]     = {  ENDS,   STAYS,   ENDS,    ENDS,     ENDS,      ENDS,     ENDS,        ENDS   },
    [CONSEQUENCE_RECORD]      = {  STAYS,  STAYS,   STAYS,   STAYS,    STAYS,     STAYS,    STAYS,       CLOSES },
};
static const char *const whats[CONSEQUENCE_WHATS] = {
    [CONSEQUENCE_BOOKING] = "booking",         [CONSEQUENCE_ESCORT] = "escort",
    [CONSEQUENCE_LOCAL_VISIT] = "local visit", [CONSEQUENCE_SICK_CALL] = "sick call",
    [CONSEQUENCE_VISIT] = "consultation",      [CONSEQUENCE_GRANT] = "grant",
    [CONSEQUENCE_ORDER] = "order",             [CONSEQUENCE_DOSE] = "dose",
    [CONSEQUENCE_FOLLOW_UP] = "follow-up",     [CONSEQUENCE_SESSION] = "session",
    [CONSEQUENCE_CASE] = "case",               [CONSEQUENCE_CONTACT] = "contact",
    [CONSEQUENCE_RECORD] = "record"};
static const char *const rules[CONSEQUENCE_RULES] = {
    [CONSEQUENCE_STAYS] = "–",            [CONSEQUENCE_SOON] = "**reopened**, 2 h ahead",
    [CONSEQUENCE_DAY] = "**reopened**, 24 h ahead", [CONSEQUENCE_ABSENT] = "**absent**",
    [CONSEQUENCE_ENDS] = "**ends**",      [CONSEQUENCE_CLOSES] = "**closes**"};
/* clang-format on */

enum consequence_rule consequence_rule(enum consequence_what what, enum custody_state state)
{
    ASSERT(what < CONSEQUENCE_WHATS);
    ASSERT(state < CUSTODY_STATES);
    return (enum consequence_rule)table[what][state];
}

int64_t consequence_ahead_ms(enum consequence_rule rule)
{
    return rule == CONSEQUENCE_SOON ? 2 * HOUR_MS : rule == CONSEQUENCE_DAY ? DAY_MS : 0;
}

const char *consequence_what_text(enum consequence_what what)
{
    ASSERT(what < CONSEQUENCE_WHATS);
    return whats[what];
}

void consequence_print(struct buf *to)
{
    buf_add_text(to, "| |");
    for (int s = 0; s < CUSTODY_STATES; s++)
        buf_printf(to, " %s |", custody_text((enum custody_state)s));
    buf_add_text(to, "\n|---|");
    for (int s = 0; s < CUSTODY_STATES; s++)
        buf_add_text(to, "---|");
    buf_add_char(to, '\n');
    for (int w = 0; w < CONSEQUENCE_WHATS; w++) {
        buf_printf(to, "| %s |", whats[w]);
        for (int s = 0; s < CUSTODY_STATES; s++)
            buf_printf(to, " %s |", rules[table[w][s]]);
        buf_add_char(to, '\n');
    }
}
