/* Operations that read: $validate, $everything, $meta. */
#include "records/body.h"
#include "records/interact_own.h"
#include "records/merge.h"
#include "records/record_own.h"
#include "records/search_own.h"
#include "records/validate.h"
#include <stdlib.h>

/* The resource itself, or the one in a Parameters resource's part "resource". */
static uint32_t resource_in(const struct tape *t, uint32_t node)
{
    uint32_t type = tape_get(t, node, STR("resourceType"));
    if (type == TAPE_NONE || !tape_is_text(t, type, "Parameters")) return node;
    uint32_t list = tape_get(t, node, STR("parameter"));
    for (uint32_t k = 0, at; (at = tape_at(t, list, k)) != TAPE_NONE; k++) {
        uint32_t name = tape_get(t, at, STR("name"));
        if (name != TAPE_NONE && tape_is_text(t, name, "resource")) return tape_get(t, at, STR("resource"));
    }
    return TAPE_NONE;
}

/* What is wrong is the answer, not a fault: 200 with the outcome. */
enum err interact_validate(struct interaction *i)
{
    struct validate_report report;
    struct record_fault found = {0};
    bool is_plain = i->target.resource == fhir_resource_of(STR("Parameters"));
    uint32_t node = !i->ask->tape ? TAPE_NONE
                    : is_plain    ? i->ask->node
                                  : resource_in(i->ask->tape, i->ask->node);
    if (node == TAPE_NONE) return record_fault_add(i->fault, 400, "required", "a resource is wanted", NULL);
    enum err err =
        validate_resource(i->ask->tape, node, i->target.resource, i->who->arena, RECORD_ISSUES_MAX, &report);
    if (err) return err;
    for (uint32_t k = 0; k < report.count; k++)
        (void)record_fault_add(&found, 200, validate_code_text(report.issues[k].code), report.issues[k].what,
                               report.issues[k].path);
    if (report.count)
        interact_outcome(&found, i->to);
    else
        buf_add_text(
            i->to, "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"information\",\"code\":"
                   "\"informational\",\"details\":{\"text\":\"valid\"}}]}");
    i->ret->status = 200;
    i->ret->has_text = true;
    return i->to->err;
}

enum err interact_meta(struct interaction *i)
{
    struct tape t;
    struct tape_fault where;
    struct record r;
    enum err err = record_read(i->tx, i->who, i->target.resource, i->target.id, &r, i->fault);
    if (err || i->fault->status) return err;
    err = tape_read(i->who->arena, r.body, RECORD_NODES_MAX, &t, &where);
    if (err) return ERR_CORRUPT;
    buf_add_text(i->to,
                 "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"return\",\"valueMeta\":");
    body_write_plain(&t, tape_get(&t, 0, STR("meta")), i->to);
    buf_add_text(i->to, "}]}");
    i->ret->status = 200;
    i->ret->has_text = true;
    return i->to->err;
}

/* -- $everything -- */

enum { EVERYTHING_MAX = 100000 };

static enum err rows_of_patient(struct tx *tx, int64_t patient, struct search_list *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT row FROM record WHERE patient = ?1 AND patient <> 0 AND is_deleted = 0"
                           " ORDER BY row <> ?1, row",
                           &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    while (!(err = stmt_step(s, &row)) && row)
        if ((err = search_list_add(to, stmt_get_int(s, 0)))) break;
    stmt_done(s);
    return err;
}

static int in_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* What the rows refer to and is no patient's, each once. */
static enum err join_common(struct tx *tx, struct search_list *rows)
{
    struct search_list far = {.most = 20 * EVERYTHING_MAX};
    enum err err = OK;
    for (uint32_t k = 0; k < rows->count && !err; k++)
        err = search_targets(tx, rows->at[k], 0, &far);
    if (far.count) qsort(far.at, far.count, sizeof *far.at, in_order);
    for (uint32_t k = 0; k < far.count && !err; k++) {
        struct search_row row;
        if (k > 0 && far.at[k] == far.at[k - 1]) continue;
        err = search_peek(tx, far.at[k], &row);
        if (!err && row.head.patient == 0) err = search_list_add(rows, row.head.row);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    search_list_done(&far);
    return err;
}

enum err interact_give(struct everything *e, int64_t row)
{
    struct record r = {0};
    struct search_row at;
    enum err err = search_peek(e->tx, row, &at);
    if (err || at.head.is_deleted || !record_may_see(e->who, &at.head))
        return err == ERR_NOT_FOUND ? OK : err;
    struct record_reader once = *e->who;
    once.arena = arena_new(RECORD_BODY_BYTES_MAX * 2);
    once.trace = (struct record_trace){0};
    err = once.arena ? record_whole(e->tx, &once, row, &r) : ERR_NOMEM;
    if (!err && r.body.at) err = record_traced(e->who, &r.head);
    if (!err && r.body.at) err = e->take(e->ctx, &r);
    arena_free(once.arena);
    return err;
}

enum err interact_everything_each(struct everything *e, struct str patient, struct record_fault *fault)
{
    struct record_head head;
    struct search_list rows = {.most = EVERYTHING_MAX};
    struct merge_rows all = {0};
    enum err err = record_head_find(e->tx, e->who->arena, fhir_resource_of(STR("Patient")), patient, &head);
    if (err == ERR_NOT_FOUND || (!err && (head.is_deleted || !record_may_see(e->who, &head))))
        return record_fault_absent(fault);
    if (!err) err = merge_rows(e->tx, head.row, &all);
    for (uint32_t k = 0; k < all.count && !err; k++)
        err = rows_of_patient(e->tx, all.at[k], &rows);
    if (!err) err = join_common(e->tx, &rows);
    for (uint32_t k = 0; k < rows.count && !err; k++)
        err = interact_give(e, e->is_newest_first && k ? rows.at[rows.count - k] : rows.at[k]);
    search_list_done(&rows);
    return err;
}

static enum err write_one(void *ctx, const struct record *r)
{
    struct interaction *i = ctx;
    struct str type = fhir_name(fhir_types[fhir_resources[r->head.resource].type].name);
    buf_printf(i->to, "%s{\"fullUrl\":\"%.*s/%.*s/%.*s\",\"resource\":", i->ret->matches ? "," : "",
               (int)i->who->base.bytes, i->who->base.at, (int)type.bytes, type.at, (int)r->head.id.bytes,
               r->head.id.at);
    buf_add_str(i->to, r->body);
    buf_add_text(i->to, ",\"search\":{\"mode\":\"match\"}}");
    i->ret->matches++;
    return i->to->err;
}

/* All of the patient's, and what it refers to that is nobody's (practitioners, places). */
enum err interact_everything(struct interaction *i)
{
    struct everything e = {.tx = i->tx, .who = i->who, .take = write_one, .ctx = i};
    buf_add_text(i->to, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[");
    enum err err = interact_everything_each(&e, i->target.id, i->fault);
    buf_add_text(i->to, "]}");
    i->ret->status = 200;
    i->ret->has_text = !i->fault->status;
    return err;
}
