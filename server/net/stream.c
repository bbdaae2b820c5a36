#include "net/stream.h"
#include "base/box.h"
#include "base/mem.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { ROOM = STREAM_PART_BYTES + STREAM_SLACK_BYTES, PARTS = 2 };

enum work { WORK_BEGIN, WORK_PART, WORK_CLOSE };

struct task {
    struct box_item item; /* first */
    struct task *done;    /* in all->done */
    struct stream *stream;
    struct file_writer *writer; /* WORK_CLOSE without a stream */
    enum work work;
    int part;
};

struct part {
    uint8_t *at;
    size_t bytes, done;
    bool is_busy; /* the thread has it */
    bool is_last; /* up: nothing after it; down: the end has been read */
    struct task task;
};

struct stream {
    struct streams *all;
    struct stream_owner owner;
    bool is_up, is_dropped, is_ended, is_last_sent, is_whole;
    int busy; /* tasks that the thread has, or that wait to be taken */
    _Atomic int err;
    int current; /* up: the part being filled; down: the part being read */
    struct part parts[PARTS];
    struct task begin;

    /* the thread's, but when it has no task */
    struct file_writer *writer;
    struct file_seal seal;
    struct arena *arena;
    const struct answer_part *source;
    int64_t source_done;
    struct file_reader *reader;
    struct recording_reader *film;
    int film_fd; /* while film is open */
};

struct streams {
    char *dir;
    void (*wake)(void *ctx);
    void *ctx;
    struct box *box;
    pthread_t thread;
    bool is_running;
    int count;
    _Atomic(struct task *) done;
};

/* -- the thread -- */

static enum err write_part(struct stream *s, struct part *p)
{
    enum err err = p->bytes > 0 ? file_writer_add(s->writer, p->at, p->bytes) : OK;
    if (!err && p->is_last) err = file_writer_end(s->writer, &s->seal);
    return err;
}

/* An answer may have been told its length: what does not come is a fault. */
static enum err read_film(struct stream *s, const struct answer_part *from, uint8_t *to, size_t bytes)
{
    struct recording_seen seen;
    size_t done = 0, n = 0;
    enum err err = OK;
    if (!s->film) {
        s->film_fd = open(from->film->path, O_RDONLY | O_CLOEXEC);
        if (s->film_fd < 0) return ERR_IO;
        err = recording_open(s->film_fd, from->film->id, from->film->key, &s->film, &seen);
        if (err) close(s->film_fd);
    }
    while (!err && done < bytes) {
        err = recording_get(s->film, from->offset + s->source_done + (int64_t)done, to + done, bytes - done,
                            &n);
        if (!err && n == 0) err = ERR_CORRUPT;
        done += n;
    }
    return err;
}

static void film_close(struct stream *s)
{
    if (!s->film) return;
    recording_close(s->film);
    close(s->film_fd);
    s->film = NULL;
}

/* The next of what the answer is made of, into the part until it is full or all is read. */
static enum err read_part(struct stream *s, struct part *p)
{
    p->bytes = p->done = 0;
    while (p->bytes < STREAM_PART_BYTES && s->source) {
        const struct answer_part *from = s->source;
        size_t n = STREAM_PART_BYTES - p->bytes;
        if ((int64_t)n > from->bytes - s->source_done) n = (size_t)(from->bytes - s->source_done);
        enum err err = OK;
        if (from->file) {
            size_t got = 0;
            if (!s->reader) err = file_reader_new(s->all->dir, from->file, &s->reader);
            if (!err)
                err = file_reader_get(s->reader, from->offset + s->source_done, p->at + p->bytes, n, &got);
            if (!err && got != n) err = ERR_CORRUPT;
        } else if (from->film) {
            err = read_film(s, from, p->at + p->bytes, n);
        } else {
            memcpy(p->at + p->bytes, from->text.at + s->source_done, n);
        }
        if (err) return err;
        p->bytes += n;
        s->source_done += (int64_t)n;
        if (s->source_done < from->bytes) continue;
        file_reader_free(s->reader);
        s->reader = NULL;
        film_close(s);
        s->source = from->next;
        s->source_done = 0;
    }
    p->is_last = s->source == NULL;
    return OK;
}

static void stream_free(struct stream *s)
{
    for (int i = 0; i < PARTS; i++)
        mem_wipe_free(s->parts[i].at, ROOM);
    file_writer_free(s->writer);
    file_reader_free(s->reader);
    film_close(s);
    arena_free(s->arena);
    mem_wipe_free(s, sizeof *s);
}

static void do_task(struct task *t)
{
    struct stream *s = t->stream;
    struct streams *all = s->all;
    enum err err = (enum err)atomic_load(&s->err);
    if (err) {
        /* It goes no further. */
    } else if (t->work == WORK_BEGIN) {
        err = file_writer_new(all->dir, &s->writer);
    } else {
        struct part *p = &s->parts[t->part];
        err = s->is_up ? write_part(s, p) : read_part(s, p);
    }
    if (err) atomic_store(&s->err, (int)err);
    struct task *head = atomic_load(&all->done);
    do
        t->done = head;
    while (!atomic_compare_exchange_weak(&all->done, &head, t));
    all->wake(all->ctx);
}

static void *run(void *ctx)
{
    struct streams *all = ctx;
    struct box_item *item;
    pthread_setname_np(pthread_self(), "stream");
    while ((item = box_take(all->box, 1, -1)) != NULL) {
        struct task *t = (struct task *)(void *)item;
        if (t->work != WORK_CLOSE) {
            do_task(t);
        } else {
            file_writer_free(t->writer);
            if (t->stream) stream_free(t->stream);
            mem_free(t);
        }
    }
    return NULL;
}

/* -- all of them -- */

enum err streams_new(const char *dir, void (*wake)(void *ctx), void *ctx, struct streams **ret)
{
    struct streams *all = mem_zalloc(sizeof *all);
    sigset_t every, before;
    if (!all) return ERR_NOMEM;
    all->wake = wake;
    all->ctx = ctx;
    all->dir = mem_copy_text(dir);
    all->box = box_new(4 * STREAM_MAX);
    if (all->dir && all->box) {
        sigfillset(&every);
        pthread_sigmask(SIG_SETMASK, &every, &before);
        all->is_running = pthread_create(&all->thread, NULL, run, all) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (!all->is_running) {
        streams_free(all);
        return ERR_NOMEM;
    }
    *ret = all;
    return OK;
}

static struct task *take(struct streams *all)
{
    struct task *last = atomic_exchange(&all->done, NULL), *first = NULL;
    while (last) { /* the list is newest first */
        struct task *t = last;
        last = t->done;
        t->done = first;
        first = t;
    }
    return first;
}

void streams_stop(struct streams *all)
{
    if (all->box) box_close(all->box);
    if (all->is_running) pthread_join(all->thread, NULL);
    all->is_running = false;
}

void streams_free(struct streams *all)
{
    if (!all) return;
    streams_stop(all);
    for (struct task *t = take(all), *next; t; t = next) {
        next = t->done;
        if (--t->stream->busy == 0 && t->stream->is_dropped) stream_free(t->stream);
    }
    box_free(all->box);
    mem_free(all->dir);
    mem_free(all);
}

static void post(struct stream *s, struct task *t)
{
    t->stream = s;
    if (box_put_always(s->all->box, &t->item) == OK)
        s->busy++;
    else
        atomic_store(&s->err, ERR_CLOSED);
}

/* Off this thread; when even that cannot be asked for, here. */
static void close_off(struct streams *all, struct stream *s, struct file_writer *w)
{
    struct task *t = mem_zalloc(sizeof *t);
    if (t) {
        *t = (struct task){.stream = s, .writer = w, .work = WORK_CLOSE};
        if (box_put_always(all->box, &t->item) == OK) return;
        mem_free(t);
    }
    file_writer_free(w);
    if (s) stream_free(s);
}

void streams_close(struct streams *all, struct file_writer *w)
{
    if (w) close_off(all, NULL, w);
}

void stream_drop(struct stream *s)
{
    if (!s) return;
    s->is_dropped = true;
    s->all->count--;
    if (s->busy == 0) close_off(s->all, s, NULL);
}

static void turn(struct stream *s);

void streams_take(struct streams *all, void (*look)(void *ctx, struct stream *s), void *ctx)
{
    for (struct task *t = take(all), *next; t; t = next) {
        struct stream *s = t->stream;
        next = t->done;
        s->busy--;
        if (s->is_dropped) {
            if (s->busy == 0) close_off(all, s, NULL);
            continue;
        }
        turn(s);
        look(ctx, s);
    }
}

struct stream_owner stream_owner(const struct stream *s)
{
    return s->owner;
}

enum err stream_err(const struct stream *s)
{
    return (enum err)s->err;
}

static enum err stream_new(struct streams *all, struct stream_owner owner, bool is_up, struct stream **ret)
{
    if (all->count >= STREAM_MAX) return ERR_BUSY;
    struct stream *s = mem_zalloc(sizeof *s);
    if (!s) return ERR_NOMEM;
    s->all = all;
    s->owner = owner;
    s->is_up = is_up;
    for (int i = 0; i < PARTS; i++) {
        s->parts[i].at = mem_alloc(ROOM);
        s->parts[i].task = (struct task){.work = WORK_PART, .part = i};
        if (s->parts[i].at) continue;
        stream_free(s);
        return ERR_NOMEM;
    }
    all->count++;
    *ret = s;
    return OK;
}

/* -- up -- */

enum err stream_up(struct streams *all, struct stream_owner owner, struct stream **ret)
{
    struct stream *s;
    enum err err = stream_new(all, owner, true, &s);
    if (err) return err;
    s->begin.work = WORK_BEGIN;
    post(s, &s->begin);
    *ret = s;
    return OK;
}

static void send_part(struct stream *s)
{
    struct part *p = &s->parts[s->current];
    p->is_busy = true;
    p->is_last = s->is_last_sent = s->is_ended;
    post(s, &p->task);
    s->current = (s->current + 1) % PARTS;
}

/* With nothing out, all parts are ours again, and what waits may go. One task at a time keeps the order plain. */
static void turn(struct stream *s)
{
    if (s->busy > 0) return;
    for (int i = 0; i < PARTS; i++) {
        struct part *p = &s->parts[i];
        if (!p->is_busy) continue;
        p->is_busy = false;
        if (!s->is_up) continue;
        if (p->is_last && !stream_err(s)) s->is_whole = true;
        p->bytes = 0;
    }
    if (!s->is_up || stream_err(s) || s->is_last_sent) return;
    if (s->is_ended || s->parts[s->current].bytes >= STREAM_PART_BYTES) send_part(s);
}

enum err stream_put(struct stream *s, const void *from, size_t bytes, bool *ret_room)
{
    struct part *p = &s->parts[s->current];
    if (p->is_busy || s->is_ended || p->bytes + bytes > ROOM) return ERR_LIMIT;
    memcpy(p->at + p->bytes, from, bytes);
    p->bytes += bytes;
    turn(s);
    *ret_room = stream_has_room(s);
    return stream_err(s);
}

bool stream_has_room(const struct stream *s)
{
    return !s->parts[s->current].is_busy && s->parts[s->current].bytes < STREAM_PART_BYTES;
}

void stream_end(struct stream *s)
{
    s->is_ended = true;
    turn(s);
}

bool stream_is_whole(const struct stream *s)
{
    return s->is_whole;
}

struct file_writer *stream_hand_over(struct stream *s, struct file_seal *ret)
{
    struct file_writer *w = s->writer;
    ASSERT(s->is_whole && s->busy == 0);
    *ret = s->seal;
    s->writer = NULL;
    return w;
}

/* -- down -- */

int64_t stream_bytes_of(const struct answer_part *parts)
{
    int64_t sum = 0;
    for (; parts; parts = parts->next)
        sum += parts->bytes;
    return sum;
}

static enum err copy_parts(struct stream *s, const struct answer_part *from)
{
    struct answer_part *first = NULL, **to = &first;
    size_t bytes = 4096;
    for (const struct answer_part *p = from; p; p = p->next)
        bytes += sizeof *p + sizeof *p->file + sizeof *p->film + p->text.bytes + 64;
    s->arena = arena_new(2 * bytes + 65536); /* blocks are rounded up */
    if (!s->arena) return ERR_NOMEM;
    for (; from; from = from->next) {
        struct answer_part *p = arena_copy(s->arena, from, sizeof *from);
        if (!p) return ERR_NOMEM;
        if (p->file) p->file = arena_copy(s->arena, p->file, sizeof *p->file);
        if (p->film) p->film = arena_copy(s->arena, p->film, sizeof *p->film);
        bool is_text = !p->file && !p->film;
        if (is_text) p->text.at = arena_copy(s->arena, p->text.at, p->text.bytes);
        if (is_text && p->bytes > 0 && !p->text.at) return ERR_NOMEM;
        p->next = NULL;
        if (p->bytes == 0) continue;
        *to = p;
        to = &p->next;
    }
    s->source = first;
    return OK;
}

enum err stream_down(struct streams *all, struct stream_owner owner, const struct answer_part *parts,
                     struct stream **ret)
{
    struct stream *s;
    enum err err = stream_new(all, owner, false, &s);
    if (err) return err;
    err = copy_parts(s, parts);
    if (err) {
        stream_drop(s);
        return err;
    }
    s->parts[0].is_busy = true;
    post(s, &s->parts[0].task);
    *ret = s;
    return OK;
}

/* One part is written to the socket while the next is read. */
size_t stream_get(struct stream *s, void *ret_bytes, size_t bytes)
{
    struct part *p = &s->parts[s->current], *other = &s->parts[(s->current + 1) % PARTS];
    if (stream_err(s) || p->is_busy) return 0;
    if (p->done == 0 && !p->is_last && !other->is_busy) {
        other->is_busy = true;
        post(s, &other->task);
    }
    size_t n = p->bytes - p->done < bytes ? p->bytes - p->done : bytes;
    memcpy(ret_bytes, p->at + p->done, n);
    p->done += n;
    if (p->done == p->bytes && !p->is_last) s->current = (s->current + 1) % PARTS;
    return n;
}
