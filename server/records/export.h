/* export: taking a patient's record, or rows of the trail, out of the site (rule 33). One person asks, saying for whom and why; another,
 * of another duty, grants or declines it; then the file is fetched once, with a key that is good once, and within a week. Nothing of it is
 * changed afterwards. What is handed out is made when it is fetched (desk/extract).
 *
 *   kind     asked by                    decided by                            fetched by
 *   record   clinic doctor               privacy officer                       the doctor
 *   record   privacy officer             clinic doctor                         the doctor: an officer reads no record
 *   audit    privacy officer             another officer, or a clinic doctor   the officer who asked
 *   bulk     as a record                 as a record                           the doctor, as FHIR's $export (records/export_bulk)
 *
 * list, find on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_EXPORT_H
#define RECORDS_EXPORT_H
#include "auth/role.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"
#include "store/store.h"

#define EXPORTS_A_DAY 5 /* of one person in 24 hours */
#define EXPORT_TEXT_BYTES_MAX 1000
#define EXPORT_OPEN_MS ((int64_t)7 * 24 * 3600 * 1000) /* from the decision on */
#define EXPORT_KEY_MS ((int64_t)5 * 60 * 1000)
#define EXPORT_PAGE 100

enum export_kind { EXPORT_RECORD, EXPORT_AUDIT, EXPORT_BULK };
const char *export_kind_name(enum export_kind kind);
bool export_kind_read(struct str name, enum export_kind *ret);

struct export_ask {
    enum export_kind kind;
    bool is_zip;     /* else a PDF; of a bulk always NDJSON */
    int64_t patient; /* of a record */
    struct str
        scope; /* as it was asked; audit: {"actor","action","from","to"}; bulk: {"level","types","since"} */
    struct str recipient, reason;
    struct str by;
    enum role role; /* ROLE_CLINIC_DOCTOR or ROLE_PRIVACY_OFFICER */
};
/* ERR_LIMIT: as many as are allowed in a day were asked for; *ret_until: when the next may be. ERR_DENIED: not this kind by this role. */
enum err export_ask(struct tx *tx, const struct export_ask *ask, int64_t *ret_id,
                    struct instant *ret_until) MUST_USE;

struct export_verdict {
    bool is_granted;
    struct str remark, by;
    struct role_set roles;
};
/* ERR_NOT_FOUND: none, or decided; ERR_EXISTS: by the same person; ERR_DENIED: not by these roles. */
enum err export_decide(struct tx *tx, int64_t id, const struct export_verdict *verdict) MUST_USE;

struct export_row {
    struct export_ask ask; /* texts in the arena */
    struct instant asked, decided;
    struct str asked_by, decided_by; /* names of people */
    bool is_granted, is_fetched;
    struct str fetcher; /* account */
};
enum err export_find(struct tx *tx, struct arena *arena, int64_t id, struct export_row *ret) MUST_USE;
/* A new key for who may fetch it; the one before is void. ERR_NOT_FOUND: not granted, fetched, too late, or another's. */
enum err export_key(struct tx *tx, int64_t id, struct str by, const struct digest_value *hash,
                    struct instant *ret_ends) MUST_USE;
/* Uses the key up. ERR_NOT_FOUND: it is not good (any more). */
enum err export_fetch(struct tx *tx, int64_t id, struct str by, const struct digest_value *hash) MUST_USE;
enum err export_key_is_good(struct tx *tx, int64_t id, struct str by, const struct digest_value *hash,
                            bool *ret_is) MUST_USE;

/* For an officer all of them; for a doctor those that are for or by a doctor. {"id","kind","format","patient","recipient","reason","scope",
 * "asked","asked_by","asked_role","decided","decided_by","granted","remark","fetched","mine": may be fetched by the reader,"to_decide"} */
struct export_reader {
    struct str account;
    struct role_set roles;
};
enum err export_list(struct tx *tx, const struct export_reader *reader, struct json_out *to) MUST_USE;
/* {"account":{"id","display"},"asked","fetched"}: who took out how much in 24 hours; for the officer. */
enum err export_counts(struct tx *tx, struct json_out *to) MUST_USE;
enum err export_left(struct tx *tx, struct str account, int64_t *ret_left) MUST_USE;

#endif
