#include "mail/dispatch.h"
#include "base/child.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err memory_of(const struct parcel *p, int *ret_fd)
{
    struct buf text;
    buf_init(&text, PARCEL_BYTES_MAX);
    enum err err = parcel_write(p, &text);
    int fd = err ? -1 : memfd_create("parcel", MFD_CLOEXEC);
    if (!err && fd < 0) err = err_from_errno(errno);
    if (!err && write(fd, text.at, text.bytes) != (ssize_t)text.bytes) err = ERR_IO;
    if (!err && lseek(fd, 0, SEEK_SET) != 0) err = ERR_IO;
    buf_done(&text);
    if (err && fd >= 0) close(fd);
    if (!err) *ret_fd = fd;
    return err;
}

static int files_set(posix_spawn_file_actions_t *files, int parcel, int receipt)
{
    int failed = posix_spawn_file_actions_adddup2(files, parcel, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, receipt, 1);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return failed;
}

static int start(const char *program, int parcel, int receipt, pid_t *ret_pid)
{
    char *const argv[] = {(char[]){"yunqiao-courier"}, NULL};
    static char *const environment[] = {NULL};
    posix_spawn_file_actions_t files;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed) return failed;
    failed = files_set(&files, parcel, receipt);
    if (!failed) failed = child_spawn(program, &files, argv, environment, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* ERR_CLOSED: nobody waits any more. */
static enum err wait_for(pid_t pid, int stop_fd)
{
    int fd = pidfd_open(pid, 0), n = 0;
    struct pollfd p[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    struct tick end = {clock_tick().ms + DISPATCH_WAIT_MS};
    bool is_stopped = false;
    while (fd >= 0) {
        int64_t left_ms = end.ms - clock_tick().ms;
        n = left_ms > 0 ? poll(p, 2, (int)left_ms) : 0;
        if (n > 0 && !p[0].revents) { /* we are to end: a moment more, so that it need not be left alone */
            is_stopped = true;
            p[1].fd = -1;
            end.ms = clock_tick().ms + DISPATCH_LAST_MS;
        } else if (n != -1 || errno != EINTR) {
            break;
        }
    }
    is_stopped &= n == 0;
    if (fd >= 0) close(fd);
    if (is_stopped) return ERR_CLOSED;
    if (n <= 0) kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return OK;
}

enum err dispatch(const char *program, int receipt_fd, int stop_fd, const struct parcel *p,
                  struct receipt *ret)
{
    char token[PARCEL_TOKEN_BYTES];
    int parcel;
    pid_t pid;
    ASSERT(parcel_token_is(p->token));
    snprintf(token, sizeof token, "%.*s", (int)p->token.bytes, p->token.at);
    enum err err = receipt_begin(receipt_fd, token);
    if (!err) err = memory_of(p, &parcel);
    if (err) return err;
    int failed = start(program, parcel, receipt_fd, &pid);
    close(parcel);
    if (failed) return failed == ENOENT ? ERR_NOT_FOUND : err_from_errno(failed);
    err = wait_for(pid, stop_fd);
    return err ? err : receipt_read(receipt_fd, ret);
}
