#include "house.h"
#include "auth/schema.h"
#include "auth/terminal.h"
#include "auth/totp.h"
#include "base/log.h"
#include "desk/agenda.h"
#include "desk/escalate.h"
#include "desk/escort.h"
#include "desk/ops.h"
#include "desk/outbox.h"
#include "desk/schedule.h"
#include "desk/sickcall.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include <semaphore.h>

static void notify(struct site *site, const struct site_notice *n)
{
    struct house *h = site->app;
    pthread_mutex_lock(&h->lock);
    if (h->notices_n < HOUSE_NOTICES_MAX) {
        struct notice *to = &h->notices[h->notices_n++];
        snprintf(to->account, sizeof to->account, "%s", n->account ? n->account : "");
        snprintf(to->session, sizeof to->session, "%s", n->session ? n->session : "");
        snprintf(to->role, sizeof to->role, "%s", n->role ? n->role : "");
        snprintf(to->kind, sizeof to->kind, "%s", n->kind);
        snprintf(to->data, sizeof to->data, "%s", n->data);
    }
    pthread_mutex_unlock(&h->lock);
}

bool house_noticed(struct house *h, const char *kind, const char *data_part)
{
    bool found = false;
    pthread_mutex_lock(&h->lock);
    for (int i = 0; i < h->notices_n; i++)
        found |= strcmp(h->notices[i].kind, kind) == 0 && strstr(h->notices[i].data, data_part) != NULL;
    pthread_mutex_unlock(&h->lock);
    return found;
}

/* RFC 4648 §6, the way back. */
static void from_base32(struct str text, uint8_t ret[20])
{
    uint32_t bits = 0;
    int held = 0, n = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.at[i];
        bits = bits << 5 | (uint32_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
        held += 5;
        if (held >= 8) ret[n++] = (uint8_t)(bits >> (held -= 8));
    }
    CHECK_INT(n, 20);
}

static void copy_text(const struct json *one, const char *key, char *to, size_t room)
{
    struct str text;
    CHECK(json_text(json_get(one, key), &text));
    snprintf(to, room, "%.*s", (int)text.bytes, text.at);
}

static void move_in(struct house *h)
{
    struct buf line;
    struct json *root;
    buf_init(&line, 1 << 20);
    CHECK_INT(ops_run(&h->site, STR("{\"op\":\"demo\",\"args\":{\"bare\":true}}"), &line, NULL, NULL),
              OPS_DONE);
    CHECK_OK(json_parse(buf_str(&line), &root, NULL));
    const struct json *list = json_get(json_get(root, "result"), "accounts");
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *one = json_at(list, i);
        struct person *p = &h->people[h->people_n++];
        struct str secret;
        copy_text(one, "name", p->name, sizeof p->name);
        copy_text(one, "role", p->role, sizeof p->role);
        copy_text(one, "password", p->password, sizeof p->password);
        p->has_totp = json_text(json_get(one, "totp_secret"), &secret);
        if (p->has_totp) from_base32(secret, p->secret);
    }
    copy_text(json_at(json_get(json_get(root, "result"), "terminals"), 0), "code", h->code, sizeof h->code);
    json_free(root);
    buf_done(&line);
}

static void open_with(struct house *h, bool threads)
{
    char data[160], key[160], why[256] = "";
    struct instant now;
    *h = (struct house){0};
    log_level_set(LOG_ERROR);
    CHECK(instant_from_text(STR("2026-11-23T07:24:07.031Z"), &now));
    clock_fake(now, (struct tick){1000000});
    snprintf(h->dir, sizeof h->dir, "%s", check_tmp_dir());
    snprintf(data, sizeof data, "%s/data", h->dir);
    snprintf(key, sizeof key, "%s/data.key", h->dir);
    struct store_settings settings = {.dir = data,
                                      .key_path = key,
                                      .create = true,
                                      .migrations = h->migrations,
                                      .readers = threads ? 2 : 0,
                                      .queue_max = 256,
                                      .threads = threads};
    int n = 0;
    for (const struct migration *m = auth_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = records_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = guard_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = codes_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = attach_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = records_late_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = chart_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = agenda_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = schedule_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = standing_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = outbox_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = escort_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = records_last_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = sickcall_migrations; m->number; m++)
        h->migrations[n++] = *m;
    for (const struct migration *m = escalate_migrations; m->number; m++)
        h->migrations[n++] = *m;
    pthread_mutex_init(&h->lock, NULL);
    if (store_open(&settings, &h->store, why) != OK) check_fail(__FILE__, __LINE__, "%s", why);
    h->site = (struct site){.store = h->store,
                            .errands = errand_new(64),
                            .throttle = throttle_new(100),
                            .settings = {.name = "岚桥看守所",
                                         .zone = "Asia/Shanghai",
                                         .idle_s = 900,
                                         .session_s = 43200,
                                         .argon2_mib = 1},
                            .started = now,
                            .version = "0.1.0",
                            .notify = notify,
                            .app = h};
    CHECK_OK(records_new(h->store, &h->site.records));
    h->site.agenda = agenda_new(h->site.settings.zone);
    CHECK(h->site.errands && h->site.throttle && h->site.agenda);
    h->api = api_new(&h->site);
    CHECK(h->api != NULL);
    move_in(h);
}

void house_open(struct house *h)
{
    open_with(h, true);
}

void house_open_alone(struct house *h)
{
    open_with(h, false);
}

void house_close(struct house *h)
{
    errand_free(h->site.errands);
    store_close(h->store, 5000);
    agenda_free(h->site.agenda);
    records_free(h->site.records);
    throttle_free(h->site.throttle);
    api_free(h->api);
    pthread_mutex_destroy(&h->lock);
}

const struct person *house_person(struct house *h, const char *name_or_role)
{
    for (int i = 0; i < h->people_n; i++)
        if (strcmp(h->people[i].name, name_or_role) == 0 || strcmp(h->people[i].role, name_or_role) == 0)
            return &h->people[i];
    check_fail(__FILE__, __LINE__, "nobody is %s", name_or_role);
}

struct counting {
    struct job job; /* first */
    const char *sql;
    int64_t n;
};

static enum err run_count(struct job *job, struct tx *tx)
{
    struct counting *c = (struct counting *)job;
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, c->sql, &s);
    if (!err) err = stmt_step(s, &row);
    if (!err && row) c->n = stmt_get_int(s, 0);
    if (!err) stmt_done(s);
    return err;
}

int64_t house_int(struct house *h, const char *sql)
{
    struct counting c = {.job.run = run_count, .sql = sql, .n = -1};
    CHECK_OK(store_run_read(h->store, &c.job));
    return c.n;
}

int house_rows(struct house *h, const char *action, const char *outcome)
{
    static char sql[256]; /* the statement's cache is keyed by the pointer: one text at a time */
    static char texts[64][256];
    static int texts_n;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE action = '%s' AND outcome = %d", action,
             strcmp(outcome, "ok") == 0       ? AUDIT_OK
             : strcmp(outcome, "failed") == 0 ? AUDIT_FAILED
                                              : AUDIT_REFUSED);
    for (int i = 0; i < texts_n; i++)
        if (strcmp(texts[i], sql) == 0) return (int)house_int(h, texts[i]);
    CHECK(texts_n < 64);
    memcpy(texts[texts_n], sql, sizeof sql);
    return (int)house_int(h, texts[texts_n++]);
}

/* -- asking -- */

static struct str own(struct request *r, const char *text)
{
    if (!text || !*text) return (struct str){0};
    const char *copy = arena_text(r->arena, text, strlen(text));
    CHECK(copy != NULL);
    return str_of(copy);
}

static void respond(struct request *r)
{
    sem_post(r->net);
}

static void put_who(struct request *r, const struct who *who)
{
    char text[320];
    if (!who) return;
    snprintf(text, sizeof text, "%s%s%s%s%s", who->cookie[0] ? SESSION_COOKIE "=" : "", who->cookie,
             who->cookie[0] && who->terminal[0] ? "; " : "", who->terminal[0] ? TERMINAL_COOKIE "=" : "",
             who->terminal);
    if (text[0]) r->cookie = own(r, text);
    if (who->bearer[0]) {
        snprintf(text, sizeof text, "Bearer %s", who->bearer);
        r->authorization = own(r, text);
    }
    r->csrf = own(r, who->csrf);
}

static void keep(struct request *r, struct reply *ret)
{
    ret->status = r->answer.status;
    snprintf(ret->content_type, sizeof ret->content_type, "%s",
             r->answer.content_type ? r->answer.content_type : "");
    for (const struct header *at = r->answer.headers; at; at = at->next) {
        if (strcmp(at->name, "set-cookie") == 0) snprintf(ret->cookie, sizeof ret->cookie, "%s", at->value);
        if (strcmp(at->name, "allow") == 0) snprintf(ret->allow, sizeof ret->allow, "%s", at->value);
        if (strcmp(at->name, "retry-after") == 0)
            snprintf(ret->retry_after, sizeof ret->retry_after, "%s", at->value);
    }
    buf_init(&ret->body, 8 << 20);
    buf_add_str(&ret->body, buf_str(&r->answer.body));
    buf_add_char(&ret->body, 0); /* so that tests may search it as text */
    CHECK_OK(ret->body.err);
    ret->body.bytes--;
    if (ret->body.bytes && strstr(ret->content_type, "json"))
        CHECK_OK(json_parse(buf_str(&ret->body), &ret->json, NULL));
}

void house_ignore(struct request *r)
{
    (void)r;
}

void house_submit(struct house *h, struct request *r)
{
    sem_t done;
    sem_init(&done, 0, 0);
    r->respond = respond;
    r->net = &done;
    api_submit(h->api, r);
    while (sem_wait(&done) != 0)
        ;
    sem_destroy(&done);
}

static struct request *request_of(const struct question *q)
{
    struct request *r = request_new(1 << 20);
    CHECK(r != NULL);
    r->method = q->method;
    r->path = own(r, q->path);
    r->query = own(r, q->query);
    r->body = own(r, q->body);
    r->content_type = own(r, q->content_type ? q->content_type : "application/json");
    r->accept_language = own(r, q->language);
    r->unattended = own(r, q->unattended);
    r->user_agent = STR("Test/1");
    snprintf(r->from, sizeof r->from, "%s", q->from ? q->from : "192.0.2.7");
    put_who(r, q->who);
    if (q->csrf) r->csrf = own(r, q->csrf);
    return r;
}

bool ask_failing(struct house *h, const struct question *q, long n, struct reply *ret)
{
    struct request *r = request_of(q);
    reply_done(ret);
    mem_fail_at(n);
    house_submit(h, r);
    bool reached = mem_fail_left() == 0;
    mem_fail_at(0);
    keep(r, ret);
    request_free(r);
    return reached;
}

void ask(struct house *h, const struct question *q, struct reply *ret)
{
    struct request *r = request_of(q);
    reply_done(ret);
    house_submit(h, r);
    keep(r, ret);
    request_free(r);
}

void reply_done(struct reply *r)
{
    json_free(r->json);
    buf_done(&r->body);
    *r = (struct reply){0};
}

static int ask_simply(struct house *h, enum http_method method, const struct who *who, const char *path,
                      const char *body, struct reply *ret)
{
    char bare[512];
    const char *query = strchr(path, '?');
    snprintf(bare, sizeof bare, "%.*s", (int)(query ? query - path : (long)strlen(path)), path);
    reply_done(ret);
    ask(h, &(struct question){method, bare, query ? query + 1 : NULL, body, who, NULL, NULL, NULL, NULL},
        ret);
    return ret->status;
}

int get(struct house *h, const struct who *who, const char *path, struct reply *ret)
{
    return ask_simply(h, HTTP_GET, who, path, NULL, ret);
}

int post(struct house *h, const struct who *who, const char *path, const char *body, struct reply *ret)
{
    return ask_simply(h, HTTP_POST, who, path, body, ret);
}

struct str reply_text(const struct reply *r, const char *key)
{
    struct str text = {"", 0};
    (void)json_text(json_get(r->json, key), &text);
    return text;
}

const struct json *reply_error(const struct reply *r)
{
    return r->json ? json_get(r->json, "error") : NULL;
}

struct str reply_code(const struct reply *r)
{
    struct str text = {"", 0};
    const struct json *error = reply_error(r);
    if (error) (void)json_text(json_get(error, "code"), &text);
    /* /fhir has it in OperationOutcome.issue.details.coding */
    const struct json *issue = r->json ? json_get(r->json, "issue") : NULL;
    const struct json *details = issue ? json_get(json_at(issue, 0), "details") : NULL;
    const struct json *coding = details ? json_get(details, "coding") : NULL;
    if (coding) (void)json_text(json_get(json_at(coding, 0), "code"), &text);
    return text;
}

int64_t reply_int(const struct reply *r, const char *key)
{
    int64_t n = -1;
    (void)json_int(json_get(r->json, key), &n);
    return n;
}

void code_of(const struct person *p, char ret_code[7])
{
    totp_code(p->secret, clock_now(), ret_code);
}

void next_code(void)
{
    clock_fake_advance(2 * TOTP_STEP_MS);
}

static void take_cookie(const struct reply *r, struct who *ret)
{
    const char *from = strchr(r->cookie, '=');
    CHECK(from != NULL);
    const char *to = strchr(from, ';');
    CHECK(to != NULL);
    snprintf(ret->cookie, sizeof ret->cookie, "%.*s", (int)(to - from - 1), from + 1);
}

void house_terminal(struct house *h, struct who *ret)
{
    struct reply r = {0};
    char body[64];
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", h->code);
    CHECK_INT(post(h, NULL, "/api/terminal/enrol", body, &r), 200);
    const char *from = strchr(r.cookie, '='), *to = strchr(r.cookie, ';');
    CHECK(from && to && to > from);
    *ret = (struct who){0};
    snprintf(ret->terminal, sizeof ret->terminal, "%.*s", (int)(to - from - 1), from + 1);
    reply_done(&r);
}

void log_in(struct house *h, const char *name_or_role, struct who *ret)
{
    const struct person *p = house_person(h, name_or_role);
    struct reply r = {0};
    char body[256], code[7];
    next_code();
    *ret = (struct who){0};
    if (!p->has_totp) house_terminal(h, ret);
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\"}", p->name, p->password);
    CHECK_INT(post(h, ret, "/api/login", body, &r), 200);
    if (p->has_totp) {
        CHECK_STR(reply_text(&r, "next"), "totp");
        struct str ticket = reply_text(&r, "ticket");
        code_of(p, code);
        snprintf(body, sizeof body, "{\"ticket\":\"%.*s\",\"code\":\"%s\"}", (int)ticket.bytes, ticket.at,
                 code);
        CHECK_INT(post(h, NULL, "/api/login/totp", body, &r), 200);
    }
    CHECK_STR(reply_text(&r, "next"), "done");
    take_cookie(&r, ret);
    CHECK_INT(get(h, ret, "/api/session", &r), 200);
    struct str csrf = reply_text(&r, "csrf");
    snprintf(ret->csrf, sizeof ret->csrf, "%.*s", (int)csrf.bytes, csrf.at);
    reply_done(&r);
}
