/* yunqiao-media: one media worker. Started by yunqiaod, never by hand:
 *   yunqiao-media --link-fd 3 --index N --parent PID
 * It lives no longer than the process that started it. Exit codes: 0 ended as asked, 1 anything else, 2
 * wrong use. */
#include "base/log.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "link/msg.h"
#include "media/control.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct arguments {
    uint64_t link_fd, index, parent;
};

static bool argument_read(const char *name, const char *value, struct arguments *a)
{
    const struct {
        const char *name;
        uint64_t *to, most;
    } known[] = {{"--link-fd", &a->link_fd, 1023},
                 {"--index", &a->index, LINK_INDEX_MAX},
                 {"--parent", &a->parent, INT32_MAX}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(name, known[i].name) == 0)
            return str_to_u64(str_of(value), known[i].to) && *known[i].to <= known[i].most;
    return false;
}

static bool arguments_read(int argc, char **argv, struct arguments *ret_arguments)
{
    struct arguments a = {.link_fd = UINT64_MAX};
    if (argc % 2 == 0) return false;
    for (int i = 1; i + 1 < argc; i += 2)
        if (!argument_read(argv[i], argv[i + 1], &a)) return false;
    if (a.link_fd == UINT64_MAX || a.parent == 0) return false;
    *ret_arguments = a;
    return true;
}

/* The link is a SOCK_SEQPACKET socket, or somebody started us by hand. */
static bool is_link(int fd)
{
    int type = 0;
    socklen_t bytes = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &bytes) == 0 && type == SOCK_SEQPACKET;
}

/* A parent that died before the first line has left us to somebody else already, and that death sends no
 * signal any more. */
static bool tie_to_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

/* Ctrl-C and a service manager's SIGTERM reach the whole group; the server decides when a worker ends. */
static void ignore_signals(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < COUNT_OF(ignored); i++)
        (void)sigaction(ignored[i], &ignore, NULL);
}

static enum err enter_sandbox(struct sandbox_state *ret_state)
{
    /* Beyond the floor: connections of ICE-TCP and of TURN are taken in. */
    static const char *const calls[] = {"accept4", "getsockname", NULL};
    enum err err = sandbox_enter(calls, ret_state);
    if (err != OK)
        log_error("media", "sandbox_failed", LOG_E(err));
    else if (!ret_state->seccomp || ret_state->landlock_abi == 0)
        log_warn("media", "sandbox_partial", LOG_I("seccomp", ret_state->seccomp),
                 LOG_I("landlock", ret_state->landlock_abi));
    return err;
}

static bool serve(const struct arguments *a)
{
    struct control_settings settings = {(int)a->link_fd, (uint16_t)a->index, enter_sandbox};
    struct loop *loop = loop_new();
    struct control *control = loop ? control_new(loop, &settings) : NULL;
    bool is_well = control && loop_run(loop) == OK && control_ended_well(control);
    control_free(control);
    loop_free(loop);
    return is_well;
}

int main(int argc, char **argv)
{
    struct arguments a;
    if (!arguments_read(argc, argv, &a) || !is_link((int)a.link_fd)) {
        fprintf(stderr, "yunqiao-media is started by yunqiaod, with its link; it does nothing by itself.\n");
        return 2;
    }
    ignore_signals();
    if (!tie_to_parent((pid_t)a.parent)) return 1;
    if (sandbox_no_dump() != OK) log_warn("media", "dumpable");
    return serve(&a) ? 0 : 1;
}
