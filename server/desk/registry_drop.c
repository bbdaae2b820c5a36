#include "desk/registry_drop.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "desk/registry_door.h"
#include "records/records.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_A_LOOK = 256,
    ROWS_AT_ONCE = 256,
    ARENA_MAX = 256 << 20,
    REPORT_MAX = 64 << 20,
    HEAD_MAX = 4096 /* of the first row, for the letter of a file that cannot be read */
};

struct look { /* at a file: what it was */
    char name[DROP_NAME_BYTES_MAX + 1];
    struct digest_value was;
};

struct registry_drop {
    struct site *site;
    const char *source, *dir;
    int dir_fd, done_fd, failed_fd, stop_fd;
    struct box *back;
    struct look looks[FILES_A_LOOK];
    size_t look_count;
    pthread_t thread;
    bool is_started, has_complained;
    _Atomic bool is_stopping;
};

/* -- a file's rows -- */

struct reading {
    struct registry_drop *d;
    struct arena *arena;
    struct str head; /* the row of columns */
    struct buf report;
    struct door_message *out[ROWS_AT_ONCE];
    size_t count;
    int64_t rows, refused;
    bool is_later; /* the world failed: the file is read again */
};

static void report(struct reading *r, const struct door_message *m)
{
    bool is_refused = m->did == DOOR_REFUSED;
    buf_printf(&r->report, "%zu,%s,%s,%s,\"%s\"\n", m->line, door_did_text(m->did),
               is_refused ? m->fault.code : "", is_refused ? m->fault.where : "",
               is_refused ? m->fault.words : "");
    r->refused += is_refused;
}

/* Until all that was collected is durable. */
static void settle(struct reading *r)
{
    r->is_later |= !door_settle(r->out, r->count, r->d->back);
    for (size_t i = 0; i < r->count; i++) {
        if (!r->is_later) report(r, r->out[i]);
        door_free(r->out[i]);
    }
    r->rows += (int64_t)r->count;
    r->count = 0;
}

/* The row below its columns: how it stands among the letters, and can be read from there again. */
static struct door_message *message_of(struct reading *r, struct str row, size_t line)
{
    struct buf text;
    buf_init(&text, INBOX_LETTER_BYTES_MAX * 2);
    buf_add_str(&text, r->head);
    buf_add_char(&text, '\n');
    buf_add_str(&text, row);
    struct door_message *m = text.err ? NULL : door_new(r->d->site, str_of(r->d->source), buf_str(&text));
    buf_done(&text);
    if (!m) return NULL;
    m->line = line;
    return m;
}

static enum err read_rows(struct reading *r, struct batch *b)
{
    for (;;) {
        struct batch_row row = {0};
        struct event_fault fault = {0};
        bool has_more;
        enum err err = batch_next(r->arena, b, &row, &has_more, &fault);
        if (err == ERR_NOMEM || !has_more) return err;
        struct door_message *m = message_of(r, row.text, row.line);
        if (!m) return ERR_NOMEM;
        m->event = row.event;
        if (err) m->fault = fault;
        r->out[r->count++] = m;
        if (r->count == ROWS_AT_ONCE) settle(r);
        if (r->is_later || atomic_load(&r->d->is_stopping)) return ERR_CLOSED;
    }
}

/* A file that is none: one letter for all of it. */
static enum err refuse_file(struct reading *r, struct str text, const char *words)
{
    struct str head = text;
    head = str_cut(&head, '\n');
    if (head.bytes > HEAD_MAX) head.bytes = HEAD_MAX;
    if (!str_is_utf8(head)) head = STR("");
    struct door_message *m = door_new(r->d->site, str_of(r->d->source), head);
    if (!m) return ERR_NOMEM;
    m->line = 1;
    m->fault = (struct event_fault){"100", "", words};
    r->out[r->count++] = m;
    return OK;
}

static enum err read_all(struct reading *r, struct str bytes)
{
    struct batch batch;
    struct str text = bytes;
    const char *words = "the bytes are no text of UTF-8 or GB 18030";
    enum err err = charset_to_utf8(r->arena, CHARSET_AUTO, bytes, &text, NULL);
    if (!err)
        err = batch_begin(r->arena, text, CHARSET_UTF8, records_zone(r->d->site->records), &batch, &words);
    if (err == ERR_NOMEM) return err;
    if (err) {
        err = refuse_file(r, text, words);
    } else {
        r->head = str_trim((struct str){text.at, (size_t)(batch.rest.at - text.at)});
        while (r->head.bytes &&
               (r->head.at[r->head.bytes - 1] == '\n' || r->head.at[r->head.bytes - 1] == '\r'))
            r->head.bytes--;
        err = read_rows(r, &batch);
    }
    settle(r);
    return err ? err : r->is_later ? ERR_CLOSED : OK;
}

/* -- where it goes -- */

static enum err write_report(struct reading *r, int to, const char *name)
{
    char temporary[DROP_NAME_BYTES_MAX + 32], kept[DROP_NAME_BYTES_MAX + 32];
    snprintf(temporary, sizeof temporary, ".%s.report", name);
    snprintf(kept, sizeof kept, "%s.report.csv", name);
    int fd = openat(to, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    enum err err = r->report.err;
    for (size_t at = 0; at < r->report.bytes && !err;) {
        ssize_t n = write(fd, r->report.at + at, r->report.bytes - at);
        if (n < 0) err = err_from_errno(errno);
        at += n > 0 ? (size_t)n : 0;
    }
    if (!err && fsync(fd) != 0) err = err_from_errno(errno);
    close(fd);
    if (!err && renameat(to, temporary, to, kept) != 0) err = err_from_errno(errno);
    return err;
}

static enum err move(struct reading *r, const char *name)
{
    struct registry_drop *d = r->d;
    int to = r->refused ? d->failed_fd : d->done_fd;
    char free_name[DROP_NAME_BYTES_MAX + 16];
    snprintf(free_name, sizeof free_name, "%s", name);
    for (int i = 2; faccessat(to, free_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0; i++)
        snprintf(free_name, sizeof free_name, "%s.%d", name, i);
    enum err err = write_report(r, to, free_name);
    if (!err && renameat(d->dir_fd, name, to, free_name) != 0) err = err_from_errno(errno);
    if (!err && (fsync(to) != 0 || fsync(d->dir_fd) != 0)) err = err_from_errno(errno);
    return err;
}

static enum err bytes_of(struct reading *r, const char *name, struct str *ret)
{
    struct stat st;
    int fd = openat(r->d->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return err_from_errno(errno);
    enum err err = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? OK : ERR_BAD_INPUT;
    size_t most = err ? 0 : (size_t)st.st_size, n = 0;
    if (most > BATCH_BYTES_MAX) most = BATCH_BYTES_MAX + 1; /* batch_begin says that it is too long */
    char *at = err ? NULL : arena_alloc(r->arena, most + 1);
    if (!err && !at) err = ERR_NOMEM;
    while (!err && n < most) {
        ssize_t got = read(fd, at + n, most - n);
        if (got < 0) err = err_from_errno(errno);
        if (got <= 0) break;
        n += (size_t)got;
    }
    close(fd);
    if (!err) *ret = (struct str){at, n};
    return err;
}

static enum err take_file(struct registry_drop *d, const char *name)
{
    struct reading *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    struct str bytes = {0};
    r->d = d;
    r->arena = arena_new(ARENA_MAX);
    buf_init(&r->report, REPORT_MAX);
    buf_add_text(&r->report, "line,result,code,column,why\n");
    enum err err = r->arena ? bytes_of(r, name, &bytes) : ERR_NOMEM;
    if (!err) err = read_all(r, bytes);
    if (!err) err = move(r, name);
    if (!err)
        log_info("registry", "file_read", LOG_I("rows", r->rows), LOG_I("refused", r->refused),
                 LOG_T("to", r->refused ? "failed" : "done"));
    arena_free(r->arena);
    buf_done(&r->report);
    mem_free(r);
    return err;
}

/* -- looking -- */

static bool is_ours(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 4 && n <= DROP_NAME_BYTES_MAX &&
           str_is_nocase((struct str){name + n - 4, 4}, STR(".csv"));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct look *)a)->name, ((const struct look *)b)->name);
}

/* The files that stand there now, by name; *ret of those that were the same at the look before. */
static enum err look(struct registry_drop *d, struct look *ret, size_t *ret_n)
{
    struct look *now = mem_zalloc(sizeof d->looks);
    int fd = now ? openat(d->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *open_dir = fd < 0 ? NULL : fdopendir(fd);
    size_t n = 0, steady = 0;
    if (!open_dir) {
        enum err err = now ? err_from_errno(errno) : ERR_NOMEM;
        if (fd >= 0) close(fd);
        mem_free(now);
        return err;
    }
    for (struct dirent *e; n < FILES_A_LOOK && (e = readdir(open_dir));) {
        struct stat st;
        if (!is_ours(e->d_name) || fstatat(d->dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        const int64_t was[4] = {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (int64_t)st.st_ino};
        snprintf(now[n].name, sizeof now[n].name, "%s", e->d_name);
        now[n++].was = digest_of(was, sizeof was);
    }
    closedir(open_dir);
    qsort(now, n, sizeof *now, by_name);
    for (size_t i = 0; i < n; i++) {
        const struct look *before = bsearch(&now[i], d->looks, d->look_count, sizeof *now, by_name);
        if (before && memcmp(&before->was, &now[i].was, sizeof now[i].was) == 0) ret[steady++] = now[i];
    }
    memcpy(d->looks, now, n * sizeof *now);
    d->look_count = n;
    mem_free(now);
    *ret_n = steady;
    return OK;
}

static void turn(struct registry_drop *d, struct look *files)
{
    size_t n = 0;
    enum err err = look(d, files, &n);
    for (size_t i = 0; i < n && !err && !atomic_load(&d->is_stopping); i++)
        err = take_file(d, files[i].name);
    if (err && err != ERR_CLOSED && !d->has_complained)
        log_error("registry", "folder_not_read", LOG_T("folder", d->dir), LOG_E(err));
    d->has_complained = err != OK;
}

static void *work(void *arg)
{
    struct registry_drop *d = arg;
    struct pollfd p = {d->stop_fd, POLLIN, 0};
    struct look *files = mem_zalloc(sizeof d->looks);
    while (files && poll(&p, 1, DROP_TURN_MS) <= 0)
        turn(d, files);
    mem_free(files);
    return NULL;
}

/* -- beginning and ending -- */

static int folder(int in, const char *name)
{
    if (mkdirat(in, name, 0700) != 0 && errno != EEXIST) return -1;
    return openat(in, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

enum err registry_drop_new(struct site *site, const char *source, const char *dir, struct registry_drop **ret,
                           char ret_why[256])
{
    struct registry_drop *d = mem_zalloc(sizeof *d);
    if (!d) return ERR_NOMEM;
    *d = (struct registry_drop){.site = site, .source = source, .dir = dir, .done_fd = -1, .failed_fd = -1};
    d->stop_fd = eventfd(0, EFD_CLOEXEC);
    d->back = box_new(ROWS_AT_ONCE);
    d->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->dir_fd >= 0) d->done_fd = folder(d->dir_fd, "done");
    if (d->done_fd >= 0) d->failed_fd = folder(d->dir_fd, "failed");
    bool may_move = d->failed_fd >= 0 && faccessat(d->dir_fd, ".", W_OK, 0) == 0;
    enum err err = !d->back || d->stop_fd < 0 ? ERR_NOMEM : may_move ? OK : ERR_BAD_INPUT;
    if (err == ERR_BAD_INPUT)
        snprintf(ret_why, 256, "[registry] drop: %.120s must be a folder that we may write into: %s", dir,
                 err_text(err_from_errno(errno)));
    if (err) {
        registry_drop_free(d);
        return err;
    }
    *ret = d;
    return OK;
}

enum err registry_drop_start(struct registry_drop *d)
{
    if (pthread_create(&d->thread, NULL, work, d) != 0) return ERR_NOMEM;
    d->is_started = true;
    return OK;
}

void registry_drop_stop(struct registry_drop *d)
{
    uint64_t one = 1;
    if (!d || !d->is_started) return;
    atomic_store(&d->is_stopping, true);
    if (write(d->stop_fd, &one, sizeof one) < 0) log_error("registry", "not_stopped");
    pthread_join(d->thread, NULL);
    d->is_started = false;
}

void registry_drop_free(struct registry_drop *d)
{
    if (!d) return;
    registry_drop_stop(d);
    const int fds[] = {d->dir_fd, d->done_fd, d->failed_fd, d->stop_fd};
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        if (fds[i] >= 0) close(fds[i]);
    box_free(d->back);
    mem_free(d);
}
