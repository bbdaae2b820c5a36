/* interact_own: the table and an interaction under way, between interact.c, interact_list.c, interact_op.c and capability.c. */
#ifndef RECORDS_INTERACT_OWN_H
#define RECORDS_INTERACT_OWN_H
#include "records/interact.h"

struct interact_target {
    uint16_t resource;
    struct str id;
    int64_t version;
};

struct interaction {
    struct tx *tx;
    struct record_reader *who;
    const struct interact_ask *ask;
    struct buf *to;
    struct interact_answer *ret;
    struct record_fault *fault;
    struct interact_target target;
};

enum interact_level { AT_SYSTEM, AT_TYPE, AT_INSTANCE, AT_OPERATION };

struct interact_kind {
    const char *code;
    enum interact_method method;
    const char *path;
    enum interact_level level;
    bool is_write;
    enum err (*run)(struct interaction *i);
};
extern const struct interact_kind interact_kinds[]; /* ends with code NULL */

bool interact_target_of(const struct interact_kind *kind, const struct interact_ask *ask,
                        struct interact_target *ret);

/* Not every kind is done for every type. */
bool interact_is_done(const struct interact_kind *k, uint16_t resource);
/* A searchset up to its links: total -1: not told; next: the cursor of the page after, NULL: there is none. */
struct query;
enum err interact_open_search(struct interaction *i, const struct query *query, int64_t total,
                              struct str next) MUST_USE;

/* One row to e->take, if it is there and seen; its body and its id are in an arena that lives for the call alone. */
enum err interact_give(struct everything *e, int64_t row) MUST_USE;

enum err interact_read(struct interaction *i);
enum err interact_vread(struct interaction *i);
enum err interact_history(struct interaction *i);
enum err interact_search(struct interaction *i);
enum err interact_page(struct interaction *i);
enum err interact_create(struct interaction *i);
enum err interact_update(struct interaction *i);
enum err interact_patch(struct interaction *i);
enum err interact_delete(struct interaction *i);
enum err interact_validate(struct interaction *i);
enum err interact_everything(struct interaction *i);
enum err interact_meta(struct interaction *i);
enum err interact_merge(struct interaction *i);
enum err interact_unmerge(struct interaction *i);
enum err interact_lookup(struct interaction *i);
enum err interact_validate_system(struct interaction *i);
enum err interact_validate_set(struct interaction *i);
enum err interact_expand(struct interaction *i);

#endif
