/* Rooms for calls: made, opened to members, closed; and the tokens that let somebody in. */
#include "api/api.h"
#include "api/handlers.h"
#include "auth/account.h"
#include "desk/calls.h"
#include "desk/room_book.h"
#include "desk/room_pass.h"
#include "desk/visit_guest.h"
#include <stdio.h>

enum { JOIN_MS = 60000, TTL_LEAST_S = 60, TTL_MOST_S = 86400, REASON_BYTES_MAX = 500 };

static int present(struct request *r, struct str id)
{
    struct calls *calls = request_site(r)->calls;
    const char *text = calls ? arena_text(r->arena, id.at, id.bytes) : NULL;
    return text ? calls_present(calls, text) : 0;
}

/* Who is no member finds no room; who is no host may not change it; a closed one stays as it is. */
static enum err find(struct request *r, struct tx *tx, bool as_host, bool as_open, struct room_entry *ret)
{
    enum err err = room_book_find(tx, r->arena, r->captures[0], r->who.account, ret);
    if (err == ERR_NOT_FOUND || (!err && !ret->is_member)) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    if (as_host && !ret->is_host) return answer_fault(r, 403, "not_host", NULL);
    if (as_open && ret->closed.ms) return answer_fault(r, 409, "room_closed", NULL);
    return OK;
}

static void write_head(struct request *r, struct json_out *out, const struct room_entry *e)
{
    json_put_str(out, "id", e->id);
    json_put_str(out, "title", e->title);
    json_put_instant(out, "created", e->created);
    json_put_text(out, "role", e->is_host ? "host" : "member");
    json_put_int(out, "present", present(r, e->id));
    json_put_text(out, "state", e->closed.ms ? "closed" : "open");
}

/* The consultation whose room it is, or null. */
static void put_visit(struct json_out *out, struct str visit)
{
    if (visit.bytes)
        json_put_str(out, "visit", visit);
    else
        json_put_null(out, "visit");
}

static enum err answer_room(struct request *r, struct tx *tx, int status, struct str id)
{
    struct room_entry e;
    struct json_out out;
    struct str visit;
    enum err err = room_book_find(tx, r->arena, id, r->who.account, &e);
    if (!err) err = visit_id_of_room(tx, r->arena, id, &visit);
    if (err) return err;
    answer_json(r, status, &out);
    json_open(&out, NULL);
    json_open(&out, "room");
    write_head(r, &out, &e);
    put_visit(&out, visit);
    err = room_book_write_members(tx, r->arena, id, &out);
    json_close(&out);
    json_close(&out);
    return err;
}

static enum err audit(struct request *r, struct str id, const char *detail)
{
    const char *target = arena_printf(r->arena, "room/%.*s", (int)id.bytes, id.at);
    return target ? request_audit(r, r->route->audit, target, AUDIT_OK, detail) : ERR_NOMEM;
}

/* -- reading -- */

struct listing {
    struct request *r;
    struct json_out out;
};

static void write_one(void *ctx, const struct room_entry *e)
{
    struct listing *l = ctx;
    json_open(&l->out, NULL);
    write_head(l->r, &l->out, e);
    json_close(&l->out);
}

enum err rooms_look(struct request *r, struct tx *tx)
{
    struct listing l = {.r = r};
    answer_json(r, 200, &l.out);
    json_open(&l.out, NULL);
    json_open_array(&l.out, "rooms");
    enum err err = room_book_each(tx, r->who.account, write_one, &l);
    json_close_array(&l.out);
    json_close(&l.out);
    return err;
}

enum err rooms_people_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    enum err err = room_book_write_people(tx, r->arena, &out);
    json_close(&out);
    return err ? err : request_audit(r, r->route->audit, NULL, AUDIT_OK, NULL);
}

enum err room_look(struct request *r, struct tx *tx)
{
    struct room_entry e;
    enum err err = find(r, tx, false, false, &e);
    return err || r->fault.status ? err : answer_room(r, tx, 200, e.id);
}

/* -- making -- */

static bool is_title(struct str title)
{
    for (size_t i = 0; i < title.bytes; i++)
        if ((unsigned char)title.at[i] < ' ') return false;
    return str_trim(title).bytes > 0;
}

static bool role_of(const struct json *v, bool *ret_host)
{
    struct str role;
    if (!v) return true;
    if (!json_text(v, &role)) return false;
    *ret_host = str_is_text(role, "host");
    return *ret_host || str_is_text(role, "member");
}

static enum err add_member(struct request *r, struct tx *tx, const struct json *v, struct str room)
{
    struct str account;
    bool is_host = false;
    if (!json_is_object(v) || json_unknown_key(v, (const char *const[]){"account", "role", NULL}) ||
        !json_text(json_get(v, "account"), &account) || !role_of(json_get(v, "role"), &is_host))
        return ERR_BAD_INPUT;
    if (str_is(account, r->who.account)) return OK; /* the maker is a host whatever is said */
    return room_book_put_member(tx, r->arena, room, account, is_host);
}

static enum err add_members(struct request *r, struct tx *tx, struct str room)
{
    const struct json *list = r->json ? json_get(r->json, "members") : NULL;
    enum err err = room_book_put_member(tx, r->arena, room, r->who.account, true);
    if (list && (!json_is_array(list) || json_count(list) > ROOM_MEMBERS_MAX)) return ERR_BAD_INPUT;
    for (size_t i = 0; !err && list && i < json_count(list); i++)
        err = add_member(r, tx, json_at(list, i), room);
    return err;
}

enum err rooms_add_write(struct request *r, struct tx *tx)
{
    struct str title;
    char id[ROOM_ID_MAX + 1];
    if (!request_only(r, (const char *const[]){"title", "members", NULL}) ||
        !request_text(r, "title", ROOM_TITLE_BYTES_MAX, &title))
        return OK;
    if (!is_title(title)) return answer_fault(r, 400, "bad_field", "title");
    enum err err = room_book_make(tx, title, r->who.account, id);
    if (!err) err = add_members(r, tx, str_of(id));
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) {
        answer_fault(r, 400, "bad_field", "members");
        return err; /* what was written is taken back */
    }
    if (!err) err = audit(r, str_of(id), NULL);
    return err ? err : answer_room(r, tx, 201, str_of(id));
}

/* -- members -- */

enum err room_member_write(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct str account;
    bool is_host = false;
    if (!request_only(r, (const char *const[]){"account", "role", NULL})) return OK;
    enum err err = find(r, tx, true, true, &e);
    if (err || r->fault.status || !request_text(r, "account", ACCOUNT_ID_TEXT, &account)) return err;
    if (!role_of(json_get(r->json, "role"), &is_host)) return answer_fault(r, 400, "bad_field", "role");
    err = room_book_put_member(tx, r->arena, e.id, account, is_host);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "account");
    if (err == ERR_LIMIT) return answer_fault(r, 409, "room_full", NULL);
    if (err == ERR_DENIED) return answer_fault(r, 409, "last_host", NULL);
    const char *detail = arena_printf(r->arena, "{\"account\":\"%.*s\",\"host\":%s}", (int)account.bytes,
                                      account.at, is_host ? "true" : "false");
    if (!err) err = detail ? audit(r, e.id, detail) : ERR_NOMEM;
    return err ? err : answer_room(r, tx, 200, e.id);
}

struct revocation {
    struct str room, account;
};

static void revoke(struct request *r)
{
    const struct revocation *v = r->stash;
    struct calls *calls = request_site(r)->calls;
    if (calls) calls_revoke(calls, v->room, v->account);
}

static enum err revoke_later(struct request *r, struct str room, struct str account)
{
    struct revocation *v = arena_zalloc(r->arena, sizeof *v);
    if (!v) return ERR_NOMEM;
    *v = (struct revocation){room, account};
    r->stash = v;
    r->apply = revoke;
    return OK;
}

enum err room_member_remove_write(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct str account;
    if (!request_only(r, (const char *const[]){"account", NULL})) return OK;
    enum err err = find(r, tx, true, true, &e);
    if (err || r->fault.status || !request_text(r, "account", ACCOUNT_ID_TEXT, &account)) return err;
    err = room_book_remove_member(tx, e.id, account);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 400, "bad_field", "account");
    if (err == ERR_DENIED) return answer_fault(r, 409, "last_host", NULL);
    const char *detail = arena_printf(r->arena, "{\"account\":\"%.*s\"}", (int)account.bytes, account.at);
    if (!err) err = detail ? audit(r, e.id, detail) : ERR_NOMEM;
    if (!err) err = revoke_later(r, e.id, account);
    return err ? err : answer_room(r, tx, 200, e.id);
}

enum err room_close_write(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct str reason;
    if (!request_only(r, (const char *const[]){"reason", NULL}) ||
        !request_text_optional(r, "reason", REASON_BYTES_MAX, &reason))
        return OK;
    enum err err = find(r, tx, true, true, &e);
    if (err || r->fault.status) return err;
    err = room_book_close(tx, e.id);
    if (!err) err = audit(r, e.id, NULL);
    if (!err) err = revoke_later(r, e.id, (struct str){0});
    return err ? err : answer_empty(r, 204);
}

/* -- tokens -- */

static void copy(char *to, size_t room, struct str from)
{
    ASSERT(from.bytes < room);
    if (from.bytes) memcpy(to, from.at, from.bytes);
    to[from.bytes] = '\0';
}

/* Who comes from outside enters a booking's room in its time, and once the clinic has let them in. */
static enum err at_the_door(struct request *r, struct tx *tx, struct str room)
{
    enum visit_door door;
    struct instant opens;
    struct record_reader server = {.records = request_site(r)->records, .arena = r->arena};
    enum err err = visit_door(tx, &server, room, r->who.account, r->who.roles, false, &door, &opens);
    if (err || door == VISIT_DOOR_OPEN) return err;
    err = answer_fault(r, 409, visit_door_text(door), NULL);
    if (door == VISIT_DOOR_EARLY) r->fault.until = opens;
    return err;
}

enum err room_join_write(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct json_out out;
    char text[ROOM_TOKEN_TEXT];
    struct room_token t = {.kind = ROOM_TOKEN_JOIN, .ends = {tx->now.ms + JOIN_MS}};
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = find(r, tx, false, true, &e);
    if (err || r->fault.status) return err;
    err = at_the_door(r, tx, e.id);
    if (err || r->fault.status) return err;
    if (!request_site(r)->calls) return ERR_CLOSED;
    copy(t.room, sizeof t.room, e.id);
    copy(t.account, sizeof t.account, r->who.account);
    copy(t.session, sizeof t.session, r->who.id);
    calls_token(request_site(r)->calls, &t, text);
    err = audit(r, e.id, NULL);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open(&out, "room");
    write_head(r, &out, &e);
    json_close(&out);
    json_put_text(&out, "token", text);
    json_put_instant(&out, "ends", t.ends);
    json_open(&out, "me");
    json_put_str(&out, "display", r->who.display);
    json_put_text(&out, "role", e.is_host ? "host" : "member");
    json_close(&out);
    json_close(&out);
    return OK;
}

static void answer_source_token(struct request *r, const struct room_token *t)
{
    struct json_out out;
    char text[ROOM_TOKEN_TEXT], path[2 * ROOM_ID_MAX + 16];
    calls_token(request_site(r)->calls, t, text);
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_text(&out, "token", text);
    json_put_text(&out, "id", t->session);
    json_put_instant(&out, "ends", t->ends);
    snprintf(path, sizeof path, "/whip/%s/%s", t->room, t->source);
    json_put_text(&out, "whip", path);
    path[3] = 'e';
    json_put_text(&out, "whep", path);
    json_close(&out);
}

enum err room_source_token_write(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct str source;
    int64_t ttl_s;
    struct room_token t = {.kind = ROOM_TOKEN_SOURCE};
    if (!request_only(r, (const char *const[]){"source", "publish", "subscribe", "ttl_s", NULL})) return OK;
    enum err err = find(r, tx, true, true, &e);
    if (err || r->fault.status || !request_text(r, "source", ROOM_ID_MAX, &source) ||
        !request_bool_optional(r, "publish", false, &t.may_publish) ||
        !request_bool_optional(r, "subscribe", false, &t.may_subscribe) ||
        !request_int(r, "ttl_s", TTL_LEAST_S, TTL_MOST_S, &ttl_s))
        return err;
    if (!room_id_is(source)) return answer_fault(r, 400, "bad_field", "source");
    if (!t.may_publish && !t.may_subscribe) return answer_fault(r, 400, "bad_field", "publish");
    if (!request_site(r)->calls) return ERR_CLOSED;
    t.ends.ms = tx->now.ms + ttl_s * 1000;
    copy(t.room, sizeof t.room, e.id);
    copy(t.source, sizeof t.source, source);
    const char *detail =
        arena_printf(r->arena, "{\"source\":\"%s\",\"publish\":%s,\"subscribe\":%s,\"ttl_s\":%lld}", t.source,
                     t.may_publish ? "true" : "false", t.may_subscribe ? "true" : "false", (long long)ttl_s);
    err = detail ? room_pass_add(tx, &t) : ERR_NOMEM;
    if (!err) err = audit(r, e.id, detail);
    if (!err) answer_source_token(r, &t);
    return err;
}

enum err room_source_tokens_look(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct json_out out;
    enum err err = find(r, tx, true, false, &e);
    if (err || r->fault.status) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    err = room_pass_write(tx, e.id, &out);
    json_close(&out);
    return err;
}

static void void_pass(struct request *r)
{
    const struct str *id = r->stash;
    struct calls *calls = request_site(r)->calls;
    if (calls) calls_void(calls, *id);
}

enum err room_source_token_revoke_write(struct request *r, struct tx *tx)
{
    struct room_entry e;
    struct str *id = arena_zalloc(r->arena, sizeof *id);
    if (!id) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"id", NULL})) return OK;
    enum err err = find(r, tx, true, false, &e);
    if (err || r->fault.status || !request_text(r, "id", IDENT_TEXT - 1, id)) return err;
    err = room_pass_revoke(tx, e.id, *id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    const char *detail = arena_printf(r->arena, "{\"token\":\"%.*s\"}", (int)id->bytes, id->at);
    if (!err) err = detail ? audit(r, e.id, detail) : ERR_NOMEM;
    r->stash = id;
    r->apply = void_pass;
    return err ? err : answer_empty(r, 204);
}
