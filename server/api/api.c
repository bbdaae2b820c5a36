#include "api/api.h"
#include "api/answer.h"
#include "api/fhir.h"
#include "api/gate.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/state.h"
#include "base/log.h"
#include "base/mem.h"

enum { IDLE_SESSIONS_MAX = 8192 };

struct api *api_new(struct site *site)
{
    struct api *a = mem_zalloc(sizeof *a);
    if (!a) return NULL;
    metrics_register();
    a->site = site;
    a->idle = idle_new(IDLE_SESSIONS_MAX);
    if (!a->idle) {
        mem_free(a);
        return NULL;
    }
    return a;
}

void api_free(struct api *a)
{
    if (!a) return;
    idle_free(a->idle);
    mem_free(a);
}

void api_drain(struct api *a)
{
    atomic_store(&a->is_draining, true);
}

struct site *request_site(struct request *r)
{
    return r->api->site;
}

/* -- the end of the way -- */

static void send_notices(struct request *r)
{
    struct site *site = request_site(r);
    if (!site->notify) return;
    for (struct request_notice *n = r->notices; n; n = n->next)
        site->notify(site, &n->notice);
}

/* What was answered with success is committed: its files stay. */
static void keep_files(struct request *r)
{
    if (r->answer.status / 100 != 2) return;
    if (r->upload && r->upload_kept) file_writer_keep(r->upload);
    for (struct request_file *f = r->files; f; f = f->next)
        if (f->is_kept) file_writer_keep(f->writer);
}

static void finish(struct request *r)
{
    send_notices(r);
    if (r->apply) r->apply(r);
    answer_render(r);
    keep_files(r);
    metrics_count(r->answer.status);
    if (r->answer.status >= 500)
        log_warn("api", "failed", LOG_U("request", r->id), LOG_I("status", r->answer.status),
                 LOG_T("code", r->fault.status ? r->fault.code : "unready"));
    r->respond(r);
}

void api_finish(struct request *r)
{
    finish(r);
}

static void finish_err(struct request *r, enum err err)
{
    fault_from_err(&r->fault, err);
    finish(r);
}

void api_refuse(struct api *a, struct request *r, int status, const char *code, const char *where)
{
    r->api = a;
    gate_language(r);
    answer_fault(r, status, code, where);
    finish(r);
}

/* -- the stages -- */

static enum err run_stage(struct request *r, struct tx *tx,
                          enum err (*handler)(struct request *, struct tx *))
{
    enum err err = gate_pass(r, tx);
    if (!err && !r->fault.status && handler) err = handler(r, tx);
    if (err && !r->fault.status) fault_from_err(&r->fault, err);
    if (r->fault.status && gate_note_refusal(r) != OK) fault_from_err(&r->fault, ERR_NOMEM);
    r->run_err = err;
    return err;
}

static enum err run_look(struct job *job, struct tx *tx)
{
    struct request *r = (struct request *)job;
    return run_stage(r, tx, r->is_method_wrong ? NULL : r->route->look);
}

static enum err run_write(struct job *job, struct tx *tx)
{
    struct request *r = (struct request *)job;
    return run_stage(r, tx, r->route->write);
}

static void stage_done(struct job *job, enum err err);

static void post(struct request *r, int stage)
{
    struct store *store = request_site(r)->store;
    r->stage = stage;
    r->job = (struct job){
        .run = stage == STAGE_LOOK ? run_look : run_write, .done = stage_done, .is_apart = fhir_is_apart(r)};
    enum err err = stage == STAGE_LOOK ? store_read(store, &r->job) : store_write(store, &r->job);
    if (err) finish_err(r, err);
}

static void run_work(struct errand_job *job)
{
    struct request *r = (struct request *)(void *)((char *)job - offsetof(struct request, errand));
    r->route->work(r);
    if (r->fault.status || r->answer.status || !r->route->write)
        finish(r);
    else
        post(r, STAGE_WRITE);
}

static void post_work(struct request *r)
{
    enum errand_lane lane = r->route->flags & ROUTE_SLOW    ? ERRAND_SLOW
                            : r->route->flags & ROUTE_IMAGE ? ERRAND_IMAGE
                                                            : ERRAND_HASH;
    r->errand.run = run_work;
    enum err err = errand_post(request_site(r)->errands, lane, &r->errand);
    if (err) finish_err(r, err);
}

/* The commit failed: what the handler said is not so. */
static void take_back(struct request *r, enum err err)
{
    r->answer.headers = NULL;
    r->answer.status = 0;
    fault_from_err(&r->fault, err);
}

static void go_on(struct request *r)
{
    bool asks = r->route->ask && !r->upload && !r->was_asked;
    r->was_asked |= asks;
    if (asks)
        r->route->ask(r);
    else if (r->route->work)
        post_work(r);
    else if (r->route->write)
        post(r, STAGE_WRITE);
    else
        finish(r);
}

/* While the server goes down the lanes of errands may be gone already. */
void api_resume(struct request *r)
{
    if (r->fault.status || r->answer.status)
        finish(r);
    else if (atomic_load(&r->api->is_draining))
        finish_err(r, ERR_CLOSED);
    else
        go_on(r);
}

/* Decided about; now net reads the body, and submits the request again. */
static bool wants_upload(struct request *r)
{
    if (!r->route->upload_bytes_max || r->upload_bytes == 0 || r->upload) return false;
    r->wants_upload = true;
    r->respond(r);
    return true;
}

static void stage_done(struct job *job, enum err err)
{
    struct request *r = (struct request *)job;
    if (err != r->run_err) take_back(r, err);
    if (err) { /* nothing of it happened */
        r->notices = NULL;
        r->apply = NULL;
    }
    if (r->is_touch_due) gate_post_touch(r);
    if (r->fault.status || r->answer.status || r->stage == STAGE_WRITE)
        finish(r);
    else if (!wants_upload(r))
        go_on(r);
}

/* -- the start -- */

/* Asked by somebody logged in, an unknown path costs what a forbidden one does: session, policy, a row in the trail. */
static const struct route absent = {.path = "",
                                    .access = ROUTE_LOGIN,
                                    .resource = POLICY_NOTHING,
                                    .action = POLICY_READ,
                                    .flags = ROUTE_QUIET};

static bool is_throttled(struct request *r)
{
    struct throttle *throttle = request_site(r)->throttle;
    int64_t wait_ms = r->route->flags & ROUTE_TRY && throttle ? throttle_wait_ms(throttle, r->from) : 0;
    if (wait_ms == 0) return false;
    answer_fault(r, 429, "slow_down", NULL);
    r->fault.until.ms = clock_now().ms + wait_ms;
    return true;
}

static bool find_route(struct request *r)
{
    if (route_find(r)) {
        if (!r->is_method_wrong || r->route->access == ROUTE_LOGIN) return true;
        gate_refuse_method(r);
        return false;
    }
    r->route = &absent;
    if (str_starts(r->path, STR("/api/")) || str_is_text(r->path, "/api")) return true;
    answer_fault(r, 404, "not_found", NULL);
    return false;
}

int64_t api_body_bytes_max(enum http_method method, struct str path, struct str content_type,
                           bool *ret_is_upload)
{
    const struct route *route = route_of(method, path);
    *ret_is_upload =
        route && route->upload_bytes_max > 0 && !(route->is_in_memory && route->is_in_memory(content_type));
    if (*ret_is_upload) return route->upload_bytes_max;
    return route && route->body_bytes_max > API_BODY_BYTES_MAX ? (int64_t)route->body_bytes_max
                                                               : API_BODY_BYTES_MAX;
}

void api_submit(struct api *a, struct request *r)
{
    if (r->upload) {
        go_on(r);
        return;
    }
    r->api = a;
    gate_language(r);
    if (!find_route(r) || is_throttled(r)) {
        finish(r);
        return;
    }
    bool is_late = atomic_load(&a->is_draining) && !(r->route->flags & ROUTE_ALWAYS);
    if (is_late) {
        finish_err(r, ERR_CLOSED);
        return;
    }
    if (r->route->call) {
        if (r->body.bytes > r->route->body_bytes_max) answer_fault(r, 413, "too_large", NULL);
        if (r->fault.status)
            finish(r);
        else
            r->route->call(r);
        return;
    }
    bool is_write_only = r->route->write && !r->route->look && !r->route->work && !r->is_method_wrong;
    post(r, is_write_only ? STAGE_WRITE : STAGE_LOOK);
}
