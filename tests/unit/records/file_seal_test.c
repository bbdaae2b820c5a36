#include "base/rnd.h"
#include "records/file_seal.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = FILE_SEAL_CHUNK_BYTES };

static void fill(uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)(i * 31 + i / 251);
}

static struct file_seal written(const char *dir, const uint8_t *from, size_t n)
{
    struct file_writer *w;
    struct file_seal seal;
    CHECK_OK(file_writer_new(dir, &w));
    for (size_t at = 0; at < n;) {
        size_t part = n - at < 7001 ? n - at : 7001;
        CHECK_OK(file_writer_add(w, from + at, part));
        at += part;
    }
    CHECK_OK(file_writer_end(w, &seal));
    CHECK_OK(file_writer_place(w));
    file_writer_keep(w);
    file_writer_free(w);
    return seal;
}

static const char *path_of(const char *dir, const struct file_seal *seal)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%.2s/%s", dir, seal->name, seal->name);
    return path;
}

static const char *gone_of(const char *dir, const struct file_seal *seal)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%.2s/%s" FILE_SEAL_GONE, dir, seal->name, seal->name);
    return path;
}

TEST(a_file_comes_back_byte_by_byte_from_any_place)
{
    static const size_t sizes[] = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77};
    const char *dir = check_tmp_dir();
    uint8_t *from = malloc(4 * CHUNK), *back = malloc(4 * CHUNK);
    fill(from, 4 * CHUNK);
    for (size_t s = 0; s < COUNT_OF(sizes); s++) {
        struct file_reader *r;
        size_t n;
        struct file_seal seal = written(dir, from, sizes[s]);
        struct digest_value sha = digest_of(from, sizes[s]);
        CHECK_INT(seal.bytes, sizes[s]);
        CHECK(memcmp(sha.at, seal.sha256.at, sizeof sha.at) == 0);
        CHECK_OK(file_reader_new(dir, &seal, &r));
        CHECK_OK(file_reader_get(r, 0, back, 4 * CHUNK, &n));
        CHECK(n == sizes[s] && memcmp(from, back, n) == 0);
        for (int i = 0; i < 50 && sizes[s] > 0; i++) {
            size_t at = rnd_below(sizes[s]), want = rnd_below(2 * CHUNK);
            CHECK_OK(file_reader_get(r, (int64_t)at, back, want, &n));
            CHECK(n == (want < sizes[s] - at ? want : sizes[s] - at) && memcmp(from + at, back, n) == 0);
        }
        CHECK_OK(file_reader_get(r, (int64_t)sizes[s] + 5, back, 9, &n));
        CHECK_INT(n, 0);
        file_reader_free(r);
    }
    free(from), free(back);
}

TEST(nothing_of_what_it_holds_can_be_read_on_the_disk)
{
    const char *dir = check_tmp_dir();
    static const char canary[] = "canary: proptosis of the right eye";
    struct file_seal seal = written(dir, (const uint8_t *)canary, sizeof canary);
    char bytes[4096];
    int fd = open(path_of(dir, &seal), O_RDONLY);
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    CHECK(n > 0 && memmem(bytes, (size_t)n, "canary", 6) == NULL);
}

/* One bit anywhere, a chunk in another's place, an end cut off, another file under the name: never bytes that are not the file's. */
TEST(a_file_that_was_touched_is_corrupt_and_gives_nothing_wrong)
{
    const char *dir = check_tmp_dir();
    const size_t all = 2 * CHUNK + 100;
    uint8_t *from = malloc(all), *back = malloc(all);
    struct stat st;
    fill(from, all);
    struct file_seal seal = written(dir, from, all);
    char path[600];
    snprintf(path, sizeof path, "%s", path_of(dir, &seal));
    CHECK(stat(path, &st) == 0);
    for (int i = 0; i < 40; i++) {
        int fd = open(path, O_RDWR);
        off_t at = (off_t)rnd_below((uint64_t)st.st_size);
        uint8_t byte;
        struct file_reader *r = NULL;
        size_t n = 0;
        CHECK(pread(fd, &byte, 1, at) == 1);
        byte ^= 4;
        CHECK(pwrite(fd, &byte, 1, at) == 1);
        enum err err = file_reader_new(dir, &seal, &r);
        if (!err) err = file_reader_get(r, 0, back, all, &n);
        CHECK_ERR(err, ERR_CORRUPT);
        file_reader_free(r);
        byte ^= 4;
        CHECK(pwrite(fd, &byte, 1, at) == 1);
        close(fd);
    }
    struct file_reader *r;
    size_t n;
    struct file_seal shorter = seal;
    shorter.bytes = CHUNK; /* the row says less: the last chunk is not the last */
    CHECK_OK(file_reader_new(dir, &shorter, &r));
    CHECK_ERR(file_reader_get(r, 0, back, all, &n), ERR_CORRUPT);
    file_reader_free(r);
    CHECK(truncate(path, st.st_size - 1) == 0);
    CHECK_OK(file_reader_new(dir, &seal, &r));
    CHECK_OK(file_reader_get(r, 0, back, CHUNK, &n));
    CHECK_ERR(file_reader_get(r, 2 * CHUNK, back, 100, &n), ERR_CORRUPT);
    file_reader_free(r);
    free(from), free(back);
}

TEST(a_file_that_nobody_keeps_is_gone)
{
    const char *dir = check_tmp_dir();
    struct file_writer *w;
    struct file_seal seal;
    CHECK_OK(file_writer_new(dir, &w));
    CHECK_OK(file_writer_add(w, "x", 1));
    CHECK_OK(file_writer_end(w, &seal));
    CHECK(access(path_of(dir, &seal), F_OK) != 0); /* not before it is placed */
    CHECK_OK(file_writer_place(w));
    CHECK(access(path_of(dir, &seal), F_OK) == 0);
    file_writer_free(w);
    CHECK(access(path_of(dir, &seal), F_OK) != 0);
    CHECK(access(gone_of(dir, &seal), F_OK) == 0); /* for a backup that was quicker */
}

TEST(an_ended_file_can_be_read_before_it_has_its_name)
{
    const char *dir = check_tmp_dir();
    struct file_writer *w;
    struct file_reader *r;
    struct file_seal seal;
    char back[8];
    size_t n;
    CHECK_OK(file_writer_new(dir, &w));
    CHECK_OK(file_writer_add(w, "early", 5));
    CHECK_OK(file_writer_end(w, &seal));
    CHECK_OK(file_reader_new(dir, &seal, &r));
    CHECK_OK(file_reader_get(r, 0, back, sizeof back, &n));
    CHECK(n == 5 && memcmp(back, "early", 5) == 0);
    file_reader_free(r);
    file_writer_free(w);
}

TEST(a_file_may_not_be_longer_than_two_hundred_mebibytes)
{
    struct file_writer *w;
    static uint8_t block[1 << 20];
    CHECK_OK(file_writer_new(check_tmp_dir(), &w));
    for (int i = 0; i < 200; i++)
        CHECK_OK(file_writer_add(w, block, sizeof block));
    CHECK_ERR(file_writer_add(w, block, 1), ERR_LIMIT);
    file_writer_free(w);
}

static bool is_kept(void *ctx, const char *name)
{
    return strcmp(ctx, name) == 0;
}

TEST(files_without_a_row_are_swept_and_what_is_not_ours_is_left)
{
    const char *dir = check_tmp_dir();
    struct file_seal a = written(dir, (const uint8_t *)"a", 1), b = written(dir, (const uint8_t *)"b", 1);
    char foreign[600];
    int64_t removed;
    snprintf(foreign, sizeof foreign, "%s/%.2s/readme", dir, a.name);
    close(open(foreign, O_CREAT | O_WRONLY, 0600));
    char part[600];
    snprintf(part, sizeof part, "%s.part", path_of(dir, &b)); /* a writer's that was killed */
    close(open(part, O_CREAT | O_WRONLY, 0600));
    CHECK_OK(file_seal_sweep(dir, is_kept, a.name, &removed));
    CHECK_INT(removed, 2);
    CHECK(access(part, F_OK) != 0);
    CHECK(access(path_of(dir, &a), F_OK) == 0 && access(path_of(dir, &b), F_OK) != 0);
    CHECK(access(foreign, F_OK) == 0);
    snprintf(foreign, sizeof foreign, "%s/none", dir);
    CHECK_OK(file_seal_sweep(foreign, is_kept, a.name, &removed));
    CHECK_ERR(file_seal_destroy(dir, "../../etc/passwd"), ERR_BAD_INPUT);
}

/* A disk of its own that is full. */
TEST(a_full_disk_is_told_and_leaves_nothing)
{
    if (access("/dev/full", W_OK) != 0) check_skip("no /dev/full");
    struct file_writer *w;
    const char *dir = check_tmp_dir();
    static uint8_t block[2 * CHUNK];
    CHECK_OK(file_writer_new(dir, &w));
    /* The file's descriptor becomes /dev/full: every write from now on fails as on a full disk. */
    int full = open("/dev/full", O_WRONLY), last = dup(full) - 1;
    for (int fd = last; fd > 2; fd--) {
        struct stat st;
        if (fd != full && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 8) {
            dup2(full, fd);
            break;
        }
    }
    enum err err = file_writer_add(w, block, sizeof block);
    close(full), close(last + 1);
    file_writer_free(w);
    CHECK_ERR(err, ERR_DISK_FULL);
}

SWEEP(a_file_is_written_and_read)
{
    struct file_writer *w = NULL;
    struct file_reader *r = NULL;
    struct file_seal seal;
    uint8_t back[8];
    size_t n;
    const char *dir = check_tmp_dir();
    enum err err = file_writer_new(dir, &w);
    if (!err) err = file_writer_add(w, "12345678", 8);
    if (!err) err = file_writer_end(w, &seal);
    if (!err) err = file_reader_new(dir, &seal, &r);
    if (!err) err = file_reader_get(r, 2, back, 8, &n);
    if (!err) CHECK_INT(n, 6);
    file_writer_free(w);
    file_reader_free(r);
    return err;
}
