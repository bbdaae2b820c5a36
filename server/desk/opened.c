#include "desk/opened.h"
#include "auth/trail.h"
#include "desk/affiliation.h"
#include "records/glass.h"
#include "records/person.h"

enum {
    TOGETHER_MS = 30 * 60 * 1000,
    ROWS_MAX = 20000 /* of the trail behind one page; more is the next page's */
};

enum kind { READ, WRITE, ORDER, SIGN, PRINT, EXPORT, SHARE, EMERGENCY, ERASE, KINDS };
static const char *const kind_names[KINDS] = {"read",   "write", "order",     "sign", "print",
                                              "export", "share", "emergency", "erase"};

/* An action, or how it begins; the first that fits. Everything else that is about a record is a look into it. */
static const struct {
    const char *action;
    enum kind kind;
} kinds[] = {
    {"record.create", WRITE},   {"record.update", WRITE},   {"record.patch", WRITE},
    {"record.delete", WRITE},   {"record.bundle", WRITE},   {"record.print", PRINT},
    {"record.export", EXPORT},  {"export.", EXPORT},        {"order.check", READ},
    {"order.", ORDER},          {"seal.sign", SIGN},        {"grant.give", SHARE},
    {"grant.extend", SHARE},    {"glass.break", EMERGENCY}, {"erasure.", ERASE},
    {"opinion.save", WRITE},    {"opinion.sign", SIGN},     {"opinion.dissent", SIGN},
    {"opinion.amend", SIGN},    {"opinion.advice", ORDER},  {"opinion.tell", SHARE},
    {"opinion.bundle", EXPORT}, {"follow-up.done", WRITE},  {"call.chat", WRITE},
};

static enum kind kind_of(struct str action)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_starts(action, str_of(kinds[i].action))) return kinds[i].kind;
    return READ;
}

struct group {
    struct str actor, display, role;
    struct instant first, last;
    int64_t counts[KINDS], glass;
};

struct listing {
    struct tx *tx;
    struct record_reader *server;
    const struct opened_ask *ask;
    struct json_out *to;
    struct group now;
    bool has_group;
    int64_t groups, rows, last, next;
};

/* -- who -- */

static enum err put_who(struct listing *l)
{
    struct person person = {0};
    const struct group *g = &l->now;
    struct str organisation = l->ask->site;
    bool is_guest = str_is_text(g->role, "specialist") || str_is_text(g->role, "interpreter");
    enum err err = is_guest ? person_find(l->tx, g->actor, &person) : OK;
    if (is_guest) organisation = (struct str){0};
    if (!err && person.practitioner)
        err = affiliation_of(l->tx, l->server, person.practitioner, &organisation);
    json_open(l->to, "who");
    if (g->display.bytes)
        json_put_str(l->to, "display", g->display);
    else
        json_put_null(l->to, "display");
    json_put_str(l->to, "role", g->role);
    if (organisation.bytes)
        json_put_str(l->to, "organisation", organisation);
    else
        json_put_null(l->to, "organisation");
    json_put_bool(l->to, "own", g->actor.bytes && str_is(g->actor, l->ask->account));
    json_close(l->to);
    return err;
}

/* -- groups -- */

static enum err put_glass(struct listing *l)
{
    struct glass_told told;
    if (l->now.glass == 0) {
        json_put_null(l->to, "glass");
        return OK;
    }
    enum err err = glass_told(l->tx, l->server->arena, l->now.glass, &told);
    if (err) return err;
    json_open(l->to, "glass");
    json_put_text(l->to, "state", !told.is_reviewed ? "waiting" : told.reason.at ? "told" : "withheld");
    if (told.reason.at)
        json_put_str(l->to, "reason", told.reason);
    else
        json_put_null(l->to, "reason");
    json_close(l->to);
    return OK;
}

static enum err put_group(struct listing *l)
{
    json_open(l->to, NULL);
    enum err err = put_who(l);
    json_put_instant(l->to, "first", l->now.first);
    json_put_instant(l->to, "last", l->now.last);
    json_open(l->to, "kinds");
    for (int k = 0; k < KINDS; k++)
        if (l->now.counts[k]) json_put_int(l->to, kind_names[k], l->now.counts[k]);
    json_close(l->to);
    if (!err) err = put_glass(l);
    json_close(l->to);
    l->groups++;
    l->has_group = false;
    return err;
}

static bool belongs(const struct listing *l, const struct trail_row *row, enum kind kind)
{
    const struct group *g = &l->now;
    if (!l->has_group || !str_is(g->actor, row->actor) || !str_is(g->role, row->role)) return false;
    if (kind == EMERGENCY && g->glass) return false; /* each has its own reason */
    return g->first.ms - row->at.ms <= TOGETHER_MS;
}

static struct str kept(struct listing *l, struct str text, enum err *err)
{
    const char *copy = arena_text(l->server->arena, text.at, text.bytes);
    if (!copy) *err = ERR_NOMEM;
    return (struct str){copy, copy ? text.bytes : 0};
}

static enum err open_group(struct listing *l, const struct trail_row *row)
{
    enum err err = OK;
    l->now = (struct group){.actor = kept(l, row->actor, &err),
                            .display = kept(l, row->display, &err),
                            .role = kept(l, row->role, &err),
                            .last = row->at};
    l->has_group = !err;
    return err;
}

static enum err glass_of(const struct trail_row *row, int64_t *ret_glass)
{
    struct json *detail = NULL;
    enum err err = json_parse(row->detail, &detail, NULL);
    if (!err) (void)json_int(json_get(detail, "glass"), ret_glass);
    json_free(detail);
    return err;
}

static enum err take(void *ctx, const struct trail_row *row, bool *more)
{
    struct listing *l = ctx;
    enum kind kind = kind_of(row->action);
    enum err err = OK;
    if (!belongs(l, row, kind)) {
        if (l->has_group) err = put_group(l);
        if (!err && (l->groups == OPENED_PAGE || l->rows >= ROWS_MAX)) {
            l->next = l->last;
            *more = false;
            return OK;
        }
        if (!err) err = open_group(l, row);
    }
    if (err) return err;
    if (kind == EMERGENCY) err = glass_of(row, &l->now.glass);
    l->now.first = row->at;
    l->now.counts[kind]++;
    l->last = row->seq;
    l->rows++;
    return err;
}

enum err opened_list(struct tx *tx, struct record_reader *server, const struct opened_ask *ask,
                     struct json_out *to, int64_t *ret_next)
{
    struct listing l = {.tx = tx, .server = server, .ask = ask, .to = to};
    struct trail_query query = {.subject = ask->patient, .outcome = AUDIT_OK, .before = ask->before};
    enum err err = trail_walk(tx, &query, take, &l);
    if (!err && l.has_group) err = put_group(&l);
    if (!err) *ret_next = l.next;
    return err;
}
