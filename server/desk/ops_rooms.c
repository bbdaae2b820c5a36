/* The operator's tokens for WHIP sources and WHEP viewers. */
#include "base/mem.h"
#include "desk/calls.h"
#include "desk/ops_run.h"
#include "desk/room_book.h"
#include "desk/room_pass.h"

enum { TTL_S = 24 * 3600, TTL_LEAST_S = 60, TTL_MOST_S = 365 * 24 * 3600 };

struct minting {
    struct room_token token;
    int64_t ttl_s;
    char text[ROOM_TOKEN_TEXT];
};

static enum err mint(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct minting *m = with;
    uint8_t key[ROOM_KEY_BYTES];
    const struct room_token *t = &m->token;
    enum err err = room_book_key(tx, key);
    if (err) return err;
    m->token.ends.ms = tx->now.ms + m->ttl_s * 1000;
    err = room_pass_add(tx, &m->token);
    if (err) return err;
    room_token_write(t, key, m->text);
    mem_wipe(key, sizeof key);
    const char *target = arena_printf(op->arena, "room/%s", t->room);
    const char *detail = arena_printf(
        op->arena, "{\"source\":\"%s\",\"publish\":%s,\"subscribe\":%s,\"ttl_s\":%lld}", t->source,
        t->may_publish ? "true" : "false", t->may_subscribe ? "true" : "false", (long long)m->ttl_s);
    return target && detail ? op_audit(op, job, "room.token", target, detail) : ERR_NOMEM;
}

static enum err revoke(struct op *op, struct tx *tx, struct job *job, void *with)
{
    const struct str *id = with;
    enum err err = room_pass_revoke(tx, (struct str){0}, *id);
    if (err == ERR_NOT_FOUND) return op_refuse(op, 404, "not_found", "revoke");
    const char *target = arena_printf(op->arena, "room-token/%.*s", (int)id->bytes, id->at);
    if (!err && !target) err = ERR_NOMEM;
    return err ? err : op_audit(op, job, "room.token.revoke", target, "{}");
}

/* Who came by it goes at once, where a server runs. */
static enum err token_revoke(struct op *op, struct str id)
{
    enum err err = op_write(op, revoke, &id);
    if (!err && !op->fault.status && op->site->calls) calls_void(op->site->calls, id);
    return err;
}

static bool flag(struct op *op, const char *key, bool *ret)
{
    const struct json *v = json_get(op->args, key);
    if (!v || json_bool(v, ret)) return true;
    op_refuse(op, 400, "bad_field", key);
    return false;
}

enum err op_room_token(struct op *op)
{
    struct minting m = {.token = {.kind = ROOM_TOKEN_SOURCE}, .ttl_s = TTL_S};
    struct str room, source, revoked;
    if (!op_only(op,
                 (const char *const[]){"room", "source", "publish", "subscribe", "ttl_s", "revoke", NULL}) ||
        !op_text_optional(op, "revoke", IDENT_TEXT - 1, &revoked))
        return OK;
    if (revoked.bytes) return token_revoke(op, revoked);
    if (!op_text(op, "room", ROOM_ID_MAX, &room) || !op_text_optional(op, "source", ROOM_ID_MAX, &source) ||
        !flag(op, "publish", &m.token.may_publish) || !flag(op, "subscribe", &m.token.may_subscribe))
        return OK;
    const struct json *ttl = json_get(op->args, "ttl_s");
    if (ttl && (!json_int(ttl, &m.ttl_s) || m.ttl_s < TTL_LEAST_S || m.ttl_s > TTL_MOST_S))
        return op_refuse(op, 400, "bad_field", "ttl_s");
    if (!room_pattern_is(room)) return op_refuse(op, 400, "bad_field", "room");
    if (source.bytes && !room_id_is(source)) return op_refuse(op, 400, "bad_field", "source");
    if (!m.token.may_publish && !m.token.may_subscribe) return op_refuse(op, 400, "missing_field", "publish");
    memcpy(m.token.room, room.at, room.bytes);
    if (source.bytes) memcpy(m.token.source, source.at, source.bytes);
    enum err err = op_write(op, mint, &m);
    if (!err && !op->fault.status) {
        json_put_text(&op->out, "token", m.text);
        json_put_text(&op->out, "id", m.token.session);
        json_put_instant(&op->out, "ends", m.token.ends);
    }
    mem_wipe(&m, sizeof m);
    return err;
}
