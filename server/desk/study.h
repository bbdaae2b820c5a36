/* study: what DICOM objects say of themselves (PS3.18 annex F, JSON), and the ImagingStudy that tells of them in FHIR. Pure; any thread. */
#ifndef DESK_STUDY_H
#define DESK_STUDY_H
#include "base/zone.h"
#include "records/picture.h"
#include "records/tape.h"

#define STUDY_NODES_MAX 400000u

/* An attribute by its eight hex digits: the first value's text (of a name: its components joined by '='; of a number: as written), in the
 * arena; empty when there is none. */
struct str study_text(const struct tape *said, const char *tag, struct arena *arena);
int64_t study_int(const struct tape *said, const char *tag); /* 0: none */
/* The attribute as it stands, an object; empty when there is none. */
struct str study_raw(const struct tape *said, struct str tag);
/* "20260131" -> "2026-01-31", with the time after it and the zone's offset then, where given; false: none. zone NULL: UTC. ret has room for 40. */
bool study_date(struct str date, struct str time, const struct zone *zone, char *ret);

/* The body of an ImagingStudy: old is its present body (elements that are not ours stay), or at NULL. pictures are all of the study, in their
 * order; said is asked for the first of each series. */
struct study_write {
    struct str old, patient_id;
    const struct zone *zone; /* of the site: of times that name none */
    const struct picture *pictures;
    uint32_t count;
    enum err (*said)(void *ctx, const struct picture *p, struct tape *ret);
    void *ctx;
    struct arena *arena;
};
enum err study_write(const struct study_write *w, struct buf *to) MUST_USE;

#endif
