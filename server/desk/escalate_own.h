/* escalate_own: what the files escalate*.c share. */
#ifndef DESK_ESCALATE_OWN_H
#define DESK_ESCALATE_OWN_H
#include "desk/escalate.h"

/* What an open record asks for; is_open false: nothing. */
struct escalate_due {
    bool is_open;
    enum escalate_kind kind;
    struct instant due;
    struct str author; /* account of who wrote it; empty: nobody's */
};
/* Of the record as it stands. row_of: of which record that is to be noted (a visit's is its sick call's); 0: of none. */
enum err escalate_judge(struct schedule *s, const struct escalate_limits *limits,
                        const struct record_head *head, int64_t *ret_row_of,
                        struct escalate_due *ret) MUST_USE;
/* Whether this version of a result was acknowledged. */
enum err escalate_is_seen(struct tx *tx, const struct record_head *result, bool *ret) MUST_USE;
enum err escalate_forget(struct tx *tx, int64_t record) MUST_USE;

#endif
