/* Messages through shared memory, with a neighbour that may be hostile. */
#include "base/rnd.h"
#include "media/codec_msg.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static struct ring_pair worker, child;
static uint8_t message[RING_MESSAGE_BYTES_MAX];

static void pair_open(void)
{
    int fd;
    CHECK_OK(ring_memory(&fd));
    CHECK_OK(ring_open(fd, RING_WORKER, &worker));
    CHECK_OK(ring_open(fd, RING_CHILD, &child));
    close(fd);
}
static void pair_close(void)
{
    ring_close(&worker);
    ring_close(&child);
}

static enum err put_text(struct ring *r, const char *text)
{
    struct ring_piece p = {text, strlen(text)};
    return ring_put(r, &p, 1);
}

TEST(what_is_put_is_taken_in_its_order_both_ways)
{
    size_t n;
    struct ring_piece pieces[] = {{"ab", 2}, {"", 0}, {"cde", 3}};
    pair_open();
    CHECK_ERR(ring_take(&child.in, message, &n), ERR_NOT_FOUND);
    CHECK_OK(ring_put(&worker.out, pieces, 3));
    CHECK_OK(put_text(&worker.out, "x"));
    CHECK_OK(put_text(&child.out, "back"));
    CHECK_OK(ring_take(&child.in, message, &n));
    CHECK(n == 5 && memcmp(message, "abcde", 5) == 0);
    CHECK_OK(ring_take(&child.in, message, &n));
    CHECK(n == 1 && message[0] == 'x');
    CHECK_ERR(ring_take(&child.in, message, &n), ERR_NOT_FOUND);
    CHECK_OK(ring_take(&worker.in, message, &n));
    CHECK(n == 4);
    pair_close();
}

/* Sizes that are no multiples of anything, some rounds around the ring. */
TEST(a_full_ring_refuses_and_loses_nothing)
{
    static uint8_t bytes[RING_MESSAGE_BYTES_MAX];
    size_t n, put = 0, taken = 0;
    pair_open();
    for (int round = 0; round < 200; round++) {
        for (;;) {
            size_t size = 1 + put * 7919 % RING_MESSAGE_BYTES_MAX;
            memset(bytes, (int)(put & 255), size);
            struct ring_piece p = {bytes, size};
            enum err err = ring_put(&child.out, &p, 1);
            if (err == ERR_BUSY) break;
            CHECK_OK(err);
            put++;
        }
        for (int i = 0; i < 10; i++) {
            CHECK_OK(ring_take(&worker.in, message, &n));
            CHECK_INT(n, 1 + taken * 7919 % RING_MESSAGE_BYTES_MAX);
            CHECK(message[0] == (taken & 255) && message[n - 1] == (taken & 255));
            taken++;
        }
    }
    while (ring_take(&worker.in, message, &n) == OK)
        taken++;
    CHECK_INT(taken, put);
    pair_close();
}

TEST(room_is_told_before_it_is_used)
{
    pair_open();
    CHECK_OK(ring_room(&worker.out, RING_TO_CHILD_BYTES - 12, 1));
    CHECK_ERR(ring_room(&worker.out, RING_TO_CHILD_BYTES - 11, 1), ERR_BUSY);
    CHECK_ERR(ring_room(&worker.out, RING_TO_CHILD_BYTES / 2, RING_TO_CHILD_BYTES / 16), ERR_BUSY);
    pair_close();
}

TEST(marks_that_cannot_be_are_not_believed)
{
    static const uint32_t wrong[] = {8 - 1, RING_TO_CHILD_BYTES + 8, UINT32_MAX, 0x80000000u, 4};
    size_t n;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) { /* the child's reader, and its writer */
        pair_open();
        CHECK_OK(put_text(&worker.out, "abc"));
        atomic_store(&child.in.marks->head, wrong[i]);
        enum err err = ring_take(&child.in, message, &n);
        CHECK(err == ERR_CORRUPT);
        atomic_store(&worker.out.marks->tail, worker.out.own + 1 + wrong[i] % 1000);
        CHECK_ERR(put_text(&worker.out, "abc"), ERR_CORRUPT);
        CHECK_ERR(ring_room(&worker.out, 1, 1), ERR_CORRUPT);
        pair_close();
    }
}

TEST(lengths_that_cannot_be_are_not_believed)
{
    static const uint32_t wrong[] = {0,         RING_MESSAGE_BYTES_MAX + 1, UINT32_MAX, UINT32_MAX - 3, 5,
                                     0x7fffffff};
    size_t n;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        pair_open();
        CHECK_OK(put_text(&worker.out, "abc")); /* lies as 8 */
        memcpy(child.in.at, &wrong[i], sizeof wrong[i]);
        CHECK_ERR(ring_take(&child.in, message, &n), ERR_CORRUPT);
        pair_close();
    }
}

/* A neighbour that writes whatever wherever, while we read: nothing but our own answer comes of it. */
TEST(a_neighbour_that_scribbles_breaks_nothing_of_ours)
{
    long rounds = check_count(20000, 2000000);
    size_t n;
    pair_open();
    for (long i = 0; i < rounds; i++) {
        uint8_t noise[16];
        uint32_t at;
        rnd_bytes(noise, sizeof noise);
        memcpy(&at, noise, sizeof at);
        if (noise[15] & 1) {
            struct ring_marks *marks = (struct ring_marks *)child.memory;
            atomic_store(noise[15] & 2 ? &marks[0].head : &marks[1].tail, at);
        } else {
            memcpy((uint8_t *)child.memory + at % (RING_MEMORY_BYTES - 8), noise + 4, 8);
        }
        enum err err = ring_take(&worker.in, message, &n);
        CHECK(err == OK || err == ERR_NOT_FOUND || err == ERR_CORRUPT);
        err = put_text(&worker.out, "abc");
        CHECK(err == OK || err == ERR_BUSY || err == ERR_CORRUPT);
    }
    pair_close();
}

/* Two threads, as two processes would. */
static void *write_all(void *ctx)
{
    uint32_t count = *(uint32_t *)ctx;
    for (uint32_t i = 0; i < count;) {
        struct ring_piece p[] = {{&i, sizeof i}, {message, i % 977}};
        if (ring_put(&worker.out, p, i % 977 ? 2 : 1) == OK) i++;
    }
    return NULL;
}
TEST(a_writer_and_a_reader_meet_nowhere_else)
{
    static uint8_t own[RING_MESSAGE_BYTES_MAX];
    pthread_t thread;
    uint32_t count = (uint32_t)check_count(50000, 5000000), got;
    size_t n;
    pair_open();
    CHECK(pthread_create(&thread, NULL, write_all, &count) == 0);
    for (uint32_t i = 0; i < count;) {
        enum err err = ring_take(&child.in, own, &n);
        if (err == ERR_NOT_FOUND) continue;
        CHECK_OK(err);
        memcpy(&got, own, sizeof got);
        CHECK_INT(got, i);
        CHECK_INT(n, sizeof got + i % 977);
        i++;
    }
    CHECK(pthread_join(thread, NULL) == 0);
    pair_close();
}

TEST(a_memory_that_could_be_cut_off_under_us_is_not_mapped)
{
    struct ring_pair p = {0};
    int fd = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && ftruncate(fd, RING_MEMORY_BYTES) == 0);
    CHECK_ERR(ring_open(fd, RING_WORKER, &p), ERR_BAD_INPUT); /* no seals */
    CHECK(ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
    CHECK_ERR(ring_open(fd, RING_WORKER, &p), ERR_BAD_INPUT); /* too small */
    close(fd);
    CHECK_ERR(ring_open(0, RING_WORKER, &p), ERR_BAD_INPUT); /* no memory at all */
    ring_close(&p);
}

TEST(messages_are_written_as_they_are_read_and_for_one_side_alone)
{
    static const struct codec_msg all[] = {
        {.type = CODEC_OPEN, .id = 1, .codec = CODEC_VP9},
        {.type = CODEC_PACKET,
         .id = 1,
         .stamp = 0xfffffffe,
         .flags = CODEC_MARKED | CODEC_GAP,
         .body = (const uint8_t *)"ab",
         .body_bytes = 2},
        {.type = CODEC_STILL, .id = UINT32_MAX, .n = 7},
        {.type = CODEC_CLOSE, .id = 1},
        {.type = CODEC_PART, .id = 7, .n = 32768, .body = (const uint8_t *)"x", .body_bytes = 1},
        {.type = CODEC_DONE,
         .id = 7,
         .status = CODEC_MADE,
         .stamp = 9,
         .n = 32769,
         .width = 1920,
         .height = 1080},
        {.type = CODEC_DONE, .id = 7, .status = CODEC_NOTHING},
    };
    pair_open();
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        bool is_down = all[i].type <= CODEC_CLOSE;
        struct codec_msg m;
        size_t n;
        CHECK_OK(codec_msg_put(is_down ? &worker.out : &child.out, &all[i]));
        CHECK_OK(ring_take(is_down ? &child.in : &worker.in, message, &n));
        CHECK_OK(codec_msg_read(message, n, is_down ? RING_CHILD : RING_WORKER, &m));
        CHECK(m.type == all[i].type && m.id == all[i].id && m.n == all[i].n && m.stamp == all[i].stamp &&
              m.flags == all[i].flags && m.status == all[i].status && m.width == all[i].width &&
              m.height == all[i].height && m.codec == all[i].codec && m.body_bytes == all[i].body_bytes);
        CHECK_ERR(codec_msg_read(message, n, is_down ? RING_WORKER : RING_CHILD, &m), ERR_BAD_INPUT);
        CHECK_ERR(codec_msg_read(message, CODEC_HEAD_BYTES - 1, RING_CHILD, &m), ERR_BAD_INPUT);
        message[3] ^= 0x80; /* a status that there is not */
        CHECK_ERR(codec_msg_read(message, n, is_down ? RING_CHILD : RING_WORKER, &m), ERR_BAD_INPUT);
    }
    pair_close();
}
