/* still: one picture taken in a consultation, in the record: a sealed file under the patient's key (Binary, records/attach) and the
 * DocumentReference that says what it is: when and by which clock, of whom and what, who took it, how large, its SHA-256. Final at once:
 * nothing changes it. It belongs to the visit, so everybody who has a grant for that has it (grant_attach_all).
 *
 * R4's Attachment.hash is a SHA-1 of the file, which proves nothing to anybody today: it is left out, and the SHA-256 stands as an extension
 * of the attachment (decision 0184). On the desk. */
#ifndef DESK_STILL_H
#define DESK_STILL_H
#include "records/file_seal.h"
#include "records/record.h"

#define STILL_URL "https://yunqiao.invalid/fhir/still"
#define STILL_SOURCE_URL "https://yunqiao.invalid/fhir/still-source"
#define STILL_SHA256_URL "https://yunqiao.invalid/fhir/sha256"
#define STILL_BYTES_MAX (20 * 1024 * 1024)
#define STILL_SOURCE_BYTES_MAX 120

enum still_clock {
    STILL_CLOCK_BROWSER, /* the taker's device says so */
    STILL_CLOCK_SOURCE,  /* the source's reports (RTCP) say so */
    STILL_CLOCK_SERVER,  /* when it came to us */
    STILL_CLOCKS
};
const char *still_clock_name(enum still_clock clock); /* "browser" */

struct still {
    const struct record_head *visit; /* the Encounter */
    struct str patient_id;
    const struct file_seal *seal;
    const char *type; /* media type */
    struct instant at;
    enum still_clock clock;
    uint16_t width, height;
    struct str source; /* what was before the lens, as people there call it: a track's label or name */
    uint32_t track;    /* 0: a browser's own camera */
    struct str device; /* of a track: the source's name (WHIP); empty: a person's */
    struct str account, display; /* who took it */
};
struct still_made {
    struct record_head document, file;
};
/* Both records and the file's row, by the reader's guard; they stand in who->written. ret_status: with what the store refused. */
enum err still_put(struct tx *tx, struct record_reader *who, const struct still *s, struct still_made *ret,
                   int *ret_status) MUST_USE;
/* To everybody who is let into the visit; after the taker's own grant has it as written (fhir_origin). */
enum err still_share(struct tx *tx, const struct still *s, const struct still_made *made) MUST_USE;

#endif
