/* A clinic doctor lets one specialist into one encounter, with what is attached, and takes it back. */
#include "api/handlers.h"
#include "api/record_parts.h"
#include "auth/account.h"
#include "records/grant.h"

struct giving {
    struct record_reader who;
    struct grant_start start;
    struct record_head encounter;
    int64_t id;
};

static bool read_instant(struct request *r, const char *key, bool is_needed, struct instant *ret)
{
    struct str text = {0};
    bool is_there = is_needed ? request_text(r, key, 40, &text) : request_text_optional(r, key, 40, &text);
    if (!is_there) return false;
    if (!text.bytes || instant_from_text(text, ret)) return true;
    answer_fault(r, 400, "bad_field", key);
    return false;
}

/* The encounter as the doctor may see it, and a specialist's account. */
static enum err find_both(struct request *r, struct tx *tx, struct str encounter, struct giving *g)
{
    struct account account;
    enum err err = record_parts_reader(r, tx, &g->who);
    if (!err) err = record_parts_find(r, tx, &g->who, STR("Encounter"), encounter, &g->encounter);
    if (err || r->fault.status) return err;
    if (g->encounter.patient == 0) return answer_fault(r, 400, "bad_field", "encounter");
    err = account_find(tx, r->arena, g->start.account, &account);
    bool is_wrong = err == ERR_NOT_FOUND ||
                    (!err && (!role_set_has(account.roles, ROLE_SPECIALIST) || account.disabled.ms != 0));
    return is_wrong ? answer_fault(r, 400, "bad_field", "account") : err;
}

/* What is attached is seen by who attaches it, and belongs to the encounter's patient. */
static enum err attach_all(struct request *r, struct tx *tx, struct giving *g)
{
    const struct json *list = json_get(r->json, "attached");
    if (list && !json_is_array(list)) return answer_fault(r, 400, "bad_field", "attached");
    for (size_t i = 0; list && i < json_count(list); i++) {
        struct str reference, type, id;
        struct record_head head;
        if (!json_text(json_at(list, i), &reference) || !record_parts_cut(reference, &type, &id))
            return answer_fault(r, 400, "bad_field", "attached");
        enum err err = record_parts_find(r, tx, &g->who, type, id, &head);
        if (err || r->fault.status) return err;
        if (head.patient != g->encounter.patient) return answer_fault(r, 400, "bad_field", "attached");
        err = grant_attach(tx, g->id, head.row, false);
        if (err) return err;
    }
    return OK;
}

enum err grant_give_write(struct request *r, struct tx *tx)
{
    struct giving g = {0};
    struct str encounter;
    struct json_out out;
    if (!request_only(
            r, (const char *const[]){"account", "encounter", "starts", "ends", "labels", "attached", NULL}) ||
        !request_text(r, "account", ACCOUNT_ID_TEXT, &g.start.account) ||
        !request_text(r, "encounter", RECORD_ID_BYTES_MAX, &encounter) ||
        !read_instant(r, "starts", true, &g.start.from) || !read_instant(r, "ends", false, &g.start.to) ||
        !record_parts_labels(r, "labels", &g.start.labels))
        return OK;
    if (g.start.to.ms && g.start.to.ms < g.start.from.ms) return answer_fault(r, 400, "bad_field", "ends");
    enum err err = find_both(r, tx, encounter, &g);
    if (err || r->fault.status) return err;
    g.start.given_by = r->who.account;
    g.start.patient = g.encounter.patient;
    g.start.encounter = g.encounter.row;
    g.start.from.ms -= GUARD_EARLY_MS;
    err = grant_give(tx, &g.start, &g.id);
    if (!err) err = attach_all(r, tx, &g);
    if (r->fault.status) return err ? err : ERR_DENIED; /* nothing of it is kept */
    const char *target = arena_printf(r->arena, "grant/%lld", (long long)g.id);
    const char *detail =
        arena_printf(r->arena, "{\"account\":\"%.*s\",\"encounter\":\"%.*s\"}", (int)g.start.account.bytes,
                     g.start.account.at, (int)encounter.bytes, encounter.at);
    if (!err && (!target || !detail)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, "grant.give", target, AUDIT_OK, detail);
    if (err) return err;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_int(&out, "id", g.id);
    json_close(&out);
    return OK;
}

enum err grant_revoke_write(struct request *r, struct tx *tx)
{
    int64_t id;
    struct str account;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = grant_revoke(tx, r->arena, id, r->who.account, &account);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    const char *target = arena_printf(r->arena, "grant/%lld", (long long)id);
    const char *data = arena_printf(r->arena, "{\"id\":%lld}", (long long)id);
    const char *whom = arena_text(r->arena, account.at, account.bytes);
    if (!target || !data || !whom) return ERR_NOMEM;
    err = request_notify(r, &(struct site_notice){.account = whom, .kind = "grant_ended", .data = data});
    if (!err) err = request_audit(r, "grant.revoke", target, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}
