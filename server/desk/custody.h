/* custody: where the law has somebody, read out of the custody Encounters that desk/registrar writes: one word and a cell, which is all that
 * the rest of the house goes by. Of several stays the one that began last counts; one that was taken back never was.
 *
 *   Encounter in-progress    the open place: a cell -> housed; COURT, HOSPITAL, ELSEWHERE -> out, and coming back
 *   Encounter finished       its dischargeDisposition: DEAD -> died; TRANSFERRED, HOSPITAL -> transferred; any other, or none -> released
 *   Encounter cancelled, entered-in-error                        -> none
 *
 * On a reader or the desk; texts live in server->arena. */
#ifndef DESK_CUSTODY_H
#define DESK_CUSTODY_H
#include "desk/chart.h"

enum custody_state {
    CUSTODY_NONE, /* never here, or the admission was taken back */
    CUSTODY_HOUSED,
    CUSTODY_COURT,
    CUSTODY_HOSPITAL,  /* under guard, and coming back */
    CUSTODY_ELSEWHERE, /* out of the house, and coming back */
    CUSTODY_RELEASED,
    CUSTODY_TRANSFERRED, /* another house, or a hospital for good: another clinic has the care */
    CUSTODY_DIED,
    CUSTODY_STATES
};
struct custody {
    enum custody_state state;
    bool is_announced;    /* the release is pending; only of somebody who is here, or out and coming back */
    struct instant since; /* when the place was reached, or the stay ended; ms 0: none */
    struct str cell;      /* HOUSED: "Location/x", and below its words; empty: not said */
    struct str cell_words;
    struct str encounter; /* the id of the stay; empty: none */
};

const char *custody_text(enum custody_state state); /* "housed" … */
bool custody_is_here(enum custody_state state);     /* housed, or out and coming back */
bool custody_is_out(enum custody_state state);      /* out and coming back */
bool custody_is_over(enum custody_state state);     /* released, transferred, died */

/* What one custody Encounter says. */
void custody_read(struct record_reader *server, const struct chart_item *stay, struct custody *ret);
/* Of the Patient with this id. Somebody unknown: CUSTODY_NONE. */
enum err custody_of(struct tx *tx, struct record_reader *server, struct str patient,
                    struct custody *ret) MUST_USE;

#endif
