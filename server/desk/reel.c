#include "desk/reel.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "desk/film.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct mail {
    struct box_item item; /* first */
    enum room_film_kind kind;
    uint32_t film, part;
    int64_t offset;
    char recording[ROOM_RECORDING_ID_TEXT], account[IDENT_TEXT], source[ROOM_ID_MAX + 1];
    char on_account[IDENT_TEXT], on_source[ROOM_ID_MAX + 1], on_record[ROOM_REF_BYTES_MAX + 1];
    size_t bytes;
    uint8_t at[];
};

struct film_open { /* film 0: a free place */
    uint32_t film, part;
    int fd; /* -1: no file */
    bool is_dirty, is_lost;
    int64_t bytes;
    char name[FILM_NAME_TEXT], recording[ROOM_RECORDING_ID_TEXT], account[IDENT_TEXT],
        source[ROOM_ID_MAX + 1];
};

/* Films of which something was lost, until somebody asks. */
struct losses {
    pthread_mutex_t lock;
    uint32_t n, films[REEL_FILES_MAX];
};

struct reel {
    struct store *store;
    char dir[512];
    struct box *box;
    pthread_t thread;
    bool is_running;
    _Atomic bool is_over;
    struct tick synced;
    struct film_open films[REEL_FILES_MAX];
    struct losses lost;
};

static struct metric metric_lost = {
    .name = "yunqiao_recording_losses_total",
    .help = "Times that a recording's film lost something on its way to the disk, and another was begun.",
    .kind = METRIC_COUNTER};

static void metrics_register(void)
{
    metric_register(&metric_lost);
}

/* Said once of a film, however much of it is lost until it is asked about. */
static void film_note_lost(struct reel *r, uint32_t film, const char *why)
{
    bool is_new = true;
    pthread_mutex_lock(&r->lost.lock);
    for (uint32_t i = 0; i < r->lost.n; i++)
        is_new &= r->lost.films[i] != film;
    is_new &= r->lost.n < REEL_FILES_MAX;
    if (is_new) r->lost.films[r->lost.n++] = film;
    pthread_mutex_unlock(&r->lost.lock);
    if (!is_new) return;
    metric_add(&metric_lost, 1);
    log_error("recording", "film_lost", LOG_I("film", film), LOG_T("why", why));
}

uint32_t reel_lost(struct reel *r)
{
    pthread_mutex_lock(&r->lost.lock);
    uint32_t film = r->lost.n ? r->lost.films[--r->lost.n] : 0;
    pthread_mutex_unlock(&r->lost.lock);
    return film;
}

/* -- rows -- */

struct row {
    struct job job; /* first */
    enum room_film_kind kind;
    const struct film_open *film;
    const struct mail *mail;
};

static enum err row_run(struct job *job, struct tx *tx)
{
    const struct row *w = (const struct row *)(const void *)job;
    struct digest_value chain;
    switch (w->kind) {
    case ROOM_FILM_BEGUN:
        return film_end_all(tx);
    case ROOM_FILM_PART:
        return film_file_put(tx, str_of(w->film->recording),
                             &(struct film_file){.name = str_of(w->film->name),
                                                 .account = str_of(w->film->account),
                                                 .source = str_of(w->film->source)});
    case ROOM_FILM_DONE:
        memcpy(chain.at, w->mail->at, sizeof chain.at);
        return film_file_whole(tx, str_of(w->film->name), w->film->bytes, &chain);
    case ROOM_FILM_SPEAKER:
        return film_mark(tx, str_of(w->mail->recording),
                         &(struct film_at){.kind = STR("speaker"), .account = str_of(w->mail->account)});
    case ROOM_FILM_DRAWING:
        return film_mark(tx, str_of(w->mail->recording),
                         &(struct film_at){.kind = STR("drawing"),
                                           .account = str_of(w->mail->account),
                                           .on_account = str_of(w->mail->on_account),
                                           .on_source = str_of(w->mail->on_source),
                                           .on_record = str_of(w->mail->on_record)});
    case ROOM_FILM_OVER:
        return film_end(tx, str_of(w->mail->recording));
    case ROOM_FILM_GONE:
    default:
        return OK;
    }
}

static enum err row_put(struct reel *r, enum room_film_kind kind, const struct film_open *f,
                        const struct mail *m)
{
    struct row w = {.job = {.run = row_run}, .kind = kind, .film = f, .mail = m};
    enum err err = store_run(r->store, &w.job);
    if (err) log_error("recording", "row_not_written", LOG_E(err));
    return err;
}

/* -- files -- */

static void file_close(struct film_open *f)
{
    if (f->fd < 0) return;
    if (fdatasync(f->fd) != 0) log_error("recording", "sync_failed");
    close(f->fd);
    f->fd = -1;
    f->is_dirty = false;
}

static void film_lose(struct reel *r, struct film_open *f, const char *why)
{
    film_note_lost(r, f->film, why);
    file_close(f);
    f->is_lost = true;
}

static enum err folder_sync(const struct reel *r)
{
    int fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ERR_IO;
    enum err err = fsync(fd) == 0 ? OK : ERR_IO;
    close(fd);
    return err;
}

/* The first bytes are the file's head, which has its id. */
static enum err file_begin(struct reel *r, struct film_open *f, const struct mail *m)
{
    char path[600];
    file_close(f);
    f->part = m->part;
    f->bytes = 0;
    f->is_lost = false;
    if (m->bytes < RECORDING_HEAD_BYTES || memcmp(m->at, "YQREC1\n", 8) != 0) return ERR_CORRUPT;
    str_hex(m->at + 8, RECORDING_ID_BYTES, f->name);
    enum err err = row_put(r, ROOM_FILM_PART, f, NULL);
    if (err) return err;
    snprintf(path, sizeof path, "%s/%s", r->dir, f->name);
    f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return f->fd < 0 ? (errno == ENOSPC ? ERR_DISK_FULL : ERR_IO) : folder_sync(r);
}

static enum err file_append(struct film_open *f, const uint8_t *at, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(f->fd, at, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
        f->bytes += n;
        at += n;
        bytes -= (size_t)n;
    }
    f->is_dirty = true;
    return OK;
}

static void on_part(struct reel *r, struct film_open *f, const struct mail *m)
{
    enum err err = m->offset == 0 ? file_begin(r, f, m) : OK;
    if (!err && m->offset != 0 && f->is_lost) return;
    bool is_next = !err && f->fd >= 0 && m->part == f->part && m->offset == f->bytes;
    if (!err && !is_next) err = ERR_CORRUPT;
    if (!err) err = file_append(f, m->at, m->bytes);
    if (err) film_lose(r, f, err_text(err));
}

static void on_done(struct reel *r, struct film_open *f, const struct mail *m)
{
    bool is_ours = f->fd >= 0 && m->part == f->part && m->offset == f->bytes && m->bytes == DIGEST_BYTES;
    if (!is_ours) return;
    file_close(f);
    (void)!row_put(r, ROOM_FILM_DONE, f, m);
}

static struct film_open *open_find(struct reel *r, uint32_t film) /* 0: a free place */
{
    for (int i = 0; i < REEL_FILES_MAX; i++)
        if (r->films[i].film == film) return &r->films[i];
    return NULL;
}

static void on_begun(struct reel *r, const struct mail *m)
{
    struct film_open *f = open_find(r, 0);
    if (!f) return; /* as many as there are films in rooms */
    *f = (struct film_open){.film = m->film, .fd = -1};
    memcpy(f->recording, m->recording, sizeof f->recording);
    memcpy(f->account, m->account, sizeof f->account);
    memcpy(f->source, m->source, sizeof f->source);
}

static void mail_read(struct reel *r, const struct mail *m)
{
    struct film_open *f = m->film ? open_find(r, m->film) : NULL;
    if (m->kind == ROOM_FILM_BEGUN)
        on_begun(r, m);
    else if (m->kind == ROOM_FILM_OVER || m->kind == ROOM_FILM_SPEAKER || m->kind == ROOM_FILM_DRAWING)
        (void)!row_put(r, m->kind, NULL, m);
    else if (!f)
        return;
    else if (m->kind == ROOM_FILM_PART)
        on_part(r, f, m);
    else if (m->kind == ROOM_FILM_DONE)
        on_done(r, f, m);
    else {
        file_close(f);
        *f = (struct film_open){0};
    }
}

/* -- the thread -- */

static void sync_all(struct reel *r)
{
    for (int i = 0; i < REEL_FILES_MAX; i++) {
        struct film_open *f = &r->films[i];
        if (!f->film || f->fd < 0 || !f->is_dirty) continue;
        if (fdatasync(f->fd) == 0)
            f->is_dirty = false;
        else
            film_lose(r, f, "sync");
    }
}

static void *run(void *ctx)
{
    struct reel *r = ctx;
    pthread_setname_np(pthread_self(), "reel");
    for (;;) {
        struct box_item *i = box_take(r->box, 64, REEL_SYNC_MS);
        if (!i && atomic_load(&r->is_over)) return NULL;
        for (struct box_item *next; i; i = next) {
            next = i->next;
            mail_read(r, (struct mail *)(void *)i);
            mem_free((struct mail *)(void *)i);
        }
        struct tick now = clock_tick();
        if (now.ms - r->synced.ms < REEL_SYNC_MS) continue;
        r->synced = now;
        sync_all(r);
    }
}

static enum err thread_start(struct reel *r)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r->is_running = pthread_create(&r->thread, NULL, run, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r->is_running ? OK : ERR_NOMEM;
}

enum err reel_new(struct store *store, const char *dir, struct reel **ret)
{
    struct reel *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, metrics_register);
    r->store = store;
    pthread_mutex_init(&r->lost.lock, NULL);
    snprintf(r->dir, sizeof r->dir, "%s", dir);
    r->box = box_new(REEL_MAIL_MAX);
    enum err err = r->box ? OK : ERR_NOMEM;
    if (!err && mkdir(dir, 0700) != 0 && errno != EEXIST) err = ERR_IO;
    if (!err) err = row_put(r, ROOM_FILM_BEGUN, NULL, NULL);
    if (!err) err = thread_start(r);
    if (err) {
        reel_free(r);
        return err;
    }
    *ret = r;
    return OK;
}

static struct mail *mail_new(size_t bytes)
{
    return mem_zalloc(sizeof(struct mail) + bytes);
}

void reel_stop(struct reel *r)
{
    if (!r || !r->is_running) return;
    atomic_store(&r->is_over, true);
    box_close(r->box);
    pthread_join(r->thread, NULL);
    r->is_running = false;
    for (int i = 0; i < REEL_FILES_MAX; i++)
        if (r->films[i].film) file_close(&r->films[i]);
}

void reel_free(struct reel *r)
{
    if (!r) return;
    reel_stop(r);
    box_free(r->box);
    pthread_mutex_destroy(&r->lost.lock);
    mem_free(r);
}

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from ? from : "");
}

/* A part that finds no room is missing, and its file ends there: the calls thread waits for no disk. */
void reel_take(struct reel *r, const struct room_film_said *said)
{
    struct mail *m = mail_new(said->bytes.bytes);
    if (!m) {
        film_note_lost(r, said->film, err_text(ERR_NOMEM));
        return;
    }
    m->kind = said->kind;
    m->film = said->film;
    m->part = said->part;
    m->offset = said->offset;
    copy(m->recording, sizeof m->recording, said->recording);
    copy(m->account, sizeof m->account, said->account);
    copy(m->source, sizeof m->source, said->source);
    copy(m->on_account, sizeof m->on_account, said->on.account);
    copy(m->on_source, sizeof m->on_source, said->on.source);
    copy(m->on_record, sizeof m->on_record, said->on.record);
    m->bytes = said->bytes.bytes;
    if (m->bytes) memcpy(m->at, said->bytes.at, m->bytes);
    enum err err =
        said->kind == ROOM_FILM_PART ? box_put(r->box, &m->item) : box_put_always(r->box, &m->item);
    if (!err) return;
    mem_free(m);
    if (err != ERR_CLOSED) film_note_lost(r, said->film, err_text(err));
}
