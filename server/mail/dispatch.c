#include "mail/dispatch.h"
#include "base/ask.h"
#include "base/child.h"
#include "base/mem.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err memory_of(const struct parcel *p, int *ret_fd)
{
    struct buf text;
    buf_init(&text, PARCEL_BYTES_MAX);
    enum err err = parcel_write(p, &text);
    if (!err) err = ask_memory("parcel", buf_str(&text), ret_fd);
    buf_done(&text);
    return err;
}

static int files_set(posix_spawn_file_actions_t *files, int parcel, int receipt, int answer)
{
    int failed = posix_spawn_file_actions_adddup2(files, parcel, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, receipt, 1);
    if (!failed && answer >= 0) failed = posix_spawn_file_actions_adddup2(files, answer, 3);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(files, answer >= 0 ? 4 : 3);
    return failed;
}

static int start(const char *program, int parcel, int receipt, int answer, pid_t *ret_pid)
{
    char *const argv[] = {(char[]){"yunqiao-courier"}, NULL};
    static char *const environment[] = {NULL};
    posix_spawn_file_actions_t files;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed) return failed;
    failed = files_set(&files, parcel, receipt, answer);
    if (!failed) failed = child_spawn(program, &files, argv, environment, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

static void reap(struct dispatch *d)
{
    (void)kill(d->pid, SIGKILL); /* one that has ended does not feel it */
    while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    dispatch_leave(d);
}

enum err dispatch_begin(const char *program, int receipt_fd, const struct parcel *p, struct dispatch *ret)
{
    return dispatch_fetch(program, receipt_fd, -1, p, ret);
}

enum err dispatch_fetch(const char *program, int receipt_fd, int answer_fd, const struct parcel *p,
                        struct dispatch *ret)
{
    char token[PARCEL_TOKEN_BYTES];
    struct dispatch d = {.end = {clock_tick().ms + DISPATCH_WAIT_MS}};
    int parcel;
    ASSERT(parcel_token_is(p->token));
    snprintf(token, sizeof token, "%.*s", (int)p->token.bytes, p->token.at);
    enum err err = receipt_begin(receipt_fd, token);
    if (!err) err = memory_of(p, &parcel);
    if (err) return err;
    int failed = start(program, parcel, receipt_fd, answer_fd, &d.pid);
    close(parcel);
    if (failed) return failed == ENOENT ? ERR_NOT_FOUND : err_from_errno(failed);
    d.fd = pidfd_open(d.pid, 0);
    if (d.fd < 0)
        d.end =
            clock_tick(); /* nobody would see it end: it is killed, and its receipt says how far it came */
    *ret = d;
    return OK;
}

enum err dispatch_end(struct dispatch *d, int receipt_fd, struct receipt *ret)
{
    reap(d);
    return receipt_read(receipt_fd, ret);
}

void dispatch_leave(struct dispatch *d)
{
    if (d->fd >= 0) close(d->fd);
    d->fd = -1;
}
