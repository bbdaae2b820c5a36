/* sheet: what of a record is printed: a patient's summary, one note. Gathered on a reader by what the asker may see; drawn elsewhere
 * (paper), on an errand thread. Everything is in who->arena. */
#ifndef DESK_SHEET_H
#define DESK_SHEET_H
#include "base/zone.h"
#include "paper/paper.h"
#include "records/record.h"

struct sheet_by { /* who prints, for the foot */
    struct str site, display, role;
    bool is_english;
    const struct zone *zone; /* of the site, for times that people read */
};
/* ERR_NOT_FOUND: absent, or not to be seen. */
enum err sheet_summary(struct tx *tx, struct record_reader *who, const struct sheet_by *by,
                       struct str patient, struct paper *ret) MUST_USE;
/* With who signed it, and the amendments that stand beside it. */
enum err sheet_note(struct tx *tx, struct record_reader *who, const struct sheet_by *by, struct str note,
                    struct paper *ret) MUST_USE;

#endif
