/* The real yunqiao-media under the real supervision: killed, stopped, orphaned, flooded, and replaced by a
 * liar. */
#include "app/workers.h"
#include "base/sandbox.h"
#include "link/chan.h"
#include "tests/faults/worker_rogue.h"
#include "tests/unit/check.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef YQ_SANITIZED
enum { SLOWER = 10 };
#else
enum { SLOWER = 1 };
#endif
enum { PATIENCE_MS = 30000 };

static struct workers *workers;
static char media_path[512], rogue_path[512];

static struct workers_settings usual(int count)
{
    return (struct workers_settings){.count = count,
                                     .media = {4, {127, 0, 0, 1}, 0},
                                     .rooms_max = 10,
                                     .peers_max = 20,
                                     .buffer_bytes = 1 << 20,
                                     .start_ms = 20000,
                                     .ping_ms = 50,
                                     .pong_ms = 10000,
                                     .backoff_ms = 5,
                                     .backoff_max_ms = 20};
}

static void open_workers(const struct workers_settings *settings, const char *program)
{
    CHECK_OK(workers_program_beside("yunqiao-media", media_path, sizeof media_path));
    CHECK_OK(workers_program_beside("faults_worker_rogue", rogue_path, sizeof rogue_path));
    struct workers_spawner spawner = workers_spawner(program);
    workers = workers_new(settings, &spawner);
    CHECK(workers != NULL);
}

static void close_workers(void)
{
    workers_free(workers);
    workers = NULL;
}

static struct worker_view view(int i)
{
    struct worker_view views[WORKERS_MAX];
    CHECK(workers_view(workers, views, WORKERS_MAX) > i);
    return views[i];
}

static void turn(void)
{
    struct pollfd fds[WORKERS_FDS_MAX];
    int wait = workers_wait_ms(workers, clock_tick());
    (void)poll(fds, (nfds_t)workers_fds(workers, fds), wait < 0 || wait > 100 ? 100 : wait);
    workers_step(workers, clock_tick());
}

#define DRIVE_UNTIL(cond)                                                                                    \
    for (int64_t drive_from = clock_tick().ms; !(cond);) {                                                   \
        if (clock_tick().ms - drive_from > PATIENCE_MS) check_fail(__FILE__, __LINE__, "never: %s", #cond);  \
        turn();                                                                                              \
    }

static int fds_open(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

TEST(killed_twenty_times_it_is_back_each_time)
{
    int before = fds_open();
    long kills = check_count(20, 1000);
    int64_t longest_us = 0;
    struct workers_settings settings = usual(1);
    open_workers(&settings, media_path);
    DRIVE_UNTIL(view(0).state == WORKER_UP);
    for (long i = 1; i <= kills; i++) {
        pid_t old = view(0).pid;
        int64_t from_us = clock_tick_us();
        CHECK(kill(old, SIGKILL) == 0);
        DRIVE_UNTIL(view(0).state == WORKER_UP && view(0).pid != old);
        int64_t us = clock_tick_us() - from_us;
        if (us > longest_us) longest_us = us;
        CHECK_INT(view(0).restarts, i);
        CHECK_STR(str_of(view(0).last_exit), "signal 9");
    }
    printf("  %ld kills; the longest way from kill to ready: %lld ms\n", kills, (long long)longest_us / 1000);
    close_workers();
    CHECK_INT(fds_open(), before);
}

TEST(with_the_usual_settings_the_first_death_is_mended_at_once)
{
    struct workers_settings settings = usual(1);
    settings.ping_ms = settings.backoff_ms = settings.backoff_max_ms = 0;
    open_workers(&settings, media_path);
    DRIVE_UNTIL(view(0).state == WORKER_UP);
    pid_t old = view(0).pid;
    CHECK(kill(old, SIGALRM) == 0);
    DRIVE_UNTIL(view(0).pid != old && view(0).pid != 0);
    CHECK_STR(str_of(view(0).last_exit), "signal 14");
    close_workers();
}

TEST(a_worker_that_is_stopped_is_replaced)
{
    struct workers_settings settings = usual(2);
    settings.pong_ms = 500 * SLOWER;
    open_workers(&settings, media_path);
    DRIVE_UNTIL(workers_up(workers) == 2);
    pid_t old = view(0).pid, other = view(1).pid;
    CHECK(kill(old, SIGSTOP) == 0);
    DRIVE_UNTIL(view(0).state == WORKER_UP && view(0).pid != old);
    CHECK_STR(str_of(view(0).last_exit), "signal 9, no pong");
    CHECK_INT(view(1).pid, other);
    close_workers();
}

/* In a process of its own: brings a worker up, tells its pid, and is killed. */
static _Noreturn void be_the_parent(int tell_fd)
{
    struct workers_settings settings = usual(1);
    struct workers_spawner spawner = workers_spawner(media_path);
    workers = workers_new(&settings, &spawner);
    ASSERT(workers != NULL);
    while (workers_up(workers) == 0)
        turn();
    pid_t pid = view(0).pid;
    ASSERT(write(tell_fd, &pid, sizeof pid) == (ssize_t)sizeof pid);
    for (;;)
        turn();
}

TEST(the_parents_death_ends_the_worker_within_a_second)
{
    int fds[2];
    pid_t worker;
    CHECK_OK(workers_program_beside("yunqiao-media", media_path, sizeof media_path));
    fflush(stdout);
    for (int i = 0; i < 5; i++) {
        CHECK(pipe2(fds, O_CLOEXEC) == 0);
        pid_t parent = fork();
        CHECK(parent >= 0);
        if (parent == 0) be_the_parent(fds[1]);
        CHECK(read(fds[0], &worker, sizeof worker) == (ssize_t)sizeof worker);
        int worker_fd = pidfd_open(worker, 0);
        CHECK(worker_fd >= 0);
        CHECK(kill(parent, SIGKILL) == 0);
        struct pollfd ended = {worker_fd, POLLIN, 0};
        CHECK_INT(poll(&ended, 1, 1000 * SLOWER), 1);
        CHECK(waitpid(parent, NULL, 0) == parent);
        close(worker_fd);
        close(fds[0]);
        close(fds[1]);
    }
}

/* The signal apart: a worker whose link ends, for whatever reason, goes too. */
TEST(the_end_of_the_link_ends_the_worker_well)
{
    struct worker_process p;
    int status;
    CHECK_OK(workers_program_beside("yunqiao-media", media_path, sizeof media_path));
    struct workers_spawner spawner = workers_spawner(media_path);
    CHECK_OK(spawner.spawn(spawner.context, 0, &p));
    struct pollfd hello = {p.link_fd, POLLIN, 0};
    CHECK_INT(poll(&hello, 1, PATIENCE_MS), 1);
    close(p.link_fd);
    CHECK(waitpid(p.pid, &status, 0) == p.pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    if (p.exit_fd >= 0) close(p.exit_fd);
}

static int exit_of(char *const argv[], bool has_link)
{
    int fds[2], status;
    CHECK_OK(chan_pair(fds));
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (has_link && dup2(fds[1], 3) != 3) _exit(99);
        if (has_link && fds[1] == 3) (void)fcntl(3, F_SETFD, 0);
        if (!has_link) close(3);
        int null = open("/dev/null", O_RDWR);
        dup2(null, 2);
        execv(media_path, argv);
        _exit(98);
    }
    close(fds[1]);
    CHECK(waitpid(pid, &status, 0) == pid);
    close(fds[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define ARGV(...) ((char *const[]){(char[]){"yunqiao-media"}, ##__VA_ARGS__, NULL})
#define WORD(text) ((char[]){text})

TEST(started_by_hand_or_by_somebody_elses_child_it_does_nothing)
{
    CHECK_OK(workers_program_beside("yunqiao-media", media_path, sizeof media_path));
    CHECK_INT(exit_of(ARGV(), false), 2);
    CHECK_INT(exit_of(ARGV(WORD("--link-fd"), WORD("3")), true), 2);
    CHECK_INT(exit_of(ARGV(WORD("--link-fd"), WORD("3"), WORD("--parent"), WORD("1")), false), 2);
    CHECK_INT(exit_of(ARGV(WORD("--link-fd"), WORD("0"), WORD("--parent"), WORD("1")), true), 2);
    CHECK_INT(exit_of(ARGV(WORD("--link-fd"), WORD("3"), WORD("--parent"), WORD("1"), WORD("--x"), WORD("1")),
                      true),
              2);
    CHECK_INT(exit_of(ARGV(WORD("--link-fd"), WORD("3"), WORD("--parent"), WORD("4194303")), true), 1);
}

TEST(a_liar_is_killed_and_started_again_and_not_believed)
{
    static const char *const ends[ROGUES] = {
        [ROGUE_GARBAGE_AT_ONCE] = "signal 9, bad message",
        [ROGUE_GARBAGE_LATER] = "signal 9, bad message",
        [ROGUE_OVERSIZE] = "signal 9, bad message",
        [ROGUE_DESCRIPTORS] = "signal 9, bad message",
        [ROGUE_FORGED_PONG] = "signal 9, bad message",
        [ROGUE_FLOOD] = "signal 9, bad message",
        [ROGUE_CLOSES_LINK_AND_STAYS] = "signal 9",
        [ROGUE_SILENT] = "signal 9, no answer at start",
        [ROGUE_DEAF] = "signal 9, no pong",
        [ROGUE_OTHER_VERSION] = "signal 9, other version",
        [ROGUE_OTHER_PID] = "signal 9, bad message",
        [ROGUE_EXITS] = "exit 7",
    };
    int before = fds_open();
    struct workers_settings settings = usual(ROGUES);
    settings.start_ms = 500 * SLOWER;
    settings.pong_ms = 1500 * SLOWER; /* a flood of 5,000 is read by a busy machine in that time */
    settings.backoff_ms = settings.backoff_max_ms = 100;
    open_workers(&settings, rogue_path);
    for (int i = 0; i < ROGUES; i++) {
        DRIVE_UNTIL(view(i).restarts >= 3);
        CHECK_STR(str_of(view(i).last_exit), ends[i]);
    }
    close_workers();
    CHECK_INT(fds_open(), before);
}

static void status_line(pid_t pid, const char *key, char ret_value[64])
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "re");
    ret_value[0] = 0;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0) (void)sscanf(line + strlen(key), ": %63s", ret_value);
    if (f) fclose(f);
}

TEST(the_worker_stands_in_the_sandbox_it_claims)
{
    char value[64];
    struct workers_settings settings = usual(1);
    open_workers(&settings, media_path);
    DRIVE_UNTIL(view(0).state == WORKER_UP);
    struct worker_view v = view(0);
    CHECK(v.ready.no_new_privileges);
    CHECK_INT(v.ready.landlock, sandbox_landlock_abi());
    status_line(v.pid, "NoNewPrivs", value);
    CHECK_STR(str_of(value), "1");
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0) {
        CHECK(v.ready.seccomp);
        status_line(v.pid, "Seccomp", value);
        CHECK_STR(str_of(value), "2");
    }
    close_workers();
}

TEST(the_worker_holds_its_own_descriptors_and_no_others)
{
    char path[64];
    int extra = open("/dev/zero", O_RDONLY); /* left open on purpose: it must not go down with exec */
    CHECK(extra >= 0);
    struct workers_settings settings = usual(1);
    open_workers(&settings, media_path);
    DRIVE_UNTIL(view(0).state == WORKER_UP);
    snprintf(path, sizeof path, "/proc/%d/fd", view(0).pid);
    DIR *dir = opendir(path);
    if (!dir) {
        close(extra);
        close_workers();
        check_skip("only root may look at a process that is not dumpable");
    }
    int n = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char to[128] = {0};
        if (e->d_name[0] == '.') continue;
        CHECK(readlinkat(dirfd(dir), e->d_name, to, sizeof to - 1) > 0);
        CHECK(strcmp(to, "/dev/zero") != 0);
        n++;
    }
    closedir(dir);
    CHECK_INT(n, 8); /* null, null, stderr, link, epoll, media sockets of UDP and TCP, statm */
#ifndef YQ_SANITIZED
    snprintf(path, sizeof path, "/proc/%d/environ", view(0).pid);
    FILE *f = fopen(path, "re");
    CHECK(f != NULL);
    CHECK_INT(fgetc(f), EOF);
    fclose(f);
#endif
    close(extra);
    close_workers();
}

TEST(draining_ends_it_with_exit_0)
{
    struct workers_settings settings = usual(2);
    open_workers(&settings, media_path);
    DRIVE_UNTIL(workers_up(workers) == 2);
    workers_drain(workers, clock_tick(), PATIENCE_MS);
    DRIVE_UNTIL(workers_are_gone(workers));
    CHECK_STR(str_of(view(0).last_exit), "exit 0");
    CHECK_STR(str_of(view(1).last_exit), "exit 0");
    close_workers();
}

TEST(a_flood_of_datagrams_is_counted_and_the_link_stays_alive)
{
    static const char data[1200];
    struct workers_settings settings = usual(1);
    open_workers(&settings, media_path);
    DRIVE_UNTIL(view(0).state == WORKER_UP);
    struct worker_view v = view(0);
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&v.ready.bound, &sa);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    for (int i = 0; i < 50000; i++) {
        (void)sendto(fd, data, sizeof data, 0, (struct sockaddr *)&sa, bytes);
        if (i % 500 == 0) turn();
    }
    close(fd);
    DRIVE_UNTIL(view(0).stats.packets_in > 1000);
    CHECK(view(0).stats.bytes_in >= 1200 * 1000);
    CHECK_INT(view(0).pid, v.pid);
    CHECK_INT(view(0).restarts, 0);
    close_workers();
}

TEST(a_taken_media_port_is_told_as_such)
{
    struct workers_settings settings = usual(1);
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&settings.media, &sa);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&sa, bytes) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&sa, &bytes) == 0);
    CHECK_OK(link_address_from_sockaddr(&sa, &settings.media));
    open_workers(&settings, media_path);
    DRIVE_UNTIL(view(0).restarts >= 2);
    CHECK_STR(str_of(view(0).last_exit), "exit 1, port taken");
    close(fd);
    DRIVE_UNTIL(view(0).state == WORKER_UP);
    CHECK_INT(view(0).ready.bound.port, settings.media.port);
    close_workers();
}

TEST(a_program_that_is_not_there_is_no_end_of_the_server)
{
    struct workers_settings settings = usual(1);
    open_workers(&settings, "/nonexistent/yunqiao-media");
    for (int i = 0; i < 5; i++)
        turn();
    CHECK_INT(view(0).state, WORKER_BACKOFF);
    CHECK_STR(str_of(view(0).last_exit), "not started: not found");
    close_workers();
}
