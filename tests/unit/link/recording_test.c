/* A sealed film is what was written: each byte of it, in its place, whole or up to where its writer was killed. */
#include "link/recording.h"
#include "tests/unit/check.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILM_BYTES_MAX = 1 << 20 };

struct tape {
    uint8_t at[FILM_BYTES_MAX];
    size_t bytes, room; /* room: where the disk is full */
};
static struct tape tape;

static enum err take(void *ctx, const void *at, size_t bytes)
{
    struct tape *t = ctx;
    if (t->bytes + bytes > t->room) return ERR_DISK_FULL;
    memcpy(t->at + t->bytes, at, bytes);
    t->bytes += bytes;
    return OK;
}

static struct recording_settings settings_of(uint8_t what)
{
    struct recording_settings s = {.put = take, .ctx = &tape};
    memset(s.id, what, sizeof s.id);
    memset(s.key, what + 1, sizeof s.key);
    tape.bytes = 0;
    tape.room = sizeof tape.at;
    return s;
}

/* HEAD of 100, eight clusters of 1,000 + i, a gap behind the third, CUES, HEAD_AGAIN, END. */
static enum err write_film(const struct recording_settings *s, bool is_ended, struct digest_value *ret_chain)
{
    struct recording *r;
    uint8_t body[2000];
    enum err err = recording_new(s, &r);
    if (err) return err;
    memset(body, 'h', sizeof body);
    err = recording_add(r, RECORDING_HEAD, 0, body, 100);
    for (int i = 0; i < 8 && !err; i++) {
        memset(body, '0' + i, sizeof body);
        err = recording_add(r, RECORDING_CLUSTER, i * 1000, body, 1000 + (size_t)i);
        if (!err && i == 2) err = recording_gap(r, 2500, 2900, RECORDING_PAUSED);
    }
    memset(body, 'c', sizeof body);
    if (!err && is_ended) err = recording_add(r, RECORDING_CUES, 8000, body, 50);
    memset(body, 'H', sizeof body);
    if (!err && is_ended) err = recording_add(r, RECORDING_HEAD_AGAIN, 8000, body, 100);
    if (!err && is_ended) err = recording_end(r, 8000);
    if (!err && ret_chain) *ret_chain = recording_chain(r);
    recording_free(r);
    return err;
}

static int file_of(size_t bytes)
{
    int fd = memfd_create("film", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, tape.at, bytes) == (ssize_t)bytes);
    return fd;
}

static size_t expected(bool is_ended, char *ret)
{
    size_t n = 0;
    memset(ret, is_ended ? 'H' : 'h', 100);
    n = 100;
    for (int i = 0; i < 8; i++) {
        memset(ret + n, '0' + i, 1000 + (size_t)i);
        n += 1000 + (size_t)i;
    }
    if (is_ended) memset(ret + n, 'c', 50), n += 50;
    return n;
}

TEST(a_film_is_read_from_any_place_and_its_head_is_the_last_one)
{
    struct recording_settings s = settings_of(7);
    struct digest_value chain, again;
    struct recording_reader *r;
    struct recording_seen seen;
    struct recording_gap_seen gap;
    char want[9000], got[9000];
    size_t n;
    uint32_t piece;
    CHECK_OK(write_film(&s, true, &chain));
    int fd = file_of(tape.bytes);
    CHECK_OK(recording_open(fd, s.id, s.key, &r, &seen));
    size_t bytes = expected(true, want);
    CHECK_INT(seen.film_bytes, bytes);
    CHECK_INT(seen.file_bytes, tape.bytes);
    CHECK(seen.is_ended && !seen.is_torn && seen.gaps == 1 && seen.length_ms == 8000);
    for (size_t from = 0; from <= bytes; from += 37) {
        CHECK_OK(recording_get(r, (int64_t)from, got, 1500, &n));
        CHECK_INT(n, bytes - from < 1500 ? bytes - from : 1500);
        CHECK(memcmp(got, want + from, n) == 0);
    }
    CHECK_OK(recording_gap_at(r, 0, &gap));
    CHECK(gap.from_ms == 2500 && gap.to_ms == 2900 && gap.why == RECORDING_PAUSED);
    CHECK_OK(recording_verify(r, &again, &piece));
    CHECK(memcmp(&chain, &again, sizeof chain) == 0);
    CHECK_OK(recording_chain_of(fd, &again));
    CHECK(memcmp(&chain, &again, sizeof chain) == 0);
    recording_close(r);
    close(fd);
}

TEST(cut_at_any_byte_it_is_read_up_to_the_last_whole_piece)
{
    struct recording_settings s = settings_of(9);
    struct recording_reader *r;
    struct recording_seen seen;
    char want[9000], got[9000];
    size_t n, whole = 0;
    CHECK_OK(write_film(&s, false, NULL));
    size_t bytes = tape.bytes;
    expected(false, want);
    for (size_t cut = RECORDING_HEAD_BYTES; cut <= bytes; cut += 11) {
        int fd = file_of(cut);
        CHECK_OK(recording_open(fd, s.id, s.key, &r, &seen));
        CHECK(!seen.is_ended && seen.is_torn == ((size_t)seen.file_bytes < cut));
        CHECK_OK(recording_get(r, 0, got, sizeof got, &n));
        CHECK_INT(n, seen.film_bytes);
        CHECK(n >= whole && memcmp(got, want, n) == 0);
        CHECK(cut - (size_t)seen.file_bytes < 1100 + 53); /* no more than the piece that was under way */
        whole = n;
        recording_close(r);
        close(fd);
    }
    int fd = file_of(RECORDING_HEAD_BYTES - 1);
    CHECK_ERR(recording_open(fd, s.id, s.key, &r, &seen), ERR_CORRUPT);
    close(fd);
}

/* What of a changed file still opens, verifies never. */
static bool verifies(int fd, const struct recording_settings *s)
{
    struct recording_reader *r;
    struct recording_seen seen;
    struct digest_value chain;
    uint32_t piece;
    if (recording_open(fd, s->id, s->key, &r, &seen) != OK) return false;
    bool is_whole = recording_verify(r, &chain, &piece) == OK && seen.is_ended;
    recording_close(r);
    return is_whole;
}

TEST(no_byte_of_it_can_be_changed_unseen)
{
    struct recording_settings s = settings_of(3);
    CHECK_OK(write_film(&s, true, NULL));
    int fd = file_of(tape.bytes);
    CHECK(verifies(fd, &s));
    for (size_t i = 0; i < tape.bytes; i += i < 400 ? 1 : 13) {
        uint8_t other = tape.at[i] ^ 0x20;
        CHECK(pwrite(fd, &other, 1, (off_t)i) == 1);
        CHECK(!verifies(fd, &s));
        CHECK(pwrite(fd, &tape.at[i], 1, (off_t)i) == 1);
    }
    CHECK(verifies(fd, &s));
    close(fd);
}

TEST(where_a_changed_byte_stands_is_told_and_what_stands_before_it_is_read)
{
    struct recording_settings s = settings_of(3);
    static char want[9000], got[9000];
    expected(true, want);
    CHECK_OK(write_film(&s, true, NULL));
    int fd = file_of(tape.bytes);
    uint32_t before = 0;
    for (size_t i = RECORDING_HEAD_BYTES; i < tape.bytes; i += 7) {
        struct recording_reader *r;
        struct recording_seen seen, cut;
        struct digest_value chain;
        uint32_t piece;
        size_t n;
        uint8_t other = tape.at[i] ^ 0x20;
        CHECK(pwrite(fd, &other, 1, (off_t)i) == 1);
        CHECK_OK(recording_open_damaged(fd, s.id, s.key, &r, &seen));
        enum err err = recording_verify(r, &chain, &piece);
        CHECK(err == ERR_CORRUPT || !seen.is_ended || seen.is_broken);
        CHECK(piece <= 13 && piece >= before);
        before = piece;
        recording_cut(r, piece, &cut);
        CHECK_INT(cut.pieces, piece);
        CHECK_OK(recording_get(r, 0, got, sizeof got, &n));
        CHECK_INT(n, cut.film_bytes);
        CHECK(n < 100 || memcmp(got + 100, want + 100, n - 100) == 0);
        for (uint32_t g = 0; g < cut.gaps; g++)
            CHECK_OK(recording_gap_at(r, g, &(struct recording_gap_seen){0}));
        recording_close(r);
        CHECK(pwrite(fd, &tape.at[i], 1, (off_t)i) == 1);
    }
    CHECK(before >= 11);
    close(fd);
}

TEST(no_piece_can_be_left_out_swapped_or_brought_from_another_film)
{
    struct recording_settings s = settings_of(3);
    enum { HEAD = 24 + 53 + 100, FIRST = 1053, SECOND = 1054 };
    static uint8_t whole[FILM_BYTES_MAX];
    CHECK_OK(write_film(&s, true, NULL));
    size_t bytes = tape.bytes;
    memcpy(whole, tape.at, bytes);
    memmove(tape.at + HEAD, tape.at + HEAD + FIRST, bytes - HEAD - FIRST); /* the first cluster is gone */
    int fd = file_of(bytes - FIRST);
    CHECK(!verifies(fd, &s));
    close(fd);
    memcpy(tape.at, whole, bytes);
    memcpy(tape.at + HEAD, whole + HEAD + FIRST, SECOND); /* the second before the first */
    memcpy(tape.at + HEAD + SECOND, whole + HEAD, FIRST);
    fd = file_of(bytes);
    CHECK(!verifies(fd, &s));
    close(fd);
    struct recording_settings other = settings_of(3); /* the same key, another film */
    memset(other.id, 4, sizeof other.id);
    CHECK_OK(write_film(&other, true, NULL));
    memcpy(tape.at + HEAD, whole + HEAD, FIRST);
    fd = file_of(bytes);
    CHECK(!verifies(fd, &other));
    close(fd);
    memcpy(tape.at, whole, bytes);
    fd = file_of(bytes);
    struct recording_settings wrong = s;
    wrong.key[31] ^= 1;
    CHECK(!verifies(fd, &wrong));
    CHECK(!verifies(fd, &other));
    CHECK(verifies(fd, &s));
    close(fd);
}

TEST(nothing_of_it_is_plain)
{
    struct recording_settings s = settings_of(5);
    CHECK_OK(write_film(&s, true, NULL));
    CHECK(!memmem(tape.at, tape.bytes, "0000", 4) && !memmem(tape.at, tape.bytes, "hhhh", 4));
    CHECK(!memmem(tape.at, tape.bytes, s.key, 8));
}

SWEEP(a_film_is_written_and_read)
{
    struct recording_settings s = settings_of(1);
    struct recording_reader *r = NULL;
    struct recording_seen seen;
    struct digest_value chain;
    char got[9000];
    size_t n;
    uint32_t piece;
    enum err err = write_film(&s, true, NULL);
    if (err) return err;
    int fd = file_of(tape.bytes);
    err = recording_open(fd, s.id, s.key, &r, &seen);
    if (!err) err = recording_get(r, 0, got, sizeof got, &n);
    if (!err) err = recording_verify(r, &chain, &piece);
    recording_close(r);
    close(fd);
    return err;
}

TEST(a_full_disk_is_told_and_what_stands_can_be_read)
{
    struct recording_settings s = settings_of(2);
    struct recording_reader *r;
    struct recording_seen seen;
    tape.room = 5000;
    CHECK_ERR(write_film(&s, true, NULL), ERR_DISK_FULL);
    int fd = file_of(tape.bytes);
    CHECK_OK(recording_open(fd, s.id, s.key, &r, &seen));
    CHECK(seen.film_bytes > 3000 && !seen.is_ended && !seen.is_torn);
    recording_close(r);
    close(fd);
}
