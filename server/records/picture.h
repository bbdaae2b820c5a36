/* picture: the rows of DICOM objects: which study, series and instance each is, whose, which file, and what it says of itself (dicom+json),
 * sealed under the patient's key. Who may see one is decided by the head of its ImagingStudy (records/guard): callers ask first.
 *
 * put on the desk, the rest on a reader or the desk. */
#ifndef RECORDS_PICTURE_H
#define RECORDS_PICTURE_H
#include "records/record.h"

#define PICTURE_UID_BYTES 65
#define PICTURE_SAID_BYTES_MAX (8u * 1024 * 1024)

struct picture {
    int64_t id, record, patient, file; /* record: row of the ImagingStudy; file: attach */
    char study[PICTURE_UID_BYTES], series[PICTURE_UID_BYTES], instance[PICTURE_UID_BYTES];
    char sop_class[PICTURE_UID_BYTES], syntax[PICTURE_UID_BYTES];
    uint32_t frames; /* 0: no picture in it */
    int64_t series_number, number;
};

/* All but the id. ERR_EXISTS: the instance is there already. */
enum err picture_put(struct tx *tx, struct records *records, const struct picture *p,
                     struct str said) MUST_USE;
/* By instance alone. ERR_NOT_FOUND. */
enum err picture_find(struct tx *tx, struct str instance, struct picture *ret) MUST_USE;
/* The record of a study. ERR_NOT_FOUND. */
enum err picture_study(struct tx *tx, struct str study, int64_t *ret_record) MUST_USE;
/* Of one record, in the order of series and instances; series and instance may be empty. In the arena. ERR_LIMIT: more than most. */
enum err picture_list(struct tx *tx, struct arena *arena, int64_t record, struct str series,
                      struct str instance, uint32_t most, struct picture **ret, uint32_t *ret_n) MUST_USE;
/* What it says of itself. In the arena. ERR_NOT_FOUND: the patient was erased. */
enum err picture_said(struct tx *tx, struct records *records, struct arena *arena, const struct picture *p,
                      struct str *ret) MUST_USE;
/* Rows of ImagingStudy records below `before` (0: from the newest), newest first, of a patient or (0) of all. */
enum err picture_records(struct tx *tx, int64_t patient, int64_t before, int64_t *ret_rows, uint32_t most,
                         uint32_t *ret_n) MUST_USE;

#endif
