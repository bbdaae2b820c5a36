#include "app/workers_own.h"
#include <stdio.h>

static struct metric metric_up = {"yunqiao_workers_up", NULL, "Media workers at work.",
                                  METRIC_GAUGE,         0,    NULL};
struct metric workers_metric_restarts = {"yunqiao_worker_restarts_total",
                                         NULL,
                                         "Media workers started again after a death.",
                                         METRIC_COUNTER,
                                         0,
                                         NULL};
struct metric workers_metric_codecs = {"yunqiao_codec_restarts_total",
                                       NULL,
                                       "Codec children started again after a death.",
                                       METRIC_COUNTER,
                                       0,
                                       NULL};
static struct metric metric_rss = {
    "yunqiao_media_rss_bytes", NULL, "Memory of all media workers.", METRIC_GAUGE, 0, NULL};
static struct metric metric_rooms = {"yunqiao_media_rooms", NULL, "Rooms in all workers.",
                                     METRIC_GAUGE,          0,    NULL};
static struct metric metric_peers = {"yunqiao_media_peers", NULL, "Peers in all workers.",
                                     METRIC_GAUGE,          0,    NULL};
static struct metric metric_packets_in = {
    "yunqiao_media_packets_total", "way=\"in\"", "Media datagrams.", METRIC_COUNTER, 0, NULL};
static struct metric metric_packets_out = {
    "yunqiao_media_packets_total", "way=\"out\"", "Media datagrams.", METRIC_COUNTER, 0, NULL};
static struct metric metric_dropped = {"yunqiao_media_packets_dropped_total",
                                       NULL,
                                       "Media datagrams that belonged to nobody.",
                                       METRIC_COUNTER,
                                       0,
                                       NULL};
static struct metric metric_bytes_in = {
    "yunqiao_media_bytes_total", "way=\"in\"", "Bytes in media datagrams.", METRIC_COUNTER, 0, NULL};
static struct metric metric_bytes_out = {
    "yunqiao_media_bytes_total", "way=\"out\"", "Bytes in media datagrams.", METRIC_COUNTER, 0, NULL};

void workers_register_metrics(void)
{
    struct metric *const all[] = {
        &metric_up,       &workers_metric_restarts, &metric_rss,           &metric_rooms,
        &metric_peers,    &metric_packets_in,       &metric_packets_out,   &metric_dropped,
        &metric_bytes_in, &metric_bytes_out,        &workers_metric_codecs};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        metric_register(all[i]);
}

/* A worker's counts begin again with its process; ours go on. */
void workers_count_media(const struct link_stats *before, const struct link_stats *after)
{
    metric_add(&metric_packets_in, (int64_t)(after->packets_in - before->packets_in));
    metric_add(&metric_packets_out, (int64_t)(after->packets_out - before->packets_out));
    metric_add(&metric_dropped, (int64_t)(after->packets_dropped - before->packets_dropped));
    metric_add(&metric_bytes_in, (int64_t)(after->bytes_in - before->bytes_in));
    metric_add(&metric_bytes_out, (int64_t)(after->bytes_out - before->bytes_out));
}

void workers_publish_gauges(const struct workers *w)
{
    int64_t up = 0, rss = 0, rooms = 0, peers = 0;
    for (int i = 0; i < w->settings.count; i++) {
        const struct worker *k = &w->each[i];
        up += k->phase == PHASE_UP;
        rss += (int64_t)k->stats.rss_bytes;
        rooms += k->stats.rooms;
        peers += k->stats.peers;
    }
    metric_set(&metric_up, up);
    metric_set(&metric_rss, rss);
    metric_set(&metric_rooms, rooms);
    metric_set(&metric_peers, peers);
}

static enum worker_state state_of(const struct workers *w, const struct worker *k)
{
    static const enum worker_state states[PHASES] = {
        [PHASE_OFF] = WORKER_BACKOFF,         [PHASE_GREETING] = WORKER_STARTING,
        [PHASE_CONFIGURED] = WORKER_STARTING, [PHASE_UP] = WORKER_UP,
        [PHASE_DRAINING] = WORKER_DRAINING,   [PHASE_LEAVING] = WORKER_BACKOFF,
        [PHASE_DYING] = WORKER_BACKOFF,
    };
    return w->is_draining ? WORKER_DRAINING : states[k->phase];
}

void worker_publish(struct workers *w, const struct worker *k)
{
    struct worker_view v = {.index = k->index,
                            .pid = k->pid,
                            .state = state_of(w, k),
                            .since = k->since,
                            .restarts = k->restarts,
                            .stats = k->stats,
                            .ready = k->ready,
                            .bye = k->bye,
                            .codec_pid = k->codec.pid,
                            .codec_restarts = k->codec.restarts};
    snprintf(v.last_exit, sizeof v.last_exit, "%s", k->last_exit);
    pthread_mutex_lock(&w->lock);
    w->views[k->index] = v;
    pthread_mutex_unlock(&w->lock);
}

int workers_view(struct workers *w, struct worker_view *ret_views, int views_max)
{
    int n = w->settings.count < views_max ? w->settings.count : views_max;
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < n; i++)
        ret_views[i] = w->views[i];
    pthread_mutex_unlock(&w->lock);
    return n;
}

int workers_up(struct workers *w)
{
    int up = 0;
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < w->settings.count; i++)
        up += w->views[i].state == WORKER_UP;
    pthread_mutex_unlock(&w->lock);
    return up;
}

int workers_count(const struct workers *w)
{
    return w->settings.count;
}

const char *worker_state_text(enum worker_state state)
{
    static const char *const texts[WORKER_STATES] = {"starting", "up", "backoff", "draining"};
    ASSERT(state < WORKER_STATES);
    return texts[state];
}

static void view_write(const struct worker_view *v, struct json_out *o)
{
    json_open(o, NULL);
    json_put_int(o, "index", v->index);
    if (v->pid)
        json_put_int(o, "pid", v->pid);
    else
        json_put_null(o, "pid");
    json_put_text(o, "state", worker_state_text(v->state));
    json_put_instant(o, "since", v->since);
    json_put_int(o, "restarts", v->restarts);
    json_put_int(o, "rss_bytes", (int64_t)v->stats.rss_bytes);
    json_put_int(o, "cpu_ms", (int64_t)v->stats.cpu_ms);
    json_put_int(o, "rooms", v->stats.rooms);
    json_put_int(o, "peers", v->stats.peers);
    json_put_text(o, "last_exit", v->last_exit[0] ? v->last_exit : NULL);
    json_open(o, "codec");
    if (v->codec_pid)
        json_put_int(o, "pid", v->codec_pid);
    else
        json_put_null(o, "pid");
    json_put_int(o, "restarts", v->codec_restarts);
    json_close(o);
    json_open(o, "sandbox");
    json_put_bool(o, "seccomp", v->ready.seccomp);
    json_put_int(o, "landlock", v->ready.landlock);
    json_close(o);
    json_close(o);
}

void workers_write(struct workers *w, struct json_out *o)
{
    struct worker_view views[WORKERS_MAX];
    int n = workers_view(w, views, WORKERS_MAX);
    json_open_array(o, "workers");
    for (int i = 0; i < n; i++)
        view_write(&views[i], o);
    json_close_array(o);
}
