/* contact: how long it takes to find who was where the cases were: 300 people, 90 days of moves between cells, rides with escorts, their
 * officers and visits to rooms; for one case, for an outbreak of 20, and for all 300 as cases at once, over all of the 90 days.
 *
 *   bench_contact [TURNS]     prints lines "figure contact …" */
#include "scheduler/contact.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "scheduler/terms.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PEOPLE = 300, CELLS = 60, ROOMS = 8, ESCORTS = 6, DAYS = 90, STAYS_MAX = 60000 };
enum { EVERYBODY = PEOPLE + ESCORTS }; /* an officer rides in each escort, and is a contact too */

static struct contact_stay stays[STAYS_MAX];
static uint32_t stay_count;
static struct contact_case cases[PEOPLE];

static void add(uint32_t person, uint32_t place, enum contact_kind kind, int64_t from, int64_t until)
{
    ASSERT(stay_count < STAYS_MAX);
    stays[stay_count++] = (struct contact_stay){person, place, kind, {from * MINUTE_MS}, {until * MINUTE_MS}};
}

/* With the escort's officer, who is in the same place as often. */
static void ride(uint32_t person, uint32_t escort, int64_t from, int64_t until)
{
    add(person, CELLS + ROOMS + escort, CONTACT_ESCORT, from, until);
    add(PEOPLE + escort, CELLS + ROOMS + escort, CONTACT_ESCORT, from, until);
}

/* Five in a cell; each moves every two weeks or so, and is brought somewhere on one day of three. */
static void make_moves(void)
{
    for (uint32_t p = 0; p < PEOPLE; p++) {
        uint32_t cell = p % CELLS;
        int64_t since = 0;
        for (int64_t day = 0; day < DAYS; day++) {
            int64_t at = day * 1440 + 480 + (int64_t)rnd_below(540);
            if (rnd_below(14) == 0) {
                add(p, cell, CONTACT_CELL, since, at);
                cell = (uint32_t)rnd_below(CELLS), since = at;
            }
            if (rnd_below(3)) continue;
            uint32_t escort = (uint32_t)rnd_below(ESCORTS), room = CELLS + (uint32_t)rnd_below(ROOMS);
            ride(p, escort, at, at + 10);
            add(p, room, CONTACT_ROOM, at + 10, at + 40);
            ride(p, escort, at + 40, at + 50);
        }
        add(p, cell, CONTACT_CELL, since, DAYS * 1440);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void measure(uint32_t case_count, uint64_t turns, double *ms)
{
    struct contact_ask ask = {stays, stay_count,    cases, case_count, EVERYBODY, CELLS + ROOMS + ESCORTS,
                              {0},   30 * MINUTE_MS};
    uint32_t n = 0;
    for (uint64_t i = 0; i < turns; i++) {
        struct arena *arena = arena_new(256 << 20);
        struct contact *found;
        double t0 = cpu_ms();
        ASSERT(arena && contact_find(arena, &ask, &found, &n) == OK);
        ms[i] = cpu_ms() - t0;
        arena_free(arena);
    }
    qsort(ms, turns, sizeof *ms, by_size);
    printf("figure contact cases=%u cpu-p50=%.2fms cpu-p99=%.2fms stays=%u contacts=%u (goal 50 ms)\n",
           case_count, ms[turns / 2], ms[turns * 99 / 100], stay_count, n);
}

int main(int argc, char **argv)
{
    uint64_t turns = 100;
    if (argc > 1 && (!str_to_u64(str_of(argv[1]), &turns) || turns < 1 || turns > 100000)) {
        fprintf(stderr, "usage: bench_contact [TURNS, 1 to 100000]\n");
        return 2;
    }
    double *ms = mem_alloc(turns * sizeof *ms);
    ASSERT(ms);
    rnd_seed(300);
    make_moves();
    for (uint32_t i = 0; i < PEOPLE; i++)
        cases[i] = (struct contact_case){i * 7 % PEOPLE, {0}, {DAYS * DAY_MS}};
    printf("figure contact %d people, %d days of moves; repeat: bin/bench_contact %llu\n", PEOPLE, DAYS,
           (unsigned long long)turns);
    measure(1, turns, ms);
    measure(20, turns, ms);
    measure(PEOPLE, turns, ms);
    mem_free(ms);
    return 0;
}
