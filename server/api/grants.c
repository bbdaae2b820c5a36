/* A clinic doctor lets one specialist into one encounter, with what is attached, and takes it back. */
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/route.h"
#include "auth/account.h"
#include "desk/agenda.h"
#include "desk/attached.h"
#include "desk/calls.h"
#include "desk/grant_watch.h"
#include "desk/room_book.h"
#include "records/grant.h"
#include "records/person.h"

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

/* Who is known to scheduling and waits for approval, or is suspended, is let into nothing. */
static enum err refuse_unapproved(struct request *r, struct tx *tx, struct str account)
{
    const struct agenda_view *view;
    struct person person;
    struct site *site = request_site(r);
    enum err err = person_find(tx, account, &person);
    if (err || !person.practitioner || !site->agenda) return err;
    err = agenda_view(site->agenda, tx, site->records, &view);
    if (err) return err;
    const struct agenda_resource *e = agenda_find(view, person.practitioner, AGENDA_SPECIALIST);
    if (e && e->standing != STANDING_APPROVED) answer_fault(r, 409, "not_approved", "account");
    agenda_view_free(view);
    return OK;
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
    if (is_wrong) return answer_fault(r, 400, "bad_field", "account");
    return err ? err : refuse_unapproved(r, tx, account.id);
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
        err = attached_put(tx, &g->who, g->id, &head);
        if (err) return err;
    }
    return OK;
}

/* The room of the consultation: the doctor's own, and the specialist's as long as the grant lives. */
static enum err open_room(struct request *r, struct tx *tx, struct giving *g)
{
    struct room_entry room;
    enum err err = room_book_find(tx, r->arena, g->start.room, r->who.account, &room);
    if (err == ERR_NOT_FOUND || (!err && (!room.is_host || room.closed.ms)))
        return answer_fault(r, 400, "bad_field", "room");
    if (!err) err = room_book_put_member(tx, r->arena, g->start.room, g->start.account, false);
    bool is_wrong = err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_DENIED;
    return is_wrong ? answer_fault(r, 400, "bad_field", "room") : err;
}

enum err grant_give_write(struct request *r, struct tx *tx)
{
    struct giving g = {0};
    struct str encounter;
    struct json_out out;
    if (!request_only(r, (const char *const[]){"account", "encounter", "starts", "ends", "labels", "attached",
                                               "room", NULL}) ||
        !request_text(r, "account", ACCOUNT_ID_TEXT, &g.start.account) ||
        !request_text(r, "encounter", RECORD_ID_BYTES_MAX, &encounter) ||
        !read_instant(r, "starts", true, &g.start.from) || !read_instant(r, "ends", false, &g.start.to) ||
        !record_parts_labels(r, "labels", &g.start.labels) ||
        !request_text_optional(r, "room", ROOM_ID_MAX, &g.start.room))
        return OK;
    if (!g.start.room.bytes) g.start.room.at = NULL;
    if (g.start.to.ms && g.start.to.ms < g.start.from.ms) return answer_fault(r, 400, "bad_field", "ends");
    enum err err = find_both(r, tx, encounter, &g);
    if (err || r->fault.status) return err;
    g.start.given_by = r->who.account;
    g.start.patient = g.encounter.patient;
    g.start.encounter = g.encounter.row;
    g.start.from.ms -= GUARD_EARLY_MS;
    err = grant_give(tx, &g.start, &g.id);
    if (!err) err = attach_all(r, tx, &g);
    if (!err && !r->fault.status && g.start.room.at) err = open_room(r, tx, &g);
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

/* -- telling -- */

enum err grants_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record_head patient;
    struct json_out out;
    struct str id = request_query(r, "patient");
    if (!id.at) return answer_fault(r, 400, "missing_field", "patient");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, STR("Patient"), id, &patient);
    if (err || r->fault.status) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    err = grant_list(tx, patient.row, &out);
    json_close_array(&out);
    json_close(&out);
    const char *target = record_parts_target(r, &patient);
    if (!err && !target) err = ERR_NOMEM;
    return err ? err : request_audit(r, r->route->audit, target, AUDIT_OK, NULL);
}

enum err grants_own_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    enum err err = grant_own(tx, r->who.account, &out);
    json_close_array(&out);
    json_close(&out);
    return err;
}

/* -- ending and going on -- */

enum err grant_extend_write(struct request *r, struct tx *tx)
{
    int64_t id, fresh;
    struct instant ends = {0};
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){"ends", NULL}) ||
        !read_instant(r, "ends", true, &ends))
        return OK;
    enum err err = grant_extend(tx, id, ends, r->who.account, &fresh);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "ends");
    const char *target = arena_printf(r->arena, "grant/%lld", (long long)id);
    const char *detail = arena_printf(r->arena, "{\"grant\":%lld}", (long long)fresh);
    if (!err && (!target || !detail)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (err) return err;
    return answer_new(r, fresh);
}

/* The call ends with the commit, like the viewers: nobody stays on the line of a closed record (rule 8). */
static void leave_room(struct request *r)
{
    const struct grant_end *end = r->stash;
    struct calls *calls = request_site(r)->calls;
    if (calls && end->room.at) calls_revoke(calls, end->room, end->account);
}

enum err grant_revoke_write(struct request *r, struct tx *tx)
{
    int64_t id;
    struct grant_end *end = arena_zalloc(r->arena, sizeof *end);
    if (!end) return ERR_NOMEM;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = grant_revoke(tx, r->arena, id, r->who.account, end);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err && end->room.at) err = grant_watch_leave(tx, end);
    const char *target = arena_printf(r->arena, "grant/%lld", (long long)id);
    const char *data = err ? NULL : grant_watch_data(r->arena, end, tx->now);
    const char *whom = err ? NULL : arena_text(r->arena, end->account.at, end->account.bytes);
    if (err) return err;
    if (!target || !data || !whom) return ERR_NOMEM;
    r->stash = end;
    r->apply = leave_room;
    err = request_notify(r, &(struct site_notice){.account = whom, .kind = "grant_ended", .data = data});
    if (!err) err = request_audit(r, "grant.revoke", target, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}
