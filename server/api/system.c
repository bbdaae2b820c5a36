/* The system admin's desk: the machine, the store, workers, certificates, backups. No clinical word, no name of a patient. */
#include "api/api.h"
#include "api/handlers.h"
#include "desk/call_quality_bad.h"
#include "desk/health.h"
#include "desk/timesync.h"
#include "scheduler/terms.h"

enum { REASON_BYTES_MAX = 500, BASES_MAX = 100, CALLS_DAYS = 30 };

static void write_clock(struct json_out *out, struct instant now)
{
    struct timesync sync = timesync_look();
    json_open(out, "clock");
    json_put_instant(out, "now", now);
    if (sync.is_known)
        json_put_int(out, "offset_ms", sync.offset_ms);
    else
        json_put_null(out, "offset_ms");
    json_put_text(out, "source", sync.is_synced ? "ntp" : "none");
    json_put_bool(out, "synced", sync.is_synced);
    json_close(out);
}

static void write_store(struct json_out *out, const struct store_state *s)
{
    static const char *const scrubs[] = {
        [SCRUB_IDLE] = "idle", [SCRUB_RUNNING] = "running", [SCRUB_FAILED] = "failed"};
    char head[2 * DIGEST_BYTES + 1];
    json_open(out, "store");
    json_put_int(out, "schema", s->schema);
    json_put_int(out, "bytes", s->bytes);
    json_put_int(out, "wal_bytes", s->wal_bytes);
    json_put_int(out, "free_bytes", s->free_bytes);
    json_put_int(out, "readers", s->readers);
    json_put_int(out, "queue", s->queue);
    json_put_int(out, "commits", s->commits);
    json_put_int(out, "last_commit_ms", (s->last_commit_us + 999) / 1000);
    json_close(out);
    str_hex(s->head.hash.at, sizeof s->head.hash.at, head);
    json_open(out, "audit");
    json_put_int(out, "seq", s->head.seq);
    json_put_text(out, "head", head);
    json_put_instant(out, "anchor_at", s->anchor.at);
    json_close(out);
    json_open(out, "scrub");
    json_put_text(out, "state", scrubs[s->scrub]);
    json_put_instant(out, "last", s->scrub_last);
    json_put_int(out, "pages", s->scrub_pages);
    json_put_int(out, "bad", s->scrub_bad);
    json_close(out);
}

static void write_connections(struct site *site, struct json_out *out)
{
    json_open(out, "connections");
    if (site->write_connections) {
        site->write_connections(site, out);
    } else {
        json_put_int(out, "http", 0);
        json_put_int(out, "ws", 0);
    }
    json_close(out);
}

enum err system_health_look(struct request *r, struct tx *tx)
{
    struct site *site = request_site(r);
    struct health health;
    struct json_out out;
    health_look(site, &health);
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "version", site->version);
    json_put_instant(&out, "started", site->started);
    json_put_int(&out, "uptime_s", (tx->now.ms - site->started.ms) / 1000);
    write_clock(&out, tx->now);
    write_store(&out, &health.store);
    write_connections(site, &out);
    json_open_array(&out, "checks");
    for (int i = 0; i < HEALTH_CHECKS; i++)
        health_write_check(&out, NULL, &health.checks[i]);
    json_close_array(&out);
    json_close(&out);
    return OK;
}

/* Whose network was at fault, and when: no name, no visit. */
enum err system_calls_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    enum err err = line_bad_write(tx, r->arena, instant_add(tx->now, -CALLS_DAYS * DAY_MS), &out);
    json_close(&out);
    return err;
}

enum err system_scrub_write(struct request *r, struct tx *tx)
{
    (void)tx;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = store_ask_scrub(request_site(r)->store);
    if (!err) err = request_audit(r, "store.scrub", NULL, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 202);
}

/* Members that the running program writes; `otherwise` stands in for a program that has none. */
static enum err answer_members(struct request *r, void (*write)(struct site *, struct json_out *),
                               void (*otherwise)(struct json_out *))
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    if (write)
        write(request_site(r), &out);
    else
        otherwise(&out);
    json_close(&out);
    return OK;
}

static void no_workers(struct json_out *out)
{
    json_open_array(out, "workers");
    json_close_array(out);
}

static void no_certificates(struct json_out *out)
{
    json_put_null(out, "ca");
    json_put_null(out, "leaf");
}

enum err system_workers_look(struct request *r, struct tx *tx)
{
    (void)tx;
    return answer_members(r, request_site(r)->write_workers, no_workers);
}

static bool read_reason(struct request *r)
{
    struct str reason;
    if (!request_only(r, (const char *const[]){"reason", NULL}) ||
        !request_text(r, "reason", REASON_BYTES_MAX, &reason))
        return false;
    if (str_trim(reason).bytes) return true;
    answer_fault(r, 400, "missing_field", "reason");
    return false;
}

/* The admin's own words, about a machine. */
static enum err audit_reason(struct request *r, const char *target)
{
    struct str reason = {0};
    struct buf text;
    struct json_out out;
    (void)json_text(json_get(r->json, "reason"), &reason);
    buf_init(&text, 8 * REASON_BYTES_MAX);
    json_out_init(&out, &text);
    json_open(&out, NULL);
    json_put_str(&out, "reason", reason);
    json_close(&out);
    buf_add_char(&text, 0);
    enum err err = text.err ? text.err : request_audit(r, r->route->audit, target, AUDIT_OK, text.at);
    buf_done(&text);
    return err;
}

enum err system_worker_restart_write(struct request *r, struct tx *tx)
{
    struct site *site = request_site(r);
    uint64_t index;
    (void)tx;
    if (!read_reason(r)) return OK;
    if (!str_to_u64(r->captures[0], &index) || index > 1000 || !site->restart_worker ||
        !site->restart_worker(site, (int)index))
        return answer_fault(r, 404, "not_found", NULL);
    const char *target = arena_printf(r->arena, "worker/%d", (int)index);
    enum err err = target ? audit_reason(r, target) : ERR_NOMEM;
    return err ? err : answer_empty(r, 202);
}

enum err system_certificates_look(struct request *r, struct tx *tx)
{
    (void)tx;
    return answer_members(r, request_site(r)->write_certificates, no_certificates);
}

enum err system_certificates_renew_look(struct request *r, struct tx *tx)
{
    (void)tx;
    if (read_reason(r) && !request_site(r)->renew_certificate) answer_fault(r, 409, "given_files", NULL);
    return OK;
}

void system_certificates_renew_work(struct request *r)
{
    struct site *site = request_site(r);
    enum err err = site->renew_certificate(site);
    if (err == ERR_DENIED || err == ERR_UNSUPPORTED)
        answer_fault(r, 409, "given_files", NULL);
    else if (err)
        fault_from_err(&r->fault, err);
}

enum err system_certificates_renew_write(struct request *r, struct tx *tx)
{
    enum err err = audit_reason(r, "certificate");
    return err ? err : system_certificates_look(r, tx);
}

static enum err write_bases(struct request *r, struct json_out *out)
{
    struct store_base *bases = arena_alloc(r->arena, BASES_MAX * sizeof *bases);
    size_t n = 0;
    if (!bases) return ERR_NOMEM;
    enum err err = store_bases(request_site(r)->store, bases, BASES_MAX, &n);
    if (err && err != ERR_NOT_FOUND) return err;
    json_open_array(out, "bases");
    for (size_t i = 0; i < n; i++) {
        json_open(out, NULL);
        json_put_text(out, "name", bases[i].name);
        json_put_instant(out, "made", bases[i].made);
        json_put_int(out, "bytes", bases[i].bytes);
        json_put_int(out, "seq", bases[i].seq);
        json_put_text(out, "key", bases[i].key_name);
        json_close(out);
    }
    json_close_array(out);
    return OK;
}

enum err system_backups_look(struct request *r, struct tx *tx)
{
    const struct site *site = request_site(r);
    struct store_state s;
    struct json_out out;
    (void)tx;
    store_state(site->store, &s);
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "target", site->settings.backup_target[0] ? site->settings.backup_target : NULL);
    json_put_text(&out, "state", health_backup_name(&s));
    json_put_instant(&out, "last_segment", s.backup_segment);
    json_put_instant(&out, "last_anchor", s.backup_anchor);
    json_put_int(&out, "behind_s", s.backup_behind_ms / 1000);
    json_put_text(&out, "error", s.backup_err ? err_text(s.backup_err) : NULL);
    enum err err = write_bases(r, &out);
    json_close(&out);
    return err;
}

enum err system_backups_run_write(struct request *r, struct tx *tx)
{
    (void)tx;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = store_ask_backup(request_site(r)->store);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 409, "no_target", NULL);
    if (!err) err = request_audit(r, "store.backup", NULL, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 202);
}
