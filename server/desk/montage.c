#include "desk/montage.h"
#include "base/ask.h"
#include "base/box.h"
#include "base/child.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "base/zone_file.h"
#include "desk/film_disk.h"
#include "desk/film_keep.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ORDER_FD = 3,
    FILES_FD = 6,
    FDS_MAX = 3 + MONTAGE_FILES_MAX,
    FDS_FROM = 128,
    LOOK_MS = 200,
    ARENA_BYTES = 1 << 20
};
#define PART ".part"

static const char montage_sql[] =
    "CREATE TABLE recording_montage ("
    " id INTEGER PRIMARY KEY,"
    " recording INTEGER NOT NULL REFERENCES recording (id),"
    " account TEXT NOT NULL,"
    " asked INTEGER NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4)," /* enum montage_state */
    " ended INTEGER"
    ") STRICT;"
    "CREATE INDEX recording_montage_by_recording ON recording_montage (recording);"
    "CREATE TRIGGER recording_montage_is_kept BEFORE DELETE ON recording_montage"
    " BEGIN SELECT RAISE(ABORT, 'recording_kept'); END;";

const struct migration montage_migrations[] = {{750, "recordings as one film", montage_sql}, {0, NULL, NULL}};

/* -- rows -- */

const char *montage_state_text(enum montage_state state)
{
    static const char *const texts[] = {NULL, "waits", "made", "failed", "cancelled"};
    return texts[state];
}

enum err montage_look(struct tx *tx, const struct film *film, enum montage_state *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(
        tx->db, "SELECT state FROM recording_montage WHERE recording = ?1 ORDER BY id DESC LIMIT 1", &q);
    if (err) return err;
    stmt_int(q, 1, film->row);
    err = stmt_step(q, &row);
    if (!err) *ret = row ? (enum montage_state)stmt_get_int(q, 0) : MONTAGE_NONE;
    stmt_done(q);
    return err;
}

enum err montage_put(struct tx *tx, const struct film *film, struct str account)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db, "INSERT INTO recording_montage (recording, account, asked, state) VALUES (?1, ?2, ?3, ?4)",
        &q);
    if (err) return err;
    stmt_int(q, 1, film->row);
    stmt_str(q, 2, account);
    stmt_instant(q, 3, tx->now);
    stmt_int(q, 4, MONTAGE_WAITS);
    return stmt_run(q);
}

/* film NULL: all that wait. */
static enum err settle(struct tx *tx, const struct film *film, enum montage_state state)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "UPDATE recording_montage SET state = ?1, ended = ?2 WHERE state = ?3"
                           " AND (?4 = 0 OR recording = ?4)",
                           &q);
    if (err) return err;
    stmt_int(q, 1, state);
    stmt_instant(q, 2, tx->now);
    stmt_int(q, 3, MONTAGE_WAITS);
    stmt_int(q, 4, film ? film->row : 0);
    return stmt_run(q);
}

enum err montage_cancel(struct tx *tx, const struct film *film)
{
    return settle(tx, film, MONTAGE_CANCELLED);
}

/* -- the thread's things -- */

struct mail {
    struct box_item item; /* first */
    char recording[FILM_NAME_TEXT];
};

struct montages {
    struct montages_settings settings;
    char dir[512], program[512], zone[64];
    struct box *box;
    pthread_t thread;
    bool is_running;
    _Atomic bool is_over;
    pthread_mutex_t lock;
    char current[FILM_NAME_TEXT]; /* under the lock, with its percent; empty: none */
    int percent;
    bool is_given_up;
};

static void current_set(struct montages *m, const char *recording)
{
    pthread_mutex_lock(&m->lock);
    snprintf(m->current, sizeof m->current, "%s", recording);
    m->percent = 0;
    m->is_given_up = false;
    pthread_mutex_unlock(&m->lock);
}

static bool is_current(const struct montages *m, struct str recording)
{
    return m->current[0] && str_is_text(recording, m->current);
}

int montages_percent(struct montages *m, struct str recording)
{
    pthread_mutex_lock(&m->lock);
    int percent = is_current(m, recording) ? m->percent : -1;
    pthread_mutex_unlock(&m->lock);
    return percent;
}

void montages_give_up(struct montages *m, struct str recording)
{
    pthread_mutex_lock(&m->lock);
    if (is_current(m, recording)) m->is_given_up = true;
    pthread_mutex_unlock(&m->lock);
}

static bool is_given_up(struct montages *m)
{
    pthread_mutex_lock(&m->lock);
    bool is = m->is_given_up;
    pthread_mutex_unlock(&m->lock);
    return is || atomic_load(&m->is_over);
}

static void percent_set(struct montages *m, int percent)
{
    pthread_mutex_lock(&m->lock);
    m->percent = percent;
    pthread_mutex_unlock(&m->lock);
}

/* -- one film -- */

struct making {
    struct montages *all;
    const char *recording;
    struct arena *arena;
    struct montage_order order;
    struct film film;
    int fds[FDS_MAX]; /* the order, the film, what is heard, the files */
    int heard;
    char name[FILM_NAME_TEXT], part[640], path[640];
    struct digest_value chain;
    int64_t bytes;
    enum err err;
};

struct step {
    struct job job; /* first */
    struct making *k;
    enum err (*run)(struct making *k, struct tx *tx);
};

static enum err step_run(struct job *job, struct tx *tx)
{
    const struct step *s = (const struct step *)(const void *)job;
    return s->run(s->k, tx);
}

static enum err in_store(struct making *k, enum err (*run)(struct making *k, struct tx *tx))
{
    struct step s = {.job = {.run = step_run}, .k = k, .run = run};
    return store_run(k->all->settings.store, &s.job);
}

static enum err take_file(void *ctx, const struct film *film, const struct film_file *file)
{
    struct making *k = ctx;
    k->film = *film;
    if (!file || film_file_is_montage(file) || !film_is_there(k->all->dir, file)) return OK;
    if (k->order.count == MONTAGE_FILES_MAX) return ERR_LIMIT;
    struct montage_file *f = &k->order.files[k->order.count++];
    f->is_device = file->source.bytes > 0;
    return str_from_hex(file->name, f->id, sizeof f->id) ? OK : ERR_CORRUPT;
}

static enum err order_read(struct making *k, struct tx *tx)
{
    enum montage_state state = MONTAGE_NONE;
    enum err err = film_each_file(tx, k->arena, str_of(k->recording), take_file, k);
    if (!err) err = montage_look(tx, &k->film, &state);
    if (!err && state != MONTAGE_WAITS) err = ERR_CLOSED; /* it was taken back before its turn */
    if (!err && k->order.count == 0) err = ERR_NOT_FOUND;
    if (!err) err = film_key(tx, k->all->settings.records, &k->film, k->order.key);
    if (!err)
        snprintf(k->order.visit, sizeof k->order.visit, "%.*s", (int)k->film.visit.bytes, k->film.visit.at);
    return err;
}

static int32_t zone_of(const struct montages *m, struct instant at)
{
    struct zone *zone;
    if (zone_load(str_of(m->zone), &zone) != OK && zone_china(&zone) != OK) return 0;
    int32_t s = zone_offset(zone, at).s;
    zone_free(zone);
    return s;
}

/* Above those that the child has, so that none is overwritten on the way. */
static enum err lift(int fd, int *ret)
{
    if (fd < 0) return err_from_errno(errno);
    *ret = fcntl(fd, F_DUPFD_CLOEXEC, FDS_FROM);
    close(fd);
    return *ret < 0 ? ERR_LIMIT : OK;
}

static enum err files_open(struct making *k)
{
    uint8_t order[MONTAGE_ORDER_BYTES_MAX];
    int fd = -1, ends[2];
    size_t n = montage_order_put(&k->order, order);
    enum err err = ask_memory("order", (struct str){(const char *)order, n}, &fd);
    mem_wipe(order, sizeof order);
    if (!err) err = lift(fd, &k->fds[0]);
    if (!err) err = lift(open(k->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), &k->fds[1]);
    if (!err && pipe2(ends, O_CLOEXEC) != 0) err = err_from_errno(errno);
    if (err) return err;
    k->heard = ends[0];
    err = lift(ends[1], &k->fds[2]);
    for (unsigned i = 0; i < k->order.count && !err; i++) {
        char hex[FILM_NAME_TEXT], path[640];
        str_hex(k->order.files[i].id, RECORDING_ID_BYTES, hex);
        snprintf(path, sizeof path, "%s/%s", k->all->dir, hex);
        err = lift(open(path, O_RDONLY | O_CLOEXEC), &k->fds[3 + i]);
    }
    return err;
}

static int child_files(posix_spawn_file_actions_t *files, const struct making *k)
{
    int count = 3 + (int)k->order.count;
    int failed = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, 0, 1);
    for (int i = 0; i < count && !failed; i++)
        failed = posix_spawn_file_actions_adddup2(files, k->fds[i], ORDER_FD + i);
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(files, ORDER_FD + count);
}

static enum err child_start(const struct making *k, pid_t *ret_pid)
{
    char parent[12], *environment[] = {NULL};
    char *const argv[] = {(char[]){"yunqiao-codec"}, (char[]){"--montage"}, parent, NULL};
    posix_spawn_file_actions_t files;
    snprintf(parent, sizeof parent, "%d", getpid());
    if (!k->all->program[0]) return ERR_NOT_FOUND;
    if (posix_spawn_file_actions_init(&files) != 0) return ERR_NOMEM;
    int failed = child_files(&files, k);
    if (!failed) failed = child_spawn(k->all->program, &files, argv, environment, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return failed ? err_from_errno(failed) : OK;
}

/* What the child tells, to its end. ERR_CLOSED: given up; ERR_TIMEOUT: nothing for long; ERR_CORRUPT: what it says is none of it. */
static enum err child_hear(struct making *k)
{
    uint8_t whole[MONTAGE_WHOLE_BYTES], one[64];
    size_t got = 0;
    int percent = 0;
    struct tick last = clock_tick();
    struct pollfd p = {k->heard, POLLIN, 0};
    while (!is_given_up(k->all)) {
        int ready = poll(&p, 1, LOOK_MS);
        if (ready <= 0 && clock_tick().ms - last.ms > MONTAGE_STALLED_MS) return ERR_TIMEOUT;
        if (ready <= 0) continue;
        ssize_t n = read(k->heard, one, sizeof one);
        if (n < 0) return err_from_errno(errno);
        if (n == 0) break;
        last = clock_tick();
        for (ssize_t i = 0; i < n; i++) {
            bool is_percent = got == 0 && one[i] != MONTAGE_WHOLE;
            if (is_percent ? one[i] <= percent || one[i] > 100 : got == sizeof whole) return ERR_CORRUPT;
            if (is_percent)
                percent_set(k->all, percent = one[i]);
            else
                whole[got++] = one[i];
        }
    }
    if (is_given_up(k->all)) return ERR_CLOSED;
    if (got < sizeof whole) return ERR_IO; /* it has died, or could not go on */
    for (int i = 1; i <= 8; i++)
        k->bytes = k->bytes << 8 | whole[i];
    memcpy(k->chain.at, whole + 9, sizeof k->chain.at);
    return OK;
}

static enum err child_run(struct making *k)
{
    pid_t pid;
    struct stat st;
    enum err err = child_start(k, &pid);
    if (err) return err;
    close(k->fds[2]); /* the child has its own; the end of that is the end */
    k->fds[2] = -1;
    err = child_hear(k);
    if (err) kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (!err && (fstat(k->fds[1], &st) != 0 || st.st_size != k->bytes)) err = ERR_CORRUPT;
    if (!err && fsync(k->fds[1]) != 0) err = ERR_IO;
    return err;
}

static enum err film_put(struct making *k, struct tx *tx)
{
    enum montage_state state = MONTAGE_NONE;
    struct str recording = str_of(k->recording), name = str_of(k->name);
    struct film_file file = {.name = name, .account = str_of(""), .source = str_of("")};
    enum err err = film_by_name(tx, k->arena, recording, &k->film);
    if (!err) err = montage_look(tx, &k->film, &state);
    if (!err && (state != MONTAGE_WAITS || !k->film.has_key)) err = ERR_CLOSED;
    if (!err) err = film_file_put(tx, recording, &file);
    if (!err) err = film_file_whole(tx, name, k->bytes, &k->chain);
    return err ? err : settle(tx, &k->film, MONTAGE_MADE);
}

static enum err failed_put(struct making *k, struct tx *tx)
{
    return settle(tx, &k->film,
                  atomic_load(&k->all->is_over) || k->err != ERR_CLOSED ? MONTAGE_FAILED : MONTAGE_CANCELLED);
}

static void making_init(struct making *k, struct montages *m, const char *recording)
{
    *k = (struct making){.all = m, .recording = recording, .heard = -1, .arena = arena_new(ARENA_BYTES)};
    for (int i = 0; i < FDS_MAX; i++)
        k->fds[i] = -1;
    rnd_bytes(k->order.id, sizeof k->order.id);
    str_hex(k->order.id, sizeof k->order.id, k->name);
    snprintf(k->path, sizeof k->path, "%s/%s", m->dir, k->name);
    snprintf(k->part, sizeof k->part, "%s" PART, k->path);
}

static void making_done(struct making *k)
{
    for (int i = 0; i < FDS_MAX; i++)
        if (k->fds[i] >= 0) close(k->fds[i]);
    if (k->heard >= 0) close(k->heard);
    arena_free(k->arena);
    mem_wipe(k, sizeof *k);
}

static void make(struct montages *m, const char *recording)
{
    struct making k;
    making_init(&k, m, recording);
    enum err err = k.arena ? in_store(&k, order_read) : ERR_NOMEM;
    bool is_ours = k.film.row != 0;
    if (!err) k.order.zone_s = zone_of(m, k.film.started);
    if (!err) err = files_open(&k);
    if (!err) err = child_run(&k);
    if (!err) err = in_store(&k, film_put);
    if (!err && rename(k.part, k.path) != 0) err = ERR_IO;
    if (err) (void)unlink(k.part);
    k.err = err;
    if (err && is_ours && in_store(&k, failed_put) != OK) log_error("montage", "row_not_written");
    if (err && err != ERR_CLOSED) log_warn("montage", "failed", LOG_E(err));
    making_done(&k);
}

/* -- the thread -- */

static void *run(void *ctx)
{
    struct montages *m = ctx;
    pthread_setname_np(pthread_self(), "montage");
    while (!atomic_load(&m->is_over)) {
        struct mail *i = (struct mail *)(void *)box_take(m->box, 1, LOOK_MS);
        if (!i) continue;
        current_set(m, i->recording);
        make(m, i->recording);
        current_set(m, "");
        mem_free(i);
    }
    for (struct box_item *i; (i = box_take(m->box, 1, 0));)
        mem_free((struct mail *)(void *)i);
    return NULL;
}

/* What was whole when the server was killed between its row and its name gets its name; the rest goes. */
struct left {
    struct job job; /* first */
    const struct montages *m;
};

static enum err left_look(struct tx *tx, const struct montages *m, const char *name, bool *ret_is_film)
{
    struct film film;
    struct film_file file;
    struct arena *arena = arena_new(ARENA_BYTES);
    enum err err =
        arena ? film_find(tx, arena, (struct str){name, FILM_NAME_TEXT - 1}, &film, &file) : ERR_NOMEM;
    (void)m;
    arena_free(arena);
    *ret_is_film = !err;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err left_run(struct job *job, struct tx *tx)
{
    const struct montages *m = ((const struct left *)(const void *)job)->m;
    enum err err = settle(tx, NULL, MONTAGE_FAILED);
    DIR *dir = opendir(m->dir);
    struct dirent *e;
    while (!err && dir && (e = readdir(dir))) {
        char from[900], to[900];
        bool is_film;
        if (strlen(e->d_name) != FILM_NAME_TEXT - 1 + sizeof PART - 1 ||
            strcmp(e->d_name + FILM_NAME_TEXT - 1, PART) != 0)
            continue;
        err = left_look(tx, m, e->d_name, &is_film);
        snprintf(from, sizeof from, "%s/%s", m->dir, e->d_name);
        snprintf(to, sizeof to, "%s/%.*s", m->dir, FILM_NAME_TEXT - 1, e->d_name);
        if (!err && (is_film ? rename(from, to) : unlink(from)) != 0) err = ERR_IO;
    }
    if (dir) closedir(dir);
    return err;
}

static enum err thread_start(struct montages *m)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    m->is_running = pthread_create(&m->thread, NULL, run, m) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return m->is_running ? OK : ERR_NOMEM;
}

enum err montages_new(const struct montages_settings *settings, struct montages **ret)
{
    struct montages *m = mem_zalloc(sizeof *m);
    if (!m) return ERR_NOMEM;
    pthread_mutex_init(&m->lock, NULL);
    m->settings = *settings;
    snprintf(m->dir, sizeof m->dir, "%s", settings->dir);
    snprintf(m->program, sizeof m->program, "%s", settings->program);
    snprintf(m->zone, sizeof m->zone, "%s", settings->zone);
    m->box = box_new(MONTAGES_WAITING_MAX);
    struct left left = {.job = {.run = left_run}, .m = m};
    enum err err = m->box ? store_run(settings->store, &left.job) : ERR_NOMEM;
    if (!err) err = thread_start(m);
    if (err) {
        montages_free(m);
        return err;
    }
    *ret = m;
    return OK;
}

void montages_stop(struct montages *m)
{
    if (!m || !m->is_running) return;
    atomic_store(&m->is_over, true);
    box_close(m->box);
    pthread_join(m->thread, NULL);
    m->is_running = false;
}

void montages_free(struct montages *m)
{
    if (!m) return;
    montages_stop(m);
    box_free(m->box);
    pthread_mutex_destroy(&m->lock);
    mem_free(m);
}

bool montages_have_room(struct montages *m)
{
    return box_count(m->box) < MONTAGES_WAITING_MAX;
}

/* One that finds no room stays as it is in the store, and the next start of the server says that it failed: its asker looked for room before. */
void montages_begin(struct montages *m, struct str recording)
{
    struct mail *i = mem_zalloc(sizeof *i);
    if (i) snprintf(i->recording, sizeof i->recording, "%.*s", (int)recording.bytes, recording.at);
    if (i && box_put_always(m->box, &i->item) == OK) return;
    mem_free(i);
    log_error("montage", "not_taken");
}
