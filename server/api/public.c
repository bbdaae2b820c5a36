/* What needs no login: the state of the service, and its figures for a monitoring system on the same machine. */
#include "api/handlers.h"
#include "api/metrics.h"
#include "api/state.h"
#include "auth/policy.h"
#include "base/metric.h"
#include "desk/health.h"

static enum err store_answers(struct tx *tx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM role", &s);
    if (!err) err = stmt_step(s, &row);
    if (!err) stmt_done(s);
    return err;
}

static void write_healthz(struct request *r, const struct health *h, bool store_ok)
{
    struct json_out out;
    bool is_draining = atomic_load(&r->api->is_draining);
    bool is_ok = store_ok && health_worst(h) != HEALTH_BAD && h->workers_up == h->workers_of;
    answer_json(r, is_draining || !store_ok ? 503 : 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "state", is_draining ? "draining" : is_ok ? "ok" : "degraded");
    json_put_text(&out, "version", request_site(r)->version);
    json_put_text(&out, "zone", request_site(r)->settings.zone);
    json_open(&out, "workers");
    json_put_int(&out, "up", h->workers_up);
    json_put_int(&out, "of", h->workers_of);
    json_close(&out);
    json_put_text(&out, "store", !store_ok ? "failed" : h->checks[HEALTH_STORE].state ? "disk_full" : "ok");
    json_put_text(&out, "audit", h->checks[HEALTH_AUDIT].state == HEALTH_OK ? "ok" : "failed");
    json_put_text(&out, "backup", health_backup_name(&h->store));
    json_close(&out);
}

enum err healthz_look(struct request *r, struct tx *tx)
{
    struct health health;
    bool store_ok = store_answers(tx) == OK;
    health_look(request_site(r), &health);
    write_healthz(r, &health, store_ok);
    return OK;
}

static bool is_loopback(struct str from)
{
    return str_starts(from, STR("127.")) || str_is_text(from, "::1") || str_starts(from, STR("::ffff:127."));
}

/* Anybody but a monitor on this machine or a system admin's program sees no such page. */
static enum err may_read_metrics(struct request *r, struct tx *tx, bool *ret_may)
{
    enum session_state state;
    *ret_may = is_loopback(str_of(r->from));
    if (*ret_may) return OK;
    enum err err = session_find(tx, r->arena, r->cookie, r->authorization, r->api->idle,
                                request_site(r)->settings.idle_s, &r->who, &state);
    if (!err) *ret_may = state == SESSION_LIVE && policy_allows(r->who.roles, POLICY_METRICS, POLICY_READ);
    return err;
}

enum err metrics_look(struct request *r, struct tx *tx)
{
    bool may;
    int64_t live;
    enum err err = may_read_metrics(r, tx, &may);
    if (!err && !may) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = session_count(tx, request_site(r)->settings.idle_s, &live);
    if (err) return err;
    metrics_set_sessions(live);
    buf_clear(&r->answer.body);
    metric_write(&r->answer.body);
    r->answer.status = 200;
    r->answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return OK;
}
