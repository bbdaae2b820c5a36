/* What custody learns of what spreads: counts, none below five (rule 34); and an illness by its name only where a doctor has told it to
 * this very person. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/epidemic_parts.h"
#include "api/handlers.h"
#include "desk/dwelling.h"
#include "desk/epidemic_tell.h"

enum { BLOCKS_MAX = 200 };

struct count {
    struct str block, name;
    int64_t apart, watched; /* kept apart; under suspicion or confirmed, kept apart or not */
};

static struct count *block_of(struct count *all, uint32_t *n, const struct dwelling_place *p)
{
    for (uint32_t i = 0; i < *n; i++)
        if (str_is(all[i].block, p->block)) return &all[i];
    if (*n == BLOCKS_MAX) return NULL;
    all[*n] = (struct count){p->block, p->block_name, 0, 0};
    return &all[(*n)++];
}

static enum err count_cases(struct tx *tx, struct record_reader *server, const struct dwelling *h,
                            struct count *all, uint32_t *n)
{
    int64_t *rows = arena_alloc(server->arena, EPIDEMIC_LIST_MAX * sizeof *rows);
    uint32_t count = 0;
    enum err err = rows ? epidemic_rows(tx, (struct instant){INT64_MAX}, rows, &count) : ERR_NOMEM;
    for (uint32_t i = 0; i < h->place_count; i++)
        if (h->places[i].kind == DWELLING_CELL) (void)block_of(all, n, &h->places[i]);
    for (uint32_t i = 0; i < count && !err; i++) {
        struct epidemic_case c;
        err = epidemic_read_row(tx, server, rows[i], &c);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        uint32_t person = err ? DWELLING_NONE : dwelling_person_of(h, c.item.head.patient);
        if (person == DWELLING_NONE || h->people[person].cell == DWELLING_NONE) continue;
        struct count *b = block_of(all, n, &h->places[h->people[person].cell]);
        if (!b) continue;
        b->apart += epidemic_is_apart(c.state, c.isolated);
        b->watched += c.state != EPIDEMIC_EXCLUDED;
    }
    return err;
}

static void put_number(struct json_out *o, const char *key, int64_t n)
{
    if (n == EPIDEMIC_HIDDEN)
        json_put_null(o, key);
    else
        json_put_int(o, key, n);
}

static enum err write_counts(struct request *r, const struct count *all, uint32_t n)
{
    struct json_out o;
    int64_t apart[BLOCKS_MAX], watched[BLOCKS_MAX], apart_sum, watched_sum;
    for (uint32_t i = 0; i < n; i++)
        apart[i] = all[i].apart, watched[i] = all[i].watched;
    epidemic_suppress(apart, n, &apart_sum);
    epidemic_suppress(watched, n, &watched_sum);
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "blocks");
    for (uint32_t i = 0; i < n; i++) {
        json_open(&o, NULL);
        json_put_str(&o, "name", clinic_text(all[i].name));
        put_number(&o, "apart", apart[i]);
        put_number(&o, "watched", watched[i]);
        json_close(&o);
    }
    json_close_array(&o);
    put_number(&o, "apart", apart_sum);
    put_number(&o, "watched", watched_sum);
    json_put_int(&o, "shown_from", EPIDEMIC_SHOWN_MIN);
    json_close(&o);
    return OK;
}

enum err epidemic_counts_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct dwelling h;
    uint32_t n = 0;
    struct count *all = arena_zalloc(r->arena, BLOCKS_MAX * sizeof *all);
    if (!all) return ERR_NOMEM;
    enum err err = dwelling_read(tx, server.records, tx->now, &h);
    if (!err) err = count_cases(tx, &server, &h, all, &n);
    if (!err) err = write_counts(r, all, n);
    dwelling_done(&h);
    return err;
}

/* -- told by name -- */

enum err epidemic_told_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = epidemic_write_told(tx, &server, r->who.account, &o);
    json_close(&o);
    return err ? err : request_audit(r, r->route->audit, "epidemic", AUDIT_OK, "{}");
}

enum err epidemic_tell_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct epidemic_case c;
    struct str account, reason;
    if (!role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR)) return answer_fault(r, 403, "epidemic_doctor", NULL);
    if (!request_only(r, (const char *const[]){"account", "reason", NULL}) ||
        !request_text(r, "account", 64, &account) || !request_text(r, "reason", 20, &reason))
        return OK;
    if (!epidemic_reason_is(reason)) return answer_fault(r, 400, "bad_field", "reason");
    enum err err = epidemic_parts_find(r, tx, &c);
    if (err || r->fault.status) return err;
    err = epidemic_tell(tx, r->arena, &c, account, reason, r->who.display);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 400, "bad_field", "account");
    if (err == ERR_EXISTS) return answer_fault(r, 409, "epidemic_told", NULL);
    if (!err)
        err = epidemic_parts_done(r, tx, &server, &c.item.head,
                                  arena_printf(r->arena, "{\"account\":\"%.*s\",\"reason\":\"%.*s\"}",
                                               (int)account.bytes, account.at, (int)reason.bytes, reason.at));
    const char *whom = arena_text(r->arena, account.at, account.bytes);
    if (!err && !whom) err = ERR_NOMEM;
    if (!err)
        err =
            request_notify(r, &(struct site_notice){.account = whom, .kind = "epidemic_told", .data = "{}"});
    return err ? err : answer_empty(r, 204);
}
