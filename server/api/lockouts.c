/* What is closed after wrong tries: accounts (in the store) and addresses (in memory). */
#include "api/handlers.h"
#include "auth/lockout.h"

enum { ADDRESSES_MAX = 200 };

static enum err write_addresses(struct request *r, struct json_out *out)
{
    struct throttle *throttle = request_site(r)->throttle;
    struct throttle_entry *entries = arena_alloc(r->arena, ADDRESSES_MAX * sizeof *entries);
    if (!entries) return ERR_NOMEM;
    uint32_t n = throttle ? throttle_list(throttle, entries, ADDRESSES_MAX) : 0;
    json_open_array(out, "addresses");
    for (uint32_t i = 0; i < n; i++) {
        json_open(out, NULL);
        json_put_text(out, "from", entries[i].from);
        json_put_int(out, "failed", entries[i].failed);
        json_put_instant(out, "until", entries[i].until);
        json_close(out);
    }
    json_close_array(out);
    return OK;
}

enum err lockouts_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "accounts");
    enum err err = lockout_list(tx, &out);
    json_close_array(&out);
    if (!err) err = write_addresses(r, &out);
    json_close(&out);
    return err ? err : request_audit(r, "lockout.list", NULL, AUDIT_OK, NULL);
}

enum err lockouts_clear_write(struct request *r, struct tx *tx)
{
    struct str from;
    struct throttle *throttle = request_site(r)->throttle;
    (void)tx;
    if (!request_only(r, (const char *const[]){"from", NULL}) ||
        !request_text(r, "from", THROTTLE_FROM_TEXT - 1, &from))
        return OK;
    const char *address = arena_text(r->arena, from.at, from.bytes);
    const char *target = arena_printf(r->arena, "address/%.*s", (int)from.bytes, from.at);
    if (!address || !target) return ERR_NOMEM;
    if (!throttle || !throttle_clear(throttle, address)) return answer_fault(r, 404, "not_found", NULL);
    enum err err = request_audit(r, "lockout.clear", target, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}
