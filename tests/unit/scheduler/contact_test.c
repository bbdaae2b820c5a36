/* Contacts by shared place and time, beside a count minute by minute; and how long it takes for a house of 300. */
#include "base/rnd.h"
#include "scheduler/contact.h"
#include "scheduler/terms.h"
#include "tests/unit/check.h"
#include <string.h>

#define AT(minute) ((struct instant){(int64_t)(minute)*MINUTE_MS})

static struct contact_ask asked(const struct contact_stay *stays, uint32_t n,
                                const struct contact_case *cases, uint32_t case_n)
{
    return (struct contact_ask){stays, n, cases, case_n, 10, 10, AT(0), 30 * MINUTE_MS};
}

TEST(who_shared_a_cell_with_a_case_is_a_contact_for_as_long_as_both_were_there)
{
    static const struct contact_stay stays[] = {{0, 0, CONTACT_CELL, {0}, {3000 * MINUTE_MS}},
                                                {1, 0, CONTACT_CELL, {100 * MINUTE_MS}, {300 * MINUTE_MS}},
                                                {1, 0, CONTACT_CELL, {300 * MINUTE_MS}, {1500 * MINUTE_MS}},
                                                {1, 0, CONTACT_CELL, {200 * MINUTE_MS}, {400 * MINUTE_MS}},
                                                {2, 0, CONTACT_CELL, {2500 * MINUTE_MS}, {9000 * MINUTE_MS}},
                                                {3, 1, CONTACT_CELL, {0}, {3000 * MINUTE_MS}}};
    static const struct contact_case cases[] = {{0, {50 * MINUTE_MS}, {2500 * MINUTE_MS}}};
    struct contact_ask ask = asked(stays, COUNT_OF(stays), cases, 1);
    struct arena *a = arena_new(1 << 20);
    struct contact *c;
    uint32_t n;
    CHECK_INT(contact_find(a, &ask, &c, &n), OK);
    CHECK_INT(n, 1); /* who came as the case could no longer pass it on is none */
    CHECK_INT(c[0].person, 1);
    CHECK_INT(c[0].ms[CONTACT_CELL], 1400 * MINUTE_MS);
    CHECK_INT(c[0].days, 2);
    CHECK_INT(c[0].first.ms, 100 * MINUTE_MS);
    CHECK_INT(c[0].last.ms, 1500 * MINUTE_MS);
    CHECK_INT(c[0].gap_ms, -1);
    arena_free(a);
}

TEST(who_comes_into_a_room_soon_after_a_case_is_a_contact_and_who_left_before_is_none)
{
    static const struct contact_stay stays[] = {{0, 4, CONTACT_ROOM, {600 * MINUTE_MS}, {620 * MINUTE_MS}},
                                                {1, 4, CONTACT_ROOM, {635 * MINUTE_MS}, {650 * MINUTE_MS}},
                                                {2, 4, CONTACT_ROOM, {650 * MINUTE_MS}, {660 * MINUTE_MS}},
                                                {3, 4, CONTACT_ROOM, {580 * MINUTE_MS}, {600 * MINUTE_MS}},
                                                {4, 5, CONTACT_ESCORT, {590 * MINUTE_MS}, {600 * MINUTE_MS}},
                                                {0, 5, CONTACT_ESCORT, {580 * MINUTE_MS}, {599 * MINUTE_MS}},
                                                {5, 5, CONTACT_ESCORT, {599 * MINUTE_MS}, {610 * MINUTE_MS}}};
    static const struct contact_case cases[] = {{0, {0}, {2000 * MINUTE_MS}}};
    struct contact_ask ask = asked(stays, COUNT_OF(stays), cases, 1);
    struct arena *a = arena_new(1 << 20);
    struct contact *c;
    uint32_t n;
    CHECK_INT(contact_find(a, &ask, &c, &n), OK);
    CHECK_INT(n, 2);
    CHECK_INT(c[0].person, 4);
    CHECK_INT(c[0].ms[CONTACT_ESCORT], 9 * MINUTE_MS);
    CHECK_INT(c[1].person, 1);
    CHECK_INT(c[1].gap_ms, 15 * MINUTE_MS);
    CHECK_INT(contact_ms(&c[1]), 0);
    CHECK_INT(c[1].days, 1);
    arena_free(a);
}

TEST(what_cannot_be_meant_is_refused)
{
    struct contact_stay stay = {10, 0, CONTACT_CELL, AT(0), AT(5)};
    struct contact_case one = {0, AT(0), AT(5)};
    struct contact_ask ask = asked(&stay, 1, &one, 1);
    struct arena *a = arena_new(1 << 20);
    struct contact *c;
    uint32_t n;
    CHECK_INT(contact_find(a, &ask, &c, &n), ERR_BAD_INPUT);
    stay.person = 1, one.until = AT(129 * 1440);
    CHECK_INT(contact_find(a, &ask, &c, &n), ERR_BAD_INPUT);
    one.until = AT(5);
    CHECK_INT(contact_find(a, &ask, &c, &n), OK);
    CHECK_INT(n, 0);
    arena_free(a);
}

/* -- beside a count minute by minute -- */

enum { PEOPLE = 10, PLACES = 10, MINUTES = 4 * 1440, STAYS = 90, CASES = 4 };

static bool was(const struct contact_stay *s, uint32_t n, uint32_t person, uint32_t place, int64_t minute)
{
    for (uint32_t i = 0; i < n; i++)
        if (s[i].person == person && s[i].place == place && s[i].from.ms <= AT(minute).ms &&
            AT(minute).ms < s[i].until.ms)
            return true;
    return false;
}

static void check_pair(const struct contact_ask *ask, uint32_t of, uint32_t person,
                       const struct contact *found)
{
    const struct contact_case *c = &ask->cases[of];
    int64_t together[CONTACT_KINDS] = {0}, gap = -1, first = -1, last = -1;
    bool days[4] = {false};
    for (uint32_t place = 0; place < PLACES; place++) {
        enum contact_kind kind = (enum contact_kind)(place % CONTACT_KINDS);
        int64_t left = -1; /* the minute in which the case was no longer there */
        bool was_there = false;
        for (int64_t m = 0; m < MINUTES; m++) {
            bool can = AT(m).ms >= c->from.ms && AT(m).ms < c->until.ms;
            bool a = can && was(ask->stays, ask->stay_count, c->person, place, m);
            bool b = was(ask->stays, ask->stay_count, person, place, m);
            if (a) left = m + 1;
            if (b && !was_there && !a && kind == CONTACT_ROOM && left >= 0 &&
                (m - left) * MINUTE_MS < ask->after_ms) {
                if (gap < 0 || m - left < gap) gap = m - left;
                days[m / 1440] = true;
            }
            was_there = b;
            if (!a || !b) continue;
            together[kind]++, days[m / 1440] = true;
            if (first < 0 || m < first) first = m;
            if (m + 1 > last) last = m + 1;
        }
    }
    CHECK_INT(found != NULL, last >= 0 || gap >= 0);
    if (!found) return;
    for (int k = 0; k < CONTACT_KINDS; k++)
        CHECK_INT(found->ms[k], together[k] * MINUTE_MS);
    CHECK_INT(found->gap_ms, gap < 0 ? -1 : gap * MINUTE_MS);
    CHECK_INT(found->days, days[0] + days[1] + days[2] + days[3]);
    if (last >= 0) CHECK_INT(found->first.ms, AT(first).ms);
    if (last >= 0) CHECK_INT(found->last.ms, AT(last).ms);
}

TEST(random_houses_agree_with_a_count_minute_by_minute)
{
    long worlds = check_count(25, 250);
    rnd_seed(90);
    for (long w = 0; w < worlds; w++) {
        struct contact_stay stays[STAYS];
        struct contact_case cases[CASES];
        struct contact *found;
        uint32_t n;
        for (uint32_t i = 0; i < STAYS; i++) {
            uint32_t place = (uint32_t)rnd_below(PLACES);
            int64_t from = (int64_t)rnd_below(MINUTES - 1),
                    minutes = 1 + (int64_t)rnd_below(place % 3 ? 60 : 900);
            stays[i] = (struct contact_stay){(uint32_t)rnd_below(PEOPLE), place,
                                             (enum contact_kind)(place % CONTACT_KINDS), AT(from),
                                             AT(from + minutes < MINUTES ? from + minutes : MINUTES)};
        }
        for (uint32_t i = 0; i < CASES; i++) {
            int64_t from = (int64_t)rnd_below(MINUTES - 1);
            cases[i] = (struct contact_case){(uint32_t)rnd_below(PEOPLE), AT(from),
                                             AT(from + 1 + (int64_t)rnd_below((uint64_t)(MINUTES - from)))};
        }
        struct contact_ask ask = asked(stays, STAYS, cases, CASES);
        struct arena *a = arena_new(1 << 20);
        CHECK_INT(contact_find(a, &ask, &found, &n), OK);
        for (uint32_t of = 0; of < CASES; of++)
            for (uint32_t person = 0; person < PEOPLE; person++) {
                const struct contact *it = NULL;
                for (uint32_t i = 0; i < n; i++)
                    if (found[i].of == of && found[i].person == person) it = &found[i];
                if (person != cases[of].person) check_pair(&ask, of, person, it);
            }
        arena_free(a);
    }
}

/* -- a whole house, day by day beside a count minute by minute -- */

enum {
    HOUSE = 300,
    OFFICERS = 6,
    ALL = HOUSE + OFFICERS,
    CELLS = 60,
    ROOMS = 8,
    WHERE = CELLS + ROOMS + OFFICERS,
    DAYS = 90,
    MOST = 60000,
    DAY_MIN = 1440,
    NOWHERE = 0xff
};

struct house {
    struct contact_stay stays[MOST];
    uint32_t n;
    struct contact_case cases[20];
    uint32_t case_count;
};

static void put(struct house *h, uint32_t person, uint32_t place, enum contact_kind kind, int64_t from,
                int64_t until)
{
    CHECK(h->n < MOST);
    h->stays[h->n++] = (struct contact_stay){person, place, kind, AT(from), AT(until)};
}

/* Each moves every two weeks or so and is brought somewhere on one day of three, with an officer who is a person of these moves too. */
static void fill(struct house *h)
{
    for (uint32_t p = 0; p < HOUSE; p++) {
        uint32_t cell = p % CELLS;
        int64_t since = 0;
        for (int64_t day = 0; day < DAYS; day++) {
            int64_t at = day * DAY_MIN + 480 + (int64_t)rnd_below(540);
            if (rnd_below(14) == 0) {
                put(h, p, cell, CONTACT_CELL, since, at);
                cell = (uint32_t)rnd_below(CELLS), since = at;
            }
            if (rnd_below(3)) continue;
            uint32_t officer = (uint32_t)rnd_below(OFFICERS), room = CELLS + (uint32_t)rnd_below(ROOMS);
            for (int ride = 0; ride < 2; ride++) {
                int64_t from = at + 40 * ride;
                put(h, p, CELLS + ROOMS + officer, CONTACT_ESCORT, from, from + 10);
                put(h, HOUSE + officer, CELLS + ROOMS + officer, CONTACT_ESCORT, from, from + 10);
            }
            put(h, p, room, CONTACT_ROOM, at + 10, at + 40);
        }
        put(h, p, cell, CONTACT_CELL, since, DAYS * DAY_MIN);
    }
    for (uint32_t i = 0; i < h->case_count; i++) {
        int64_t from = (int64_t)rnd_below((DAYS - 10) * DAY_MIN);
        h->cases[i] = (struct contact_case){(uint32_t)rnd_below(HOUSE), AT(from),
                                            AT(from + DAY_MIN + (int64_t)rnd_below(9 * DAY_MIN))};
    }
}

/* Where everybody is in each minute of a day, by kind: one place at most. */
static uint8_t where[CONTACT_KINDS][DAY_MIN][ALL];
struct counted {
    int64_t minutes[CONTACT_KINDS], first, last;
    int64_t gap; /* minutes; -1: none */
    uint32_t days;
    int64_t day; /* the last that was counted */
};
static struct counted counted[20][ALL];

static void lay_out(const struct house *h, int64_t day)
{
    memset(where, NOWHERE, sizeof where);
    for (uint32_t i = 0; i < h->n; i++) {
        const struct contact_stay *s = &h->stays[i];
        int64_t from = s->from.ms / MINUTE_MS - day * DAY_MIN,
                until = s->until.ms / MINUTE_MS - day * DAY_MIN;
        for (int64_t m = from < 0 ? 0 : from; m < until && m < DAY_MIN; m++)
            where[s->kind][m][s->person] = (uint8_t)s->place;
    }
}

static void on_day(struct counted *c, int64_t day)
{
    c->days += c->day != day;
    c->day = day;
}

static void count_minute(const struct house *h, uint32_t of, int64_t day, int64_t m)
{
    const struct contact_case *one = &h->cases[of];
    int64_t minute = day * DAY_MIN + m;
    for (int k = 0; k < CONTACT_KINDS; k++) {
        uint8_t place = where[k][m][one->person];
        if (place == NOWHERE || AT(minute).ms < one->from.ms || AT(minute).ms >= one->until.ms) continue;
        for (uint32_t p = 0; p < ALL; p++) {
            struct counted *c = &counted[of][p];
            if (where[k][m][p] != place) continue;
            c->minutes[k]++, on_day(c, day);
            if (c->first < 0) c->first = minute;
            c->last = minute + 1;
        }
    }
}

/* Who came into a room after the case had left it: in the day, as nobody is in a room at night. */
static void count_gaps(const struct house *h, uint32_t of, int64_t day)
{
    const struct contact_case *one = &h->cases[of];
    int64_t left[ROOMS];
    memset(left, 0xff, sizeof left);
    for (int64_t m = 0; m < DAY_MIN; m++) {
        int64_t at = day * DAY_MIN + m;
        uint8_t own = where[CONTACT_ROOM][m][one->person];
        bool can = AT(at).ms >= one->from.ms && AT(at).ms < one->until.ms;
        if (own != NOWHERE && can) left[own - CELLS] = m + 1;
        for (uint32_t p = 0; p < ALL; p++) {
            uint8_t place = where[CONTACT_ROOM][m][p];
            bool comes = place != NOWHERE && (m == 0 || where[CONTACT_ROOM][m - 1][p] != place);
            if (!comes || (own == place && can) || left[place - CELLS] < 0 || m - left[place - CELLS] >= 30)
                continue;
            struct counted *c = &counted[of][p];
            if (c->gap < 0 || m - left[place - CELLS] < c->gap) c->gap = m - left[place - CELLS];
            on_day(c, day);
        }
    }
}

static void check_counted(const struct house *h, uint32_t of, uint32_t p, const struct contact *found)
{
    const struct counted *c = &counted[of][p];
    bool is_met = c->first >= 0 || c->gap >= 0;
    CHECK_INT(found != NULL, is_met && p != h->cases[of].person);
    if (!found) return;
    for (int k = 0; k < CONTACT_KINDS; k++)
        CHECK_INT(found->ms[k], c->minutes[k] * MINUTE_MS);
    CHECK_INT(found->gap_ms, c->gap < 0 ? -1 : c->gap * MINUTE_MS);
    CHECK_INT(found->days, c->days);
    if (c->first >= 0) CHECK_INT(found->first.ms, AT(c->first).ms);
    if (c->first >= 0) CHECK_INT(found->last.ms, AT(c->last).ms);
}

TEST(a_house_of_300_with_its_escorts_and_rooms_over_90_days_agrees_with_a_count_of_each_minute)
{
    static struct house h;
    struct contact_ask ask = {h.stays, 0, h.cases, 0, ALL, WHERE, AT(0), 30 * MINUTE_MS};
    struct contact *found;
    uint32_t n, officers = 0;
    rnd_seed(9030);
    h.n = 0, h.case_count = (uint32_t)check_count(3, 20);
    fill(&h);
    ask.stay_count = h.n, ask.case_count = h.case_count;
    memset(counted, 0, sizeof counted);
    for (uint32_t of = 0; of < h.case_count; of++)
        for (uint32_t p = 0; p < ALL; p++)
            counted[of][p].first = counted[of][p].gap = counted[of][p].day = -1;
    for (int64_t day = 0; day < DAYS; day++) {
        lay_out(&h, day);
        for (uint32_t of = 0; of < h.case_count; of++) {
            for (int64_t m = 0; m < DAY_MIN; m++)
                count_minute(&h, of, day, m);
            count_gaps(&h, of, day);
        }
    }
    struct arena *a = arena_new(64 << 20);
    CHECK_INT(contact_find(a, &ask, &found, &n), OK);
    CHECK(n > 0);
    for (uint32_t of = 0; of < h.case_count; of++)
        for (uint32_t p = 0; p < ALL; p++) {
            const struct contact *it = NULL;
            for (uint32_t i = 0; i < n; i++)
                if (found[i].of == of && found[i].person == p) it = &found[i];
            officers += it && p >= HOUSE;
            check_counted(&h, of, p, it);
        }
    CHECK(officers > 0);
    arena_free(a);
}

SWEEP(contacts_are_found_or_memory_is_out)
{
    static const struct contact_stay stays[] = {{0, 0, CONTACT_CELL, {0}, {MINUTE_MS}},
                                                {1, 0, CONTACT_CELL, {0}, {MINUTE_MS}}};
    static const struct contact_case cases[] = {{0, {0}, {MINUTE_MS}}};
    struct contact_ask ask = asked(stays, 2, cases, 1);
    struct arena *a = arena_new(1 << 20);
    struct contact *c;
    uint32_t n;
    enum err err = a ? contact_find(a, &ask, &c, &n) : ERR_NOMEM;
    arena_free(a);
    return err;
}
