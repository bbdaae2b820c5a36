#include "check.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct check_test *first, **last = &first;
static jmp_buf escape;
static char tmp_dirs[8][64];
static int tmp_dir_count;
enum { PASSED, FAILED, SKIPPED };

void check_register(struct check_test *t)
{
    *last = t;
    last = &t->next;
}

void check_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    mem_fail_at(0);
    printf("  %s:%d: ", file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    longjmp(escape, FAILED);
}

void check_skip(const char *why)
{
    printf("  skipped: %s\n", why);
    longjmp(escape, SKIPPED);
}

static void remove_tree(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        (void)unlinkat(at, name, 0);
        return;
    }
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_tree(fd, entry->d_name);
    if (dir)
        closedir(dir);
    else
        close(fd);
    (void)unlinkat(at, name, AT_REMOVEDIR);
}

void check_remove(const char *path)
{
    remove_tree(AT_FDCWD, path);
}

const char *check_tmp_dir(void)
{
    ASSERT(tmp_dir_count < (int)COUNT_OF(tmp_dirs));
    char *path = tmp_dirs[tmp_dir_count++];
    /* In memory where there is room for it: these stories are about order, not about how fast a disk syncs. */
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof tmp_dirs[0], "%s/yunqiao-test-XXXXXX", base);
    ASSERT(mkdtemp(path) != NULL);
    return path;
}

long check_count(long quick, long full)
{
    if (!getenv("YQ_LONG")) return quick;
#ifdef YQ_SANITIZED
    if (full > 10 * quick) return 10 * quick; /* each takes some ten times as long */
#endif
    return full;
}

static void clean_up(void)
{
    mem_fail_at(0);
    clock_real();
    while (tmp_dir_count > 0)
        remove_tree(AT_FDCWD, tmp_dirs[--tmp_dir_count]);
}

static void run_sweep(enum err (*sweep)(void))
{
#if defined(__SANITIZE_THREAD__)
    enum { FIRST = 16, STRIDE = 97 }; /* what memory fails is another sanitizer's question */
#elif defined(YQ_SANITIZED)
    enum { FIRST = 128, STRIDE = 13 };
#else
    enum { FIRST = 256, STRIDE = 7 };
#endif
    enum { TURNS_MAX = 20000 };
    bool each = getenv("YQ_LONG") != NULL;
    for (long n = 1; n <= TURNS_MAX; n += each || n < FIRST ? 1 : STRIDE) {
        long before = mem_live();
        mem_fail_at(n);
        enum err err = sweep();
        bool reached = mem_fail_left() == 0;
        mem_fail_at(0);
        while (tmp_dir_count > 0)
            remove_tree(AT_FDCWD, tmp_dirs[--tmp_dir_count]);
        if (mem_live() != before)
            check_fail(__FILE__, __LINE__, "%ld blocks leak when allocation %ld fails", mem_live() - before,
                       n);
        if (!reached) {
            if (err != OK) check_fail(__FILE__, __LINE__, "with all its memory: %s", err_text(err));
            return;
        }
        if (err != OK && err != ERR_NOMEM)
            check_fail(__FILE__, __LINE__, "allocation %ld failed: %s", n, err_text(err));
    }
    check_fail(__FILE__, __LINE__, "still failing after %d turns", TURNS_MAX);
}

static int run(struct check_test *t)
{
    long before = mem_live();
    int result = setjmp(escape);
    if (result == PASSED) {
        if (t->story)
            t->story();
        else
            run_sweep(t->sweep);
    }
    clean_up();
    if (result == PASSED && mem_live() != before) {
        printf("  %ld blocks of memory were not given back\n", mem_live() - before);
        result = FAILED;
    }
    printf("%s %s\n", result == PASSED ? "ok     " : result == SKIPPED ? "skipped" : "FAILED ", t->name);
    fflush(stdout);
    return result;
}

int main(int argc, char **argv)
{
    int counts[3] = {0};
    for (struct check_test *t = first; t; t = t->next) {
        if (argc > 1 && strcmp(argv[1], "--list") == 0) {
            printf("%s\n", t->name);
            continue;
        }
        bool wanted = argc < 2;
        for (int i = 1; i < argc; i++)
            wanted |= strstr(t->name, argv[i]) != NULL;
        if (wanted) counts[run(t)]++;
    }
    if (argc > 1 && strcmp(argv[1], "--list") == 0) return 0;
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    return counts[FAILED] || counts[PASSED] + counts[SKIPPED] == 0 ? 1 : 0;
}
