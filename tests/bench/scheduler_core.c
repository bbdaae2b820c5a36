/* scheduler_core: how long the joint search takes: 4 roles over 300 specialists and 90 days, in the core alone,
 * beside a searcher that does the same by going through rows. Both must find the same.
 *
 *   scheduler_core [SEARCHES]     prints lines "figure scheduler-core …" and the command to repeat them
 *
 * A specialist has two to five half-day clinics a week, of which a good part is booked. Asks are routine ones of
 * 40 minutes with 10 proposals; the window is all 90 days, so that a search may use none of it or all:
 *   four-fields    four roles of 75 specialists each: any of each
 *   consultation   two roles of 150, one named clinic doctor, one detainee with a day full of fixed times
 *   one-pool       four seats from the same 300, nobody twice
  *   nothing        as four-fields, with 75 of the fourth field who work only at night: the worst case, as all 90 days are
 *                  read and only the last role shows that nothing fits
   *   explain        what stands in the way of an ask whose fourth role is bound too long, with the changes that would help
 *   roster         the free time of one specialist for 90 days from weekly hours, leave and 60 bookings */
#include "base/mem.h"
#include "base/rnd.h"
#include "scheduler/joint.h"
#include "scheduler/roster.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PEOPLE = 377,
    NIGHT = 302,
    SPECIALISTS = 300,
    DOCTOR = 300,
    DETAINEE = 301,
    DAYS = 90,
    STEPS = DAYS * GRID_DAY_STEPS,
    WORDS = STEPS / 64
};

static struct grid grid = {{0}, STEPS};
static uint64_t free_bits[PEOPLE][WORDS];
static struct joint_resource people[PEOPLE];
static uint16_t everybody[PEOPLE];

static uint32_t below(uint64_t n)
{
    return (uint32_t)rnd_below(n);
}

static void book(uint64_t *bits, uint32_t day, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        uint32_t from = day * GRID_DAY_STEPS + 96 + below(120);
        bits_clear_span(bits, from, from + 4 + below(10));
    }
}

static void make_people(void)
{
    for (uint16_t p = 0; p < PEOPLE; p++) {
        uint32_t clinics = 2 + below(4), weekly[5];
        for (uint32_t i = 0; i < clinics; i++)
            weekly[i] = below(10); /* half-days of a week, Monday to Friday */
        for (uint32_t day = 0; day < DAYS; day++) {
            uint32_t at = day * GRID_DAY_STEPS;
            for (uint32_t i = 0; i < clinics && p < SPECIALISTS; i++)
                if (day % 7 == weekly[i] / 2)
                    bits_set_span(free_bits[p], at + (weekly[i] % 2 ? 162 : 96),
                                  at + (weekly[i] % 2 ? 204 : 144));
            if (p >= NIGHT && day % 5 == p % 5) bits_set_span(free_bits[p], at + 228, at + 276);
            if (p == DOCTOR && day % 7 < 6) bits_set_span(free_bits[p], at + 96, at + 204);
            if (p == DETAINEE)
                bits_set_span(free_bits[p], at + 90, at + 210),
                    bits_clear_span(free_bits[p], at + 138, at + 156);
            book(free_bits[p], day, p < SPECIALISTS ? 2 : 4);
        }
        everybody[p] = p;
        people[p] = (struct joint_resource){.id = {p + 1u},
                                            .free = free_bits[p],
                                            .load_min = below(40) * 40,
                                            .tie = p < SPECIALISTS && p % 9 ? JOINT_STRANGER : JOINT_KNOWN};
    }
}

struct scene {
    const char *name;
    struct joint_role roles[4];
    bool is_explained;
};
static const struct scene scenes[] = {
    {"four-fields",
     {{.need = 1, .among = everybody, .among_count = 75},
      {.need = 1, .among = everybody + 75, .among_count = 75},
      {.need = 1, .among = everybody + 150, .among_count = 75},
      {.need = 1, .among = everybody + 225, .among_count = 75}},
     false},
    {"consultation",
     {{.need = 1, .among = everybody, .among_count = 150},
      {.need = 1, .among = everybody + 150, .among_count = 150},
      {.need = 1, .among = everybody + DOCTOR, .among_count = 1},
      {.need = 1, .before = 3, .after = 3, .among = everybody + DETAINEE, .among_count = 1}},
     false},
    {"one-pool",
     {{.need = 1, .among = everybody, .among_count = 300},
      {.need = 1, .among = everybody, .among_count = 300},
      {.need = 1, .among = everybody, .among_count = 300},
      {.need = 1, .among = everybody, .among_count = 300}},
     false},
    {"nothing",
     {{.need = 1, .among = everybody, .among_count = 75},
      {.need = 1, .among = everybody + 75, .among_count = 75},
      {.need = 1, .among = everybody + 150, .among_count = 75},
      {.need = 1, .among = everybody + NIGHT, .among_count = 75}},
     false},
    {"explain",
     {{.need = 1, .among = everybody, .among_count = 75},
      {.need = 1, .among = everybody + 75, .among_count = 75},
      {.need = 1, .among = everybody + 150, .among_count = 75, .may_drop = true},
      {.need = 2, .before = 60, .after = 60, .among = everybody + 225, .among_count = 75, .may_drop = true}},
     true},
};

static struct joint_ask ask_of(const struct scene *s)
{
    uint32_t today = below(20) * GRID_DAY_STEPS;
    return (struct joint_ask){.grid = &grid,
                              .resources = people,
                              .roles = s->roles,
                              .resource_count = PEOPLE,
                              .role_count = 4,
                              .proposals_max = 10,
                              .duration = 8,
                              .duration_least = s->is_explained ? 6 : 0,
                              .align = 3,
                              .first = today,
                              .last = STEPS,
                              .extend_to = STEPS,
                              .now = today,
                              .target = today + 14 * GRID_DAY_STEPS,
                              .weights = {1, 4, 2880, 2, 1}};
}

/* ---- the same by rows ------------------------------------------------------------------------------------ */

static int64_t cost_of(const struct joint_ask *a, uint16_t who)
{
    const struct joint_resource *r = &a->resources[who];
    return (r->tie == JOINT_STRANGER ? (int64_t)a->weights.stranger : 0) +
           (int64_t)r->load_min * a->weights.load;
}

static bool is_free(const struct joint_ask *a, const struct joint_role *role, uint16_t who, uint32_t start)
{
    int64_t from = (int64_t)start - role->before, until = (int64_t)start + a->duration + role->after;
    if (from < 0 || until > STEPS) return false;
    for (int64_t s = from; s < until; s++)
        if (!bits_has(a->resources[who].free, (uint32_t)s)) return false;
    return true;
}

/* The cheapest way to fill all roles at a start, or -1. Where the roles are the same people, the cheapest free
 * ones of them are the answer; where they are different ones, the cheapest of each. */
static int64_t seat_by_rows(const struct joint_ask *a, uint32_t start)
{
    uint16_t taken[16];
    uint8_t count = 0;
    int64_t cost = 0;
    for (uint8_t r = 0; r < a->role_count; r++)
        for (uint8_t n = 0; n < a->roles[r].need; n++) {
            int64_t best = -1;
            uint16_t who = 0;
            for (uint16_t i = 0; i < a->roles[r].among_count; i++) {
                uint16_t one = a->roles[r].among[i];
                bool is_taken = false;
                for (uint8_t k = 0; k < count; k++)
                    is_taken |= taken[k] == one;
                if (is_taken || !is_free(a, &a->roles[r], one, start)) continue;
                if (best < 0 || cost_of(a, one) < best) best = cost_of(a, one), who = one;
            }
            if (best < 0) return -1;
            taken[count++] = who;
            cost += best;
        }
    return cost;
}

static uint8_t find_by_rows(const struct joint_ask *a, uint32_t *ret_starts, int64_t *ret_costs)
{
    static int64_t costs[STEPS];
    uint8_t found = 0;
    for (uint32_t s = 0; s < STEPS; s++) {
        bool is_start = s >= a->first && s + a->duration <= a->last && s % a->align == 0;
        int64_t late = s > a->target ? (int64_t)s - a->target : 0;
        costs[s] = is_start ? seat_by_rows(a, s) : -1;
        if (costs[s] >= 0)
            costs[s] += ((int64_t)s - a->now) * 5 * a->weights.wait + late * 5 * a->weights.late;
    }
    while (found < a->proposals_max) {
        int64_t best = -1;
        uint32_t start = 0;
        for (uint32_t s = 0; s < STEPS; s++)
            if (costs[s] >= 0 && (best < 0 || costs[s] < best)) best = costs[s], start = s;
        if (best < 0) break;
        ret_starts[found] = start;
        ret_costs[found++] = best;
        for (uint32_t s = start < 8 ? 0 : start - a->duration + 1; s < start + a->duration && s < STEPS; s++)
            costs[s] = -1;
    }
    return found;
}

/* ---- measuring ------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double now_us(void)
{
    return (double)clock_tick_us();
}

/* Time on the processor alone: on a shared machine the wall clock also counts the others. */
static double cpu_us(void)
{
    return (double)clock() * (1e6 / CLOCKS_PER_SEC);
}

static void check_rows(struct joint *j, const struct joint_ask *a, double *us_rows, double *us_bits)
{
    uint32_t starts[JOINT_PROPOSALS_MAX];
    int64_t costs[JOINT_PROPOSALS_MAX];
    struct joint_answer answer;
    double t0 = cpu_us();
    uint8_t found = find_by_rows(a, starts, costs);
    double t1 = cpu_us();
    for (int i = 0; i < 10; i++)
        ASSERT(joint_find(j, a, &answer) == OK);
    *us_bits += (cpu_us() - t1) / 10;
    *us_rows += t1 - t0;
    ASSERT(found == answer.count);
    for (uint8_t i = 0; i < found; i++)
        ASSERT(starts[i] == answer.proposals[i].start && costs[i] == answer.proposals[i].cost);
}

static void measure(struct joint *j, const struct scene *s, int searches, double *us, double *cpu)
{
    struct joint_answer answer;
    struct joint_block block;
    double rows = 0, bits = 0;
    uint32_t found = 0;
    for (int i = 0; i < searches; i++) {
        struct joint_ask a = ask_of(s);
        double t0 = now_us(), c0 = cpu_us();
        enum err err = s->is_explained ? joint_explain(j, &a, &block) : joint_find(j, &a, &answer);
        cpu[i] = cpu_us() - c0;
        us[i] = now_us() - t0;
        ASSERT(err == OK);
        found += s->is_explained ? block.change_count : answer.count;
    }
    qsort(us, (size_t)searches, sizeof *us, by_size);
    qsort(cpu, (size_t)searches, sizeof *cpu, by_size);
    printf("figure scheduler-core %-13s cpu-p50=%.0fus cpu-p99=%.0fus wall-p50=%.0fus wall-p99=%.0fus "
           "found=%.1f",
           s->name, cpu[searches / 2], cpu[searches * 99 / 100], us[searches / 2], us[searches * 99 / 100],
           (double)found / searches);
    if (!s->is_explained) {
        for (int i = 0; i < 3; i++) {
            struct joint_ask a = ask_of(s);
            check_rows(j, &a, &rows, &bits);
        }
        printf(" by-rows=%.0fus ratio=%.0f", rows / 3, rows / bits);
    }
    printf("\n");
}

/* Without tz data on the machine there is nothing to measure. */
static struct zone *open_zone(const char *path)
{
    static uint8_t bytes[ZONE_BYTES_MAX];
    struct zone *z = NULL;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return zone_parse(bytes, n, &z) == OK ? z : NULL;
}

static void measure_roster(const char *name, const char *path, int turns, double *cpu)
{
    static const struct roster_hours hours[] = {
        {MONDAY, 480, 720}, {TUESDAY, 840, 1020}, {THURSDAY, 480, 720}, {FRIDAY, 840, 1020}};
    static const struct calendar weekends_only;
    static uint64_t bits[WORDS];
    struct roster_plan plan = {date_of(2026, 1, 1), date_of(2026, 12, 31), 1, hours, COUNT_OF(hours)};
    struct instant now = {(int64_t)date_of(2026, 2, 1).days * DAY_MS};
    struct grid g = {now, STEPS};
    struct span bookings[60], leave = {instant_add(now, 20 * DAY_MS), instant_add(now, 25 * DAY_MS)};
    struct zone *z = open_zone(path);
    if (!z) return;
    for (size_t i = 0; i < COUNT_OF(bookings); i++) {
        bookings[i].from = instant_add(now, (int64_t)below(STEPS) * GRID_STEP_MS);
        bookings[i].until = instant_add(bookings[i].from, 40 * MINUTE_MS);
    }
    struct roster r = {.zone = z,
                       .calendar = &weekends_only,
                       .plans = &plan,
                       .plan_count = 1,
                       .leave = &leave,
                       .leave_count = 1,
                       .bookings = bookings,
                       .booking_count = COUNT_OF(bookings),
                       .before_min = 5,
                       .after_min = 5,
                       .lead_min = 120,
                       .horizon_days = 60,
                       .day_bookings_max = 8};
    for (int i = 0; i < turns; i++) {
        double t0 = cpu_us();
        roster_free(&r, &g, now, 40, bits);
        cpu[i] = cpu_us() - t0;
    }
    qsort(cpu, (size_t)turns, sizeof *cpu, by_size);
    printf("figure scheduler-core roster %s cpu-p50=%.0fus cpu-p99=%.0fus\n", name, cpu[turns / 2],
           cpu[turns * 99 / 100]);
    zone_free(z);
}

int main(int argc, char **argv)
{
    uint64_t searches = 2000;
    if (argc > 1 && (!str_to_u64(str_of(argv[1]), &searches) || searches < 100 || searches > 1000000)) {
        fprintf(stderr, "usage: scheduler_core [SEARCHES, 100 to 1000000]\n");
        return 2;
    }
    struct joint *j = joint_new();
    double *us = mem_alloc(searches * sizeof *us), *cpu = mem_alloc(searches * sizeof *cpu);
    ASSERT(j && us && cpu);
    rnd_seed(300);
    make_people();
    printf(
        "figure scheduler-core 4 roles, %d specialists, %d days, %d steps; repeat: bin/scheduler_core %llu\n",
        SPECIALISTS, DAYS, STEPS, (unsigned long long)searches);
    for (size_t i = 0; i < COUNT_OF(scenes); i++)
        measure(j, &scenes[i], (int)searches, us, cpu);
    measure_roster("Asia/Shanghai", "/usr/share/zoneinfo/Asia/Shanghai", (int)searches, cpu);
    measure_roster("Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin", (int)searches, cpu);
    mem_free(us);
    mem_free(cpu);
    joint_free(j);
    return 0;
}
