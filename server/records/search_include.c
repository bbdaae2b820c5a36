/* What stands beside the matches of a search, each seen by the reader: see records/search_walk.h. */
#include "records/number.h"
#include "records/search_walk.h"

enum { INCLUDES_MAX = 5000 };

struct joining {
    struct search_walk *w;
    struct search_result *result;
    uint32_t room;
};

static bool is_in(const struct search_result *r, int64_t row)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->at[i].record.head.row == row) return true;
    return false;
}

static enum err join(struct joining *j, int64_t row, uint16_t target)
{
    struct search_result *r = j->result;
    struct search_walk *w = j->w;
    struct record_head head;
    if (is_in(r, row) || r->count == INCLUDES_MAX) return OK;
    enum err err = record_head_at(w->s.tx, w->s.who->arena, row, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (head.is_deleted || !record_may_see(w->s.who, &head)) return OK;
    if (target != FHIR_NONE && head.resource != target) return OK;
    if (r->count == j->room) {
        uint32_t room = j->room * 2;
        struct search_entry *at = arena_alloc(w->s.who->arena, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        memcpy(at, r->at, r->count * sizeof *at);
        r->at = at;
        j->room = room;
    }
    struct search_entry *e = &r->at[r->count++];
    *e = (struct search_entry){.record.head = head, .is_include = true};
    return record_body(w->s.tx, w->s.who, &e->record.head, &e->record.body);
}

static enum err include_of(struct joining *j, const struct query_include *i, const struct record_head *from)
{
    struct search_list rows = {.most = INCLUDES_MAX};
    struct tx *tx = j->w->s.tx;
    int64_t param = i->param == FHIR_NONE ? 0 : number_of_param(i->param);
    enum err err = OK;
    if (!i->is_reverse && i->resource != from->resource) return OK;
    if (!i->is_reverse)
        err = search_targets(tx, from->row, param, &rows);
    else if (param)
        err = search_sources(tx, &(struct search_source){i->resource, param, from->row}, &rows);
    if (err == ERR_LIMIT) err = OK; /* the first of very many */
    for (uint32_t k = 0; k < rows.count && !err; k++)
        err = join(j, rows.at[k], i->is_reverse ? i->resource : i->target);
    search_list_done(&rows);
    return err;
}

/* Of the matches; :iterate also of what was included, until nothing new comes. */
enum err search_includes(struct search_walk *w, struct search_result *result, uint32_t room)
{
    struct joining j = {w, result, room};
    uint32_t matches = result->count;
    enum err err = OK;
    for (uint32_t k = 0; k < result->count && !err; k++)
        for (uint32_t i = 0; i < w->query->include_count && !err; i++) {
            struct record_head head = result->at[k].record.head; /* the list may move */
            if (k < matches || w->query->includes[i].is_iterate)
                err = include_of(&j, &w->query->includes[i], &head);
        }
    return err;
}
