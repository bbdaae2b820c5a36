/* A recording grows in the backup as it grows here, comes back as it was, and is dropped there when it is deleted here. */
#include "../check.h"
#include "base/clock.h"
#include "store/mirror.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONE "00112233445566778899aabbccddeeff"
#define TWO "ffeeddccbbaa99887766554433221100"

static char here[200], there[200], back[200];

static void folders(void)
{
    const char *dir = check_tmp_dir();
    char path[300];
    snprintf(here, sizeof here, "%s/site", dir);
    snprintf(there, sizeof there, "%s/target", dir);
    snprintf(back, sizeof back, "%s/back", dir);
    snprintf(path, sizeof path, "%s/recordings", here);
    CHECK(mkdir(here, 0700) == 0 && mkdir(there, 0700) == 0 && mkdir(back, 0700) == 0);
    CHECK(mkdir(path, 0700) == 0);
}

static void append(const char *dir, const char *name, char with, size_t bytes)
{
    char path[300], block[1000];
    snprintf(path, sizeof path, "%s/recordings/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    memset(block, with, sizeof block);
    CHECK(fd >= 0 && write(fd, block, bytes) == (ssize_t)bytes);
    close(fd);
}

static bool alike(const char *a, const char *b, const char *name)
{
    char path[300];
    static char x[1 << 20], y[1 << 20];
    snprintf(path, sizeof path, "%s/recordings/%s", a, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, x, sizeof x);
    if (fd >= 0) close(fd);
    snprintf(path, sizeof path, "%s/recordings/%s", b, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t m = fd < 0 ? -1 : read(fd, y, sizeof y);
    if (fd >= 0) close(fd);
    return n == m && (n < 0 || memcmp(x, y, (size_t)n) == 0);
}

static bool is_there(const char *dir, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/recordings/%s", dir, name);
    return access(path, F_OK) == 0;
}

TEST(a_recording_grows_in_the_backup_and_comes_back)
{
    struct mirror m = {{0}};
    folders();
    append(here, ONE, 'a', 1000);
    append(here, "foreign", 'x', 10);
    CHECK_OK(mirror_out(&m, here, there));
    CHECK(alike(here, there, ONE) && !is_there(there, "foreign"));
    for (int i = 0; i < 5; i++) {
        append(here, ONE, (char)('b' + i), 700);
        if (i == 3) append(here, TWO, 'z', 300);
        CHECK_OK(mirror_out(&m, here, there));
        CHECK(alike(here, there, ONE) && alike(here, there, TWO));
    }
    m = (struct mirror){{0}}; /* the next start */
    append(here, TWO, 'y', 300);
    CHECK_OK(mirror_out(&m, here, there));
    CHECK(alike(here, there, TWO));
    CHECK_INT(mirror_bytes(there), 1000 + 5 * 700 + 600);
    CHECK_OK(mirror_back(there, back, NULL, NULL));
    CHECK(alike(here, back, ONE) && alike(here, back, TWO));
}

TEST(a_copy_whose_end_was_lost_is_made_anew_and_one_that_has_more_stays)
{
    struct mirror m = {{0}};
    folders();
    append(here, ONE, 'a', 1000);
    append(here, TWO, 'b', 1000);
    CHECK_OK(mirror_out(&m, here, there));
    append(here, ONE, 'a', 500);
    append(there, ONE, '\0', 300); /* its length was on the disk before its bytes */
    append(there, TWO, 'c', 300);  /* here power was lost before the end was on the disk */
    m = (struct mirror){{0}};
    CHECK_OK(mirror_out(&m, here, there));
    CHECK(alike(here, there, ONE) && !alike(here, there, TWO));
    CHECK_INT(mirror_bytes(there), 1500 + 1300);
}

TEST(what_is_deleted_here_is_dropped_there)
{
    struct mirror m = {{0}};
    char path[300];
    folders();
    append(here, ONE, 'a', 1000);
    append(here, TWO, 'b', 1000);
    CHECK_OK(mirror_out(&m, here, there));
    append(here, ONE ".gone", ' ', 0);
    snprintf(path, sizeof path, "%s/recordings/" ONE, here);
    CHECK(unlink(path) == 0);
    CHECK_OK(mirror_out(&m, here, there));
    CHECK(!is_there(there, ONE) && !is_there(here, ONE ".gone") && is_there(there, TWO));
    CHECK_OK(mirror_out(&m, here, there));
    CHECK(!is_there(there, ONE));
}

SWEEP(recordings_are_mirrored)
{
    struct mirror m = {{0}};
    folders();
    append(here, ONE, 'a', 1000);
    enum err err = mirror_out(&m, here, there);
    append(here, ONE, 'b', 100);
    m = (struct mirror){{0}};
    if (!err) err = mirror_out(&m, here, there);
    return err ? err : mirror_back(there, back, NULL, NULL);
}
