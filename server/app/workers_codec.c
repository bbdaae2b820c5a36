/* The workers' codec children: started when asked for, seen to their end, and started again. */
#include "app/workers_own.h"
#include "base/log.h"
#include <sys/wait.h>
#include <unistd.h>

static void say(struct worker *k, const struct link_msg *m, int fd)
{
    if (!k->chan) {
        if (fd >= 0) close(fd);
        return;
    }
    enum err err = chan_send(k->chan, m, fd);
    if (err && err != ERR_CLOSED) log_warn("workers", "codec_untold", LOG_I("index", k->index), LOG_E(err));
}

/* A worker that is being made anew had none, and takes no word of the one before. */
static void tell_gone(struct worker *k)
{
    if (k->phase != PHASE_UP && k->phase != PHASE_DRAINING) return;
    say(k, &(struct link_msg){.type = LINK_CODEC_GONE}, -1);
}

/* One that lives is not to be trusted any more, or its worker would not ask. */
void codec_asked(struct workers *w, struct worker *k, struct tick now)
{
    struct worker_codec *c = &k->codec;
    if (c->is_asked) return;
    c->is_asked = true;
    if (c->pid)
        codec_kill(w, k);
    else if (c->due.ms < now.ms)
        c->due = now;
}

void codec_kill(struct workers *w, struct worker *k)
{
    struct worker_codec *c = &k->codec;
    if (!c->pid || c->was_killed) return;
    c->was_killed = true;
    w->spawner.kill(w->spawner.context, c->pid);
}

static void rest(struct workers *w, struct worker *k, struct tick now)
{
    struct worker_codec *c = &k->codec;
    c->due.ms = now.ms + worker_backoff_ms(w, &c->deaths);
}

static void start(struct workers *w, struct worker *k, struct tick now)
{
    struct worker_codec *c = &k->codec;
    struct codec_process p = {.exit_fd = -1};
    c->is_asked = false;
    enum err err =
        w->spawner.spawn_codec ? w->spawner.spawn_codec(w->spawner.context, k->index, &p) : ERR_UNSUPPORTED;
    if (err) {
        log_error("workers", "codec_not_started", LOG_I("index", k->index), LOG_E(err));
        rest(w, k, now);
        tell_gone(k);
        return;
    }
    if (c->has_started && c->deaths) {
        c->restarts++;
        metric_add(&workers_metric_codecs, 1);
    }
    c->has_started = true;
    c->was_killed = false;
    c->pid = p.pid;
    c->exit_fd = p.exit_fd;
    c->started = now;
    log_info("workers", "codec_up", LOG_I("index", k->index), LOG_I("pid", p.pid));
    for (int i = 0; i < LINK_CODEC_PARTS - 1; i++)
        say(k, &(struct link_msg){.type = LINK_CODEC_GIVE, .codec_give = {(uint8_t)(i + 1)}}, p.fds[i]);
}

/* Exit 0: it had nothing to do. */
static void ended(struct workers *w, struct worker *k, struct tick now, int status)
{
    struct worker_codec *c = &k->codec;
    bool is_at_rest = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (c->exit_fd >= 0) close(c->exit_fd);
    c->exit_fd = -1;
    log_at(is_at_rest ? LOG_INFO : LOG_WARN, "workers", "codec_ended", LOG_I("index", k->index),
           LOG_I("pid", c->pid), LOG_T("how", WIFSIGNALED(status) ? "signal" : "exit"),
           LOG_I("code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    if (is_at_rest || now.ms - c->started.ms >= w->settings.life_ms) c->deaths = 0;
    c->pid = 0;
    c->due = now;
    if (!is_at_rest) rest(w, k, now);
    if (!c->is_asked) tell_gone(k);
}

void codec_step(struct workers *w, struct worker *k, struct tick now)
{
    struct worker_codec *c = &k->codec;
    int status;
    if (!k->chan) {
        codec_kill(w, k);
        c->is_asked = false;
    }
    if (c->pid && w->spawner.reap(w->spawner.context, c->pid, &status)) ended(w, k, now, status);
    if (!c->pid && c->is_asked && now.ms >= c->due.ms) start(w, k, now);
}

int64_t codec_due_ms(const struct worker *k)
{
    return !k->codec.pid && k->codec.is_asked ? k->codec.due.ms : INT64_MAX;
}
