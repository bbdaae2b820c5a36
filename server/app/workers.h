/* workers: starts the media workers, watches them, and starts them again when they die.
 *
 * One struct workers, owned and stepped by one thread that lives as long as the process does ("main": a
 * worker dies with the *thread* that started it, PR_SET_PDEATHSIG). It blocks nowhere: the owner polls
 * workers_fds for at most workers_wait_ms and calls workers_step. Functions marked "any thread" take a lock
 * of their own.
 *
 *            spawn           HELLO, CONFIG, READY           workers_drain
 *   backoff ------> starting -----------------------> up ----------------> draining --BYE, exit--> (gone)
 *      ^               | no READY in 5 s,              | no PONG for 3 s, wrong word, death,
 *      |               | wrong HELLO                   | restart asked for
 *      +---------------+------- kill -9, reaped -------+
 *
 * Back at once the first time, then after 0.2 s, doubled up to 10 s, each +-25 %; 60 s of life make it the
 * first time again. A worker is a stranger: what it says is read strictly, and a wrong word ends it.
 *
 * A worker's codec child is started when the worker asks for it, and ends with it, or by itself when it has nothing to do; when it dies it is
 * started again when it is asked for again, with the same times between. */
#ifndef APP_WORKERS_H
#define APP_WORKERS_H
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "link/msg.h"
#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

enum { WORKERS_MAX = LINK_INDEX_MAX + 1 };

enum worker_state { WORKER_STARTING, WORKER_UP, WORKER_BACKOFF, WORKER_DRAINING, WORKER_STATES };

struct workers_settings {
    int count; /* 1 … WORKERS_MAX */
    /* Worker n binds port + n, which the settings keep below 65536; port 0 lets the kernel choose (tests). */
    struct link_address media;
    struct link_address announce; /* family 0: none given; port 0: the bound port, otherwise port + n */
    struct link_address turn;     /* where TURN over TLS listens, worker n at port + n; family 0: nowhere */
    struct link_address endpoint, endpoint_from; /* a room system by plain RTP, as CONFIG has it */
    uint8_t endpoint_type, endpoint_keys[LINK_ENDPOINT_KEYS_BYTES];
    bool has_endpoint_keys;
    uint32_t rooms_max, peers_max, buffer_bytes;
    /* 0: the usual value, written behind */
    uint32_t start_ms;       /* to READY: 5000 */
    uint32_t ping_ms;        /* between PINGs: 1000 */
    uint32_t pong_ms;        /* without a PONG: 3000 */
    uint32_t backoff_ms;     /* the second time: 200 */
    uint32_t backoff_max_ms; /* 10000 */
    uint32_t life_ms;        /* a life this long forgets earlier deaths: 60000 */
    /* Calls (desk/calls): told on the owner's thread that a worker is ready or no more, and what it says of rooms. NULL: nobody. */
    void (*moved)(void *ctx, int index, bool is_up);
    void (*heard)(void *ctx, int index, const struct link_msg *m);
    void *ctx;
};

/* How processes are made and ended: the real thing (workers_spawner) or a test's. Called by the owner. */
struct worker_process {
    pid_t pid;
    int exit_fd; /* readable when the process has ended (pidfd), or -1 */
    int link_fd; /* our end; goes to the caller */
};
struct codec_process { /* of a worker's codec child (media/codec_main) */
    pid_t pid;
    int exit_fd; /* as above */
    int fds[LINK_CODEC_PARTS -
            1]; /* what the worker gets of it, in the order of enum link_codec_part; go to the caller */
};
struct workers_spawner {
    enum err (*spawn)(void *context, int index, struct worker_process *ret_process);
    enum err (*spawn_codec)(void *context, int index,
                            struct codec_process *ret_process); /* NULL: there is none */
    void (*kill)(void *context, pid_t pid);                     /* -9 */
    bool (*reap)(void *context, pid_t pid, int *ret_status); /* false: still running; status as of waitpid */
    void *context;
};

/* What the API shows; a copy. */
struct worker_view {
    int index;
    pid_t pid; /* 0: no process */
    enum worker_state state;
    struct instant since; /* in this state */
    uint32_t restarts;
    struct link_stats stats; /* of the living process; all 0 without one */
    struct link_ready ready; /* the bound address and the sandbox */
    uint16_t bye;            /* the last BYE's reason (enum link_reason): why a start failed; 0: none */
    pid_t codec_pid;         /* of its codec child; 0: none is needed */
    uint32_t codec_restarts;
    char last_exit[64]; /* "signal 9", "exit 1, port taken", "signal 9, no pong"; empty: never ended */
};

struct workers;

/* Copies settings and spawner. Nothing is started before the first workers_step. NULL: out of memory or
 * descriptors. */
struct workers *workers_new(const struct workers_settings *settings,
                            const struct workers_spawner *spawner) MUST_USE;
/* Kills what still runs and waits for it. NULL allowed. */
void workers_free(struct workers *w);

enum { WORKERS_FDS_MAX = 3 * WORKERS_MAX + 1 };
int workers_fds(const struct workers *w, struct pollfd ret_fds[WORKERS_FDS_MAX]); /* how many */
int workers_wait_ms(const struct workers *w, struct tick now); /* until something is due; -1: nothing */
void workers_step(struct workers *w, struct tick now);
/* Asks all to end within wait_ms and starts none again; after it they are killed. */
void workers_drain(struct workers *w, struct tick now, uint32_t wait_ms);
bool workers_are_gone(const struct workers *w); /* drained, and no process is left */

/* -- any thread -- */
int workers_view(struct workers *w, struct worker_view *ret_views, int views_max); /* how many */
int workers_up(struct workers *w);
int workers_count(const struct workers *w);
/* A word about rooms; copies. It is lost with the worker when that is gone, and `moved` says so; one that does not read its words
 * is ended. */
void workers_send(struct workers *w, int index, const struct link_msg *m);
bool workers_restart(struct workers *w, int index); /* false: no such worker, or going down */
/* "workers": […] into an open object, as docs/PROTOCOL §5 shows. */
void workers_write(struct workers *w, struct json_out *o);
const char *worker_state_text(enum worker_state state);

/* yunqiao_workers_up, yunqiao_worker_restarts_total, yunqiao_codec_restarts_total, yunqiao_media_…; once in a process. */
void workers_register_metrics(void);

/* The real spawner: program is started as "PROGRAM --link-fd 3 --index N --parent PID" with /dev/null,
 * /dev/null, stderr and the link, nothing else open, an empty environment and a process group of its own.
 * program must outlive it. */
struct workers_spawner workers_spawner(const char *program);
/* The path of a program that lies beside the one that runs. ERR_LIMIT, ERR_IO. */
enum err workers_program_beside(const char *name, char *ret_path, size_t path_bytes) MUST_USE;

#endif
