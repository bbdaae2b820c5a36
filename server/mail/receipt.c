#include "mail/receipt.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { FILE_MAX = 1024, LOOK_MS = 50 };

static const char *const words[RECEIPT_ENDS] = {
    [RECEIPT_NONE] = "none", [RECEIPT_BEGUN] = "begun", [RECEIPT_ENDING] = "ending",
    [RECEIPT_DONE] = "done", [RECEIPT_LATER] = "later", [RECEIPT_REFUSED] = "refused"};

enum err receipt_open(const char *path, int64_t wait_ms, int *ret_fd)
{
    struct tick end = {clock_tick().ms + wait_ms};
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_DSYNC | O_CLOEXEC, 0600);
    if (fd < 0) return err_from_errno(errno);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum err err = errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
        if (err != ERR_BUSY || clock_tick().ms >= end.ms) {
            close(fd);
            return err;
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
    *ret_fd = fd;
    return OK;
}

static void line_of(struct str line, struct receipt *r)
{
    struct receipt seen = {0};
    int64_t code = 0;
    struct str token = str_cut(&line, ' '), word = str_cut(&line, ' '), number = str_cut(&line, ' ');
    if (!parcel_token_is(token) || line.bytes >= sizeof seen.why) return;
    for (int i = RECEIPT_BEGUN; i < RECEIPT_ENDS; i++)
        if (str_is_text(word, words[i])) seen.end = (enum receipt_end)i;
    if (seen.end == RECEIPT_NONE || (number.bytes && !str_to_i64(number, &code))) return;
    memcpy(seen.token, token.at, token.bytes);
    memcpy(seen.why, line.at, line.bytes);
    seen.code = (int)code;
    *r = seen;
}

struct receipt receipt_of(struct str text)
{
    struct receipt r = {0};
    while (text.bytes && memchr(text.at, '\n', text.bytes))
        line_of(str_cut(&text, '\n'), &r);
    return r;
}

enum err receipt_read(int fd, struct receipt *ret)
{
    char text[FILE_MAX];
    ssize_t n = pread(fd, text, sizeof text, 0);
    if (n < 0) return err_from_errno(errno);
    *ret = receipt_of((struct str){text, (size_t)n});
    return OK;
}

enum err receipt_add(int fd, const struct receipt *r)
{
    char line[96];
    int n = snprintf(line, sizeof line, "%s %s %d %s\n", r->token, words[r->end], r->code, r->why);
    ASSERT(n > 0 && (size_t)n < sizeof line);
    ssize_t wrote = write(fd, line, (size_t)n);
    return wrote == n ? OK : wrote < 0 ? err_from_errno(errno) : ERR_DISK_FULL;
}

enum err receipt_begin(int fd, const char *token)
{
    struct receipt r = {.end = RECEIPT_BEGUN};
    if (ftruncate(fd, 0) != 0) return err_from_errno(errno);
    snprintf(r.token, sizeof r.token, "%s", token);
    return receipt_add(fd, &r);
}
