/* dicom_match: what a QIDO-RS query asks for, and whether an object's attributes are that (PS3.18 §10.6, PS3.4 §C.2.2.2). Pure. */
#ifndef API_DICOM_MATCH_H
#define API_DICOM_MATCH_H
#include "base/arena.h"
#include "records/tape.h"

#define DICOM_MATCH_MAX 16
#define DICOM_FIELDS_MAX 32
#define DICOM_PAGE 100 /* of an answer when nothing is said */
#define DICOM_PAGE_MAX 1000

struct dicom_query {
    struct {
        char tag[9]; /* eight hex digits */
        struct str value;
    } match[DICOM_MATCH_MAX];
    uint32_t matches;
    char fields[DICOM_FIELDS_MAX][9]; /* includefield */
    uint32_t field_n;
    bool wants_all; /* includefield=all */
    uint32_t limit, offset;
};

/* query: as it came, percent-encoded. False: *ret_where names the parameter that is not known or not right. */
bool dicom_query_read(struct str query, struct arena *arena, struct dicom_query *ret, struct str *ret_where);
/* The value asked for this attribute; at NULL: none. */
struct str dicom_query_value(const struct dicom_query *q, const char *tag);
/* All that is asked, but for what the tag says is decided elsewhere (NULL-ended). */
bool dicom_query_fits(const struct dicom_query *q, const struct tape *said, struct arena *arena,
                      const char *const *elsewhere);
/* One value against what is asked: text with * and ?, a list of UIDs, a range of dates or times. Case counts for nothing. */
bool dicom_value_fits(struct str want, struct str have, bool is_range);

#endif
