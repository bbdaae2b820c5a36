#include "app/sim_doors.h"
#include "base/form.h"
#include "registry/mllp.h"
#include "registry/tell.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_A_FILE = 500, PAGE_MAX = 200, ASK_BYTES_MAX = 8192, BODY_BYTES_MAX = 4 << 20 };

static enum err fault(struct sim *s, enum err err, const char *what)
{
    snprintf(s->why, 256, "%s: %s", what, errno ? strerror(errno) : "ended by the other side");
    return err;
}

/* How many of the events it is time for. */
static size_t due(const struct sim *s)
{
    if (!s->rate) return s->n;
    uint64_t n = (uint64_t)(clock_tick().ms - s->started.ms) * (uint64_t)s->rate / 1000 + 1;
    return n < s->n ? (size_t)n : s->n;
}

static void wait_for(const struct sim *s, size_t upto)
{
    while (due(s) < upto)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static enum err write_all(int fd, struct str bytes)
{
    while (bytes.bytes > 0) {
        ssize_t n = write(fd, bytes.at, bytes.bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return ERR_IO;
        bytes = (struct str){bytes.at + n, bytes.bytes - (size_t)n};
    }
    return OK;
}

/* -- HL7 over MLLP -- */

/* MSA-1 of the answer that comes next. */
static enum err hear(struct sim *s, int fd, struct mllp *frames, struct arena *arena, struct str *ret_code)
{
    char part[4096];
    struct hl7 m;
    const char *why;
    bool is_whole = false;
    while (!is_whole) {
        errno = 0;
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fault(s, ERR_CLOSED, "--mllp: no answer");
        struct str rest = {part, (size_t)n};
        enum err err = mllp_take(frames, &rest, &is_whole);
        if (err) return fault(s, err, "--mllp: what answers is no MLLP");
    }
    enum err err = hl7_read(arena, buf_str(&frames->message), CHARSET_AUTO, &m, &why);
    if (!err) err = hl7_get(arena, &m, hl7_segment(&m, "MSA", 0), 1, 1, ret_code);
    if (err) snprintf(s->why, 256, "--mllp: what answers is no acknowledgement");
    return err;
}

static enum err ask(struct sim *s, int fd, struct mllp *frames, const struct event *e)
{
    struct buf message, framed;
    struct str bytes, code;
    struct arena *arena = arena_new(1 << 20);
    buf_init(&message, 65536);
    buf_init(&framed, 65536);
    tell_hl7(&message, e, s->charset);
    enum err err = arena ? message.err : ERR_NOMEM;
    if (!err) err = charset_from_utf8(arena, s->charset, buf_str(&message), &bytes);
    if (!err) mllp_frame(&framed, bytes);
    if (!err) err = framed.err;
    if (!err && write_all(fd, buf_str(&framed)) != OK) err = fault(s, ERR_CLOSED, "--mllp");
    if (!err) err = hear(s, fd, frames, arena, &code);
    if (!err) *(str_is_text(code, "AA") ? &s->taken : &s->refused) += 1;
    buf_done(&message);
    buf_done(&framed);
    arena_free(arena);
    return err;
}

enum err sim_mllp(struct sim *s, const struct link_address *to)
{
    struct sockaddr_storage sa;
    struct mllp frames;
    socklen_t bytes = link_address_to_sockaddr(to, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum err err = OK;
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, bytes) != 0) err = fault(s, ERR_IO, "--mllp");
    mllp_init(&frames);
    for (size_t i = 0; i < s->n && !err; i++) {
        wait_for(s, i + 1);
        err = ask(s, fd, &frames, &s->events[i]);
    }
    mllp_done(&frames);
    if (fd >= 0) close(fd);
    return err;
}

/* -- files -- */

/* Written beside, then renamed: whoever looks sees a whole file or none. */
static enum err put_file(struct sim *s, const char *folder, int number, struct str bytes)
{
    char beside[600], name[600];
    snprintf(beside, sizeof beside, "%s/.%s-%04d", folder, s->name, number);
    snprintf(name, sizeof name, "%s/%s-%04d.csv", folder, s->name, number);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return fault(s, ERR_IO, "--drop");
    enum err err = write_all(fd, bytes);
    if (close(fd) != 0) err = ERR_IO;
    if (!err && rename(beside, name) != 0) err = ERR_IO;
    if (err) fault(s, err, "--drop");
    if (err) unlink(beside);
    return err;
}

enum err sim_drop(struct sim *s, const char *folder)
{
    size_t a_file = s->rate ? (size_t)s->rate : ROWS_A_FILE;
    struct buf rows;
    struct str bytes;
    enum err err = OK;
    buf_init(&rows, 64 << 20);
    for (int number = 1; s->taken < s->n && !err; number++) {
        size_t upto = s->taken + a_file < s->n ? s->taken + a_file : s->n;
        struct arena *arena = arena_new((size_t)128 << 20);
        wait_for(s, upto);
        buf_clear(&rows);
        tell_columns(&rows, s->charset);
        for (size_t i = s->taken; i < upto; i++)
            tell_row(&rows, &s->events[i]);
        err = arena ? rows.err : ERR_NOMEM;
        if (!err) err = charset_from_utf8(arena, s->charset, buf_str(&rows), &bytes);
        if (!err) err = put_file(s, folder, number, bytes);
        if (!err) s->taken = upto;
        arena_free(arena);
    }
    buf_done(&rows);
    return err;
}

/* -- asked over HTTP -- */

/* A number of the question's line: "GET /events?limit=200&after=400 HTTP/1.1"; where it has none, `unless`. */
static size_t asked_for(struct arena *arena, struct str line, const char *key, size_t unless)
{
    struct str target, rest = line, pair, name;
    uint64_t n;
    str_cut(&rest, ' ');
    target = str_cut(&rest, ' ');
    str_cut(&target, '?');
    while (target.bytes > 0) {
        pair = str_cut(&target, '&');
        name = str_cut(&pair, '=');
        if (str_is_text(name, key) && str_to_u64(form_decode(arena, pair), &n)) return (size_t)n;
    }
    return unless;
}

static enum err answer(struct sim *s, struct arena *arena, int fd, struct str line)
{
    struct buf body, whole;
    struct json_out o;
    size_t after = asked_for(arena, line, "after", 0), limit = asked_for(arena, line, "limit", PAGE_MAX),
           out = due(s);
    char cursor[24];
    if (after > out) after = out;
    if (limit > PAGE_MAX) limit = PAGE_MAX;
    size_t upto = out - after < limit ? out : after + limit;
    buf_init(&body, BODY_BYTES_MAX);
    buf_init(&whole, BODY_BYTES_MAX + 256);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_open_array(&o, "events");
    for (size_t i = after; i < upto; i++)
        tell_json(&o, &s->events[i]);
    json_close_array(&o);
    snprintf(cursor, sizeof cursor, "%zu", upto);
    json_put_text(&o, "next", cursor);
    json_close(&o);
    buf_printf(&whole,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
               "Connection: close\r\n\r\n",
               body.bytes);
    buf_add_str(&whole, buf_str(&body));
    enum err err = body.err ? body.err : whole.err;
    /* Who went away before the answer asks again. */
    if (!err && write_all(fd, buf_str(&whole)) == OK && after > s->taken) s->taken = after;
    buf_done(&body);
    buf_done(&whole);
    return err;
}

static enum err serve_one(struct sim *s, int fd)
{
    char head[ASK_BYTES_MAX + 1];
    size_t bytes = 0;
    while (bytes < ASK_BYTES_MAX) {
        ssize_t n = read(fd, head + bytes, ASK_BYTES_MAX - bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return OK;
        bytes += (size_t)n;
        head[bytes] = '\0';
        if (strstr(head, "\r\n\r\n")) break;
    }
    struct str rest = {head, bytes}, line = str_cut(&rest, '\r');
    if (!str_starts(line, STR("GET "))) return OK;
    struct arena *arena = arena_new(1 << 20);
    enum err err = arena ? answer(s, arena, fd, line) : ERR_NOMEM;
    arena_free(arena);
    return err;
}

enum err sim_poll(struct sim *s, const struct link_address *at)
{
    struct sockaddr_storage sa;
    const struct timeval patience = {.tv_sec = 10};
    socklen_t bytes = link_address_to_sockaddr(at, &sa);
    int door = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    enum err err = OK;
    if (door < 0 || setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(door, (struct sockaddr *)&sa, bytes) != 0 || listen(door, 8) != 0)
        err = fault(s, ERR_IO, "--poll-serve");
    while (!err && s->taken < s->n) {
        int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED) err = fault(s, ERR_IO, "--poll-serve");
        if (fd < 0) continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        err = serve_one(s, fd);
        close(fd);
    }
    if (door >= 0) close(door);
    return err;
}
