/* Replays a target's seeds as an ordinary test: fuzz_replay FOLDER. Each seed as it is, then mutations of it
 * drawn from a seeded stream (the same in every run), then as it is with memory failing at the 1st, 2nd, 3rd
 * … allocation. Every turn must give back the memory it took. The input of the moment lies in a shared
 * mapping of YQ_OUT/NAME.input, so that it outlives a crash. YQ_FUZZ_MUTATIONS sets their number a seed. */
#include "base/mem.h"
#include "base/rnd.h"
#include "tests/fuzz/fuzz.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A sanitizer makes each some ten times as slow: the quick tier takes fewer there, and libFuzzer goes further than the long one. */
#ifdef YQ_SANITIZED
enum { MUTATIONS = 500, MUTATIONS_LONG = 20000 };
#else
enum { MUTATIONS = 2000, MUTATIONS_LONG = 100000 };
#endif
enum { INPUT_MAX = 65536, SEEDS_MAX = 512, FAILURES = 40 };

struct seed {
    char name[256];
    size_t n;
    uint8_t *bytes;
};

static struct seed seeds[SEEDS_MAX];
static int seeds_n;
static uint8_t *now; /* the input, where a crash leaves it */
static char now_path[512];

static void input_open(const char *target)
{
    const char *out = getenv("YQ_OUT");
    snprintf(now_path, sizeof now_path, "%s/fuzz-%s.input", out ? out : "/tmp", target);
    if (out) (void)mkdir(out, 0755);
    int fd = open(now_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0 && ftruncate(fd, INPUT_MAX) == 0)
        now = mmap(NULL, INPUT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    ASSERT(now != NULL && now != MAP_FAILED);
}

static void seed_load(const char *folder, const char *name)
{
    char path[1024];
    struct seed *s = &seeds[seeds_n];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    ASSERT(f != NULL && seeds_n < SEEDS_MAX);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->bytes = mem_alloc(INPUT_MAX);
    ASSERT(s->bytes != NULL);
    s->n = fread(s->bytes, 1, INPUT_MAX, f);
    fclose(f);
    seeds_n++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct seed *)a)->name, ((const struct seed *)b)->name);
}

static void seeds_load(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        fprintf(stderr, "no seeds in %s\n", folder);
        exit(1);
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.') seed_load(folder, e->d_name);
    closedir(dir);
    qsort(seeds, (size_t)seeds_n, sizeof *seeds, by_name); /* the folder's order is not the same everywhere */
}

/* The target gets a block of exactly n bytes, so that a sanitizer sees one byte too many. */
static void turn(const uint8_t *bytes, size_t n, const char *what, long k)
{
    uint8_t *exact = n ? malloc(n) : NULL; /* not ours: it must not count, nor fail */
    if (n) memcpy(exact, bytes, n);
    long before = mem_live();
    (void)LLVMFuzzerTestOneInput(exact, n);
    mem_fail_at(0);
    if (mem_live() != before) {
        fprintf(stderr, "%ld blocks leak: %s %ld, input in %s (%zu bytes)\n", mem_live() - before, what, k,
                now_path, n);
        exit(1);
    }
    free(exact);
}

static size_t below(size_t n)
{
    return n ? (size_t)rnd_below(n) : 0;
}

static size_t insert(uint8_t *at, size_t n, const uint8_t *what, size_t bytes)
{
    size_t place = below(n + 1);
    if (bytes > INPUT_MAX - n) bytes = INPUT_MAX - n;
    memmove(at + place + bytes, at + place, n - place);
    memcpy(at + place, what, bytes);
    return n + bytes;
}

static size_t cut(uint8_t *at, size_t n)
{
    size_t place = below(n), bytes = 1 + below(rnd_below(4) ? 4 : n);
    if (n == 0) return 0;
    if (bytes > n - place) bytes = n - place;
    memmove(at + place, at + place + bytes, n - place - bytes);
    return n - bytes;
}

/* One change of the kinds that parsers stumble over. */
static size_t change(uint8_t *at, size_t n)
{
    static const uint8_t odd[] = {0,   1,   9,    10,   13,   ' ',  '"',  '%',  '+',  ',',
                                  '-', '.', '/',  '0',  ':',  ';',  '=',  '[',  '\\', ']',
                                  '{', '}', 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xfe, 0xff};
    uint8_t block[64];
    const struct seed *other = &seeds[below((size_t)seeds_n)];
    size_t from = below(other->n), bytes = other->n - from < sizeof block ? other->n - from : sizeof block;
    switch (rnd_below(8)) {
    case 0:
        if (n) at[below(n)] ^= (uint8_t)(1u << rnd_below(8));
        return n;
    case 1:
        if (n) at[below(n)] = odd[below(sizeof odd)];
        return n;
    case 2:
        return insert(at, n, &odd[below(sizeof odd)], 1);
    case 3:
        return cut(at, n);
    case 4:
        return below(n + 1);
    case 5:
        memcpy(block, other->bytes + from, bytes);
        return insert(at, n, block, 1 + below(bytes));
    case 6:
        memset(block, odd[below(sizeof odd)], sizeof block);
        return insert(at, n, block, 1 + below(sizeof block));
    default:
        if (n) at[below(n)] = (uint8_t)rnd_below(256);
        return n;
    }
}

static long mutations(void)
{
    const char *text = getenv("YQ_FUZZ_MUTATIONS");
    uint64_t n;
    if (text && str_to_u64(str_of(text), &n)) return (long)n;
    return getenv("YQ_LONG") ? MUTATIONS_LONG : MUTATIONS;
}

static void replay(const struct seed *s, uint64_t number)
{
    memcpy(now, s->bytes, s->n);
    turn(now, s->n, s->name, 0);
    for (long k = 1; k <= FAILURES; k++) {
        mem_fail_at(k);
        turn(now, s->n, s->name, -k);
    }
    long count = mutations();
    for (long k = 1; k <= count; k++) {
        size_t n = s->n;
        rnd_seed(number * 1000003 + (uint64_t)k);
        memcpy(now, s->bytes, n);
        for (uint64_t changes = 1 + rnd_below(6); changes; changes--)
            n = change(now, n);
        rnd_seed(0);
        turn(now, n, s->name, k);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    const char *name = strrchr(argv[0], '/');
    input_open(name ? name + 1 : argv[0]);
    seeds_load(argv[1]);
    turn(now, 0, "nothing", 0);
    for (int i = 0; i < seeds_n; i++)
        replay(&seeds[i], (uint64_t)i + 1);
    for (int i = 0; i < seeds_n; i++)
        mem_free(seeds[i].bytes);
    (void)unlink(now_path);
    printf("%d seeds, %ld mutations each\n", seeds_n, mutations());
    return seeds_n ? 0 : 1;
}
