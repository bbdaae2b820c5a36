/* The real child, behind its ring: what it may not, how it ends, and that bytes which it cannot bear end it and nobody else. */
#include "base/child.h"
#include "base/rnd.h"
#include "film.h"
#include "media/codec_msg.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

static struct ring_pair ring;
static int bell, own_bell;
static pid_t pid;
static uint8_t message[RING_MESSAGE_BYTES_MAX];

static void child_start(void)
{
    posix_spawn_file_actions_t files;
    char path[512], parent[16];
    int fd;
    const char *bin = getenv("YQ_BIN");
    if (!bin) check_skip("YQ_BIN is not set");
    snprintf(path, sizeof path, "%s/yunqiao-codec", bin);
    snprintf(parent, sizeof parent, "%d", getpid());
    char *const argv[] = {(char[]){"yunqiao-codec"}, (char[]){"--parent"}, parent, NULL};
    CHECK_OK(ring_memory(&fd));
    CHECK_OK(ring_open(fd, RING_WORKER, &ring));
    bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    own_bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Out of the way of the numbers that the child has. */
    int high[] = {fcntl(fd, F_DUPFD_CLOEXEC, 20), fcntl(bell, F_DUPFD_CLOEXEC, 20),
                  fcntl(own_bell, F_DUPFD_CLOEXEC, 20)};
    CHECK(posix_spawn_file_actions_init(&files) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(posix_spawn_file_actions_adddup2(&files, high[i], 3 + i) == 0);
    CHECK(posix_spawn_file_actions_addclosefrom_np(&files, 6) == 0);
    CHECK(child_spawn(path, &files, argv, environ, &pid) == 0);
    posix_spawn_file_actions_destroy(&files);
    for (int i = 0; i < 3; i++)
        close(high[i]);
    close(fd);
}

static int child_end(void)
{
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    ring_close(&ring);
    close(bell);
    close(own_bell);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void say(const struct codec_msg *m)
{
    static const uint64_t one = 1;
    while (codec_msg_put(&ring.out, m) == ERR_BUSY)
        (void)poll(NULL, 0, 1);
    CHECK(write(bell, &one, sizeof one) == sizeof one);
}

static void say_film(const struct film *f, uint32_t id, enum codec codec)
{
    struct codec_msg open = {.type = CODEC_OPEN, .id = id, .codec = (uint8_t)codec};
    say(&open);
    for (unsigned i = 0; i < f->count; i++) {
        struct codec_msg m = {.type = CODEC_PACKET,
                              .id = id,
                              .stamp = f->payloads[i].stamp,
                              .flags = f->payloads[i].is_marked ? CODEC_MARKED : 0,
                              .body = f->payloads[i].at,
                              .body_bytes = f->payloads[i].bytes};
        say(&m);
    }
}

/* The job's end, within so long; false: the child is dead or silent. */
static bool hear_done(struct codec_msg *ret, uint8_t **file, size_t *file_bytes)
{
    struct tick until = {clock_tick().ms + 20000};
    size_t n;
    static const uint64_t one = 1;
    *file_bytes = 0;
    while (clock_tick().ms < until.ms) {
        enum err err = ring_take(&ring.in, message, &n);
        if (err == ERR_NOT_FOUND) {
            struct pollfd p = {own_bell, POLLIN, 0};
            uint64_t rings;
            siginfo_t info = {0};
            if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid)
                return false;
            if (poll(&p, 1, 100) > 0) CHECK(read(own_bell, &rings, sizeof rings) == sizeof rings);
            continue;
        }
        CHECK_OK(err);
        CHECK_OK(codec_msg_read(message, n, RING_WORKER, ret));
        if (ret->type == CODEC_DONE) return true;
        if (file) {
            *file = mem_resize(*file, *file_bytes + ret->body_bytes);
            CHECK(*file && ret->n == *file_bytes);
            memcpy(*file + *file_bytes, ret->body, ret->body_bytes);
        }
        *file_bytes += ret->body_bytes;
        CHECK(write(bell, &one, sizeof one) == sizeof one);
    }
    return false;
}

static void still_of_the_child(enum codec codec)
{
    struct film *f = film_new(codec, 1280, 720, 4, 1);
    struct codec_msg still = {.type = CODEC_STILL, .id = 4, .n = 8}, done;
    struct film_seen seen;
    uint8_t *file = NULL;
    size_t bytes;
    child_start();
    say_film(f, 4, codec);
    say(&still);
    CHECK(hear_done(&done, &file, &bytes));
    CHECK_INT(done.status, CODEC_MADE);
    CHECK(film_look(file, bytes, &seen) && seen.number == 3 && seen.psnr > 30);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_INT(child_end(), -SIGKILL);
    mem_free(file);
    film_free(f);
}
TEST(in_its_box_the_child_decodes_vp8)
{
    still_of_the_child(CODEC_VP8);
}
TEST(in_its_box_the_child_decodes_vp9)
{
    still_of_the_child(CODEC_VP9);
}
TEST(in_its_box_the_child_decodes_h264)
{
    still_of_the_child(CODEC_H264);
}

static int status_number(const char *key)
{
    char path[64], line[256];
    int n = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0) n = (int)strtol(line + strlen(key), NULL, 10);
    if (f) fclose(f);
    return n;
}

/* An answer shows that it is past its start, and so in the box. */
TEST(the_child_is_shut_in_and_holds_nothing_but_its_ring)
{
    struct codec_msg still = {.type = CODEC_STILL, .id = 4, .n = 8}, done;
    size_t bytes;
    char path[64];
    child_start();
    say(&still);
    CHECK(hear_done(&done, NULL, &bytes));
    CHECK_INT(done.status, CODEC_NOTHING);
    CHECK_INT(status_number("NoNewPrivs:"), 1);
    CHECK_INT(status_number("Seccomp:"), 2);
    for (int fd = 6; fd < 64; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        CHECK(access(path, F_OK) != 0);
    }
    printf("figure codec child at rest: %d KiB\n", status_number("VmRSS:"));
    CHECK(kill(pid, SIGKILL) == 0);
    (void)child_end();
}

TEST(a_word_that_the_child_cannot_read_ends_it)
{
    struct ring_piece piece = {"nonsense", 8};
    static const uint64_t one = 1;
    child_start();
    CHECK_OK(ring_put(&ring.out, &piece, 1));
    CHECK(write(bell, &one, sizeof one) == sizeof one);
    CHECK_INT(child_end(), 1);
}

TEST(marks_that_cannot_be_end_the_child)
{
    static const uint64_t one = 1;
    child_start();
    atomic_store(&ring.out.marks->head, 12345677);
    CHECK(write(bell, &one, sizeof one) == sizeof one);
    CHECK_INT(child_end(), 1);
}

/* Flipped bits of each codec: the child answers, or dies and is another; the ring stays readable to us. */
TEST(pictures_with_flipped_bits_kill_the_child_at_most)
{
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_H264};
    long rounds = check_count(60, 3000), deaths = 0, made = 0;
    struct codec_msg done;
    size_t bytes;
    struct film *clean[COUNT_OF(codecs)], *f = mem_zalloc(sizeof *f);
    CHECK(f);
    for (size_t i = 0; i < COUNT_OF(codecs); i++)
        clean[i] = film_new(codecs[i], 320, 240, 4, 1);
    child_start();
    for (long i = 0; i < rounds; i++) {
        enum codec codec = codecs[(size_t)i % COUNT_OF(codecs)];
        struct codec_msg still = {.type = CODEC_STILL, .id = (uint32_t)i + 1, .n = 8},
                         close = {.type = CODEC_CLOSE, .id = (uint32_t)i + 1};
        *f = *clean[(size_t)i % COUNT_OF(codecs)];
        for (int flips = 1 + (int)rnd_below(20); flips > 0; flips--) {
            struct film_payload *p = &f->payloads[rnd_below(f->count)];
            p->at[rnd_below(p->bytes)] ^= (uint8_t)(1u << rnd_below(8));
        }
        say_film(f, (uint32_t)i + 1, codec);
        say(&still);
        say(&close);
        if (hear_done(&done, NULL, &bytes)) {
            made += done.status == CODEC_MADE;
            continue;
        }
        deaths++;
        (void)child_end();
        child_start();
    }
    printf("figure flipped pictures: %ld of %ld made a still, %ld deaths of the child\n", made, rounds,
           deaths);
    CHECK(kill(pid, SIGKILL) == 0);
    (void)child_end();
    for (size_t i = 0; i < COUNT_OF(codecs); i++)
        film_free(clean[i]);
    mem_free(f);
}
