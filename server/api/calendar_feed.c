/* The calendar feed: its secret address, and what stands there (docs/PROTOCOL §14). */
#include "desk/calendar_feed.h"
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "base/digest.h"
#include "records/person.h"
#include <stdio.h>

enum { FEED_BYTES_MAX = 4 << 20 };

enum err calendar_feed_look(struct request *r, struct tx *tx)
{
    struct json_out o;
    struct instant made;
    enum err err = calendar_feed_made(tx, r->who.account, &made);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_instant(&o, "made", made);
    json_close(&o);
    return OK;
}

enum err calendar_feed_make_write(struct request *r, struct tx *tx)
{
    char secret[CALENDAR_FEED_TEXT];
    struct json_out o;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = calendar_feed_make(tx, r->who.account, secret);
    const char *target = arena_printf(r->arena, "account/%.*s", (int)r->who.account.bytes, r->who.account.at);
    const char *path = arena_printf(r->arena, "/ical/%s.ics", secret);
    if (!err) err = target && path ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    if (err) return err;
    answer_json(r, 201, &o);
    json_open(&o, NULL);
    json_put_text(&o, "path", path);
    json_close(&o);
    return OK;
}

enum err calendar_feed_end_write(struct request *r, struct tx *tx)
{
    enum err err = calendar_feed_revoke(tx, r->who.account);
    const char *target = arena_printf(r->arena, "account/%.*s", (int)r->who.account.bytes, r->who.account.at);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    return err ? err : answer_empty(r, 204);
}

/* -- the feed itself -- */

static enum err answer_feed(struct request *r, const struct buf *text)
{
    struct digest_value hash = digest_of(text->at, text->bytes);
    char hex[2 * sizeof hash.at + 1];
    str_hex(hash.at, sizeof hash.at, hex);
    const char *etag = arena_printf(r->arena, "\"%.32s\"", hex);
    if (!etag) return ERR_NOMEM;
    answer_header(r, "etag", etag);
    answer_header(r, "cache-control", "private, no-cache");
    bool is_known = r->if_none_match.bytes &&
                    memmem(r->if_none_match.at, r->if_none_match.bytes, etag, strlen(etag)) != NULL;
    if (is_known) return answer_empty(r, 304);
    r->answer.status = 200;
    r->answer.content_type = "text/calendar; charset=utf-8";
    buf_add(&r->answer.body, text->at, text->bytes);
    return r->answer.body.err;
}

static enum err serve(struct request *r, struct tx *tx, struct str account, struct role_set roles)
{
    struct agenda_job job;
    struct person person;
    struct buf text;
    enum err err = agenda_open(r, tx, &job);
    if (err) return err;
    err = person_find(tx, account, &person);
    job.s.practitioner = person.practitioner;
    buf_init(&text, FEED_BYTES_MAX);
    r->answer.body.bytes_max = FEED_BYTES_MAX;
    if (!err)
        err = calendar_feed_write(&job.s, roles, request_site(r)->settings.zone,
                                  str_is_text(request_query(r, "lang"), "en"), &text);
    if (!err) err = answer_feed(r, &text);
    buf_done(&text);
    agenda_close(&job);
    return err;
}

/* The address is the key: whoever has it sees what its owner sees there. One that is no good is answered as one that never was. */
enum err calendar_feed_get_look(struct request *r, struct tx *tx)
{
    struct str secret = r->captures[0], account;
    struct role_set roles;
    if (secret.bytes < 5 || memcmp(secret.at + secret.bytes - 4, ".ics", 4) != 0)
        return answer_fault(r, 404, "not_found", NULL);
    secret.bytes -= 4;
    enum err err = calendar_feed_find(tx, r->arena, secret, &account, &roles);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    r->actor = account;
    const char *target = arena_printf(r->arena, "account/%.*s", (int)account.bytes, account.at);
    err = target ? request_audit(r, "calendar-feed.read", target, AUDIT_OK, NULL) : ERR_NOMEM;
    return err ? err : serve(r, tx, account, roles);
}
