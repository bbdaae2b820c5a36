/* workers_own: the inside of struct workers, shared by workers.c (the owner's steps), workers_codec.c (their codec
 * children) and workers_view.c (what others see). Nobody else includes it. All of it belongs to the owner's thread but for what is
 * marked. */
#ifndef APP_WORKERS_OWN_H
#define APP_WORKERS_OWN_H
#include "app/workers.h"
#include "base/metric.h"
#include "link/chan.h"
#include "link/parcel.h"
#include <pthread.h>
#include <stdatomic.h>

enum worker_phase {
    PHASE_OFF,        /* no process; spawned at the deadline */
    PHASE_GREETING,   /* spawned; HELLO until the deadline */
    PHASE_CONFIGURED, /* CONFIG sent; READY until the deadline */
    PHASE_UP,
    PHASE_DRAINING, /* DRAIN sent; killed at the deadline */
    PHASE_LEAVING,  /* BYE heard; killed at the deadline */
    PHASE_DYING,    /* killed; not reaped yet */
    PHASES
};

struct worker_codec {
    pid_t pid; /* 0: no process */
    int exit_fd;
    bool is_asked;    /* for; started at due */
    bool was_killed;  /* by us */
    bool has_started; /* ever */
    struct tick due, started;
    int deaths;        /* since the last long life */
    uint32_t restarts; /* after deaths */
};

struct worker {
    int index;
    enum worker_phase phase;
    struct tick deadline;
    struct instant since;
    pid_t pid; /* 0: no process */
    int exit_fd;
    struct chan *chan;
    bool has_started, was_up, is_restarting;
    bool is_told_up; /* `moved` has said so */
    struct tick up_at;
    bool is_waiting;                           /* for a PONG, since the oldest PING without one */
    struct tick waiting_since, pinged, ponged; /* pinged, ponged: the last sent, the last answered */
    int deaths;                                /* since the last long life */
    uint32_t restarts;
    uint16_t bye;
    const char *why; /* literal; NULL: the exit status says it all */
    struct worker_codec codec;
    struct link_stats stats;
    struct link_ready ready;
    char last_exit[64];
};

struct workers {
    struct workers_settings settings; /* read-only: any thread */
    struct workers_spawner spawner;
    struct worker each[WORKERS_MAX];
    char turn_secret[STR_BASE64_BYTES(32)]; /* of the passwords of TURN, as long as we live */
    int wake_fd;                            /* any thread writes */
    struct box *out;                        /* any thread puts parcels */
    atomic_bool is_draining;                /* any thread reads */
    atomic_bool restart_asked[WORKERS_MAX]; /* any thread sets */
    pthread_mutex_t lock;
    struct worker_view views[WORKERS_MAX]; /* under lock */
};

/* workers_codec.c */
void codec_asked(struct workers *w, struct worker *k, struct tick now); /* by its worker */
void codec_step(struct workers *w, struct worker *k, struct tick now);
void codec_kill(struct workers *w, struct worker *k); /* its worker is gone; reaped by codec_step */
int64_t codec_due_ms(const struct worker *k);

int64_t worker_backoff_ms(const struct workers *w, int *deaths); /* counts one more */
void worker_publish(struct workers *w, const struct worker *k);  /* makes its view what it is */
void workers_publish_gauges(const struct workers *w);
void workers_count_media(const struct link_stats *before, const struct link_stats *after);
extern struct metric workers_metric_restarts, workers_metric_codecs;

#endif
