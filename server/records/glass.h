/* glass: breaking it (rule 11): a clinician of the clinic opens one patient's secret labels for an hour, saying why; the privacy
 * officer reviews it, and who broke it never does. The asker has proved the person again (api). list on a reader; the rest on the desk. */
#ifndef RECORDS_GLASS_H
#define RECORDS_GLASS_H
#include "base/arena.h"
#include "base/json.h"
#include "records/guard.h"

#define GLASS_REASON_BYTES_MAX 1000
#define GLASS_PAGE 100

/* ERR_DENIED: the guard's roles may not; ERR_EXISTS: it is broken already; ERR_BAD_INPUT: no reason. */
enum err glass_break(struct tx *tx, const struct guard *guard, struct str account, const char *role,
                     int64_t patient, struct str reason, int64_t *ret_id, struct instant *ret_ends) MUST_USE;
struct glass_verdict {
    bool is_justified;
    bool is_told; /* the person concerned may read the reason */
    struct str remark;
};
/* ERR_NOT_FOUND: none, or reviewed already; ERR_DENIED: the same person. */
enum err glass_review(struct tx *tx, int64_t id, struct str by, const struct glass_verdict *verdict) MUST_USE;
/* {"id","at","ends","account":{…},"role","patient" (the Patient's id),"reason","reviewed",…}, newest first; open ones only if asked. */
enum err glass_list(struct tx *tx, bool open_only, int64_t before, struct json_out *to,
                    int64_t *ret_next) MUST_USE;
/* One of them, as glass_list writes it, and what the trail is to be asked for what was opened under it. In the arena. */
struct glass_span {
    struct str account;
    int64_t patient;
    struct instant from, to;
};
enum err glass_one(struct tx *tx, struct arena *arena, int64_t id, struct json_out *to,
                   struct glass_span *ret) MUST_USE;
/* What the person concerned may know of it. reason.at NULL: not (yet) to be told. ERR_NOT_FOUND. */
struct glass_told {
    bool is_reviewed;
    struct str reason;
};
enum err glass_told(struct tx *tx, struct arena *arena, int64_t id, struct glass_told *ret) MUST_USE;
/* {"patient","ends"} for each of the account's that is broken now: the red banner's. */
enum err glass_own(struct tx *tx, struct str account, struct json_out *to) MUST_USE;

#endif
