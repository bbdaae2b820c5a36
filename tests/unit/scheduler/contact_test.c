/* Contacts by shared place and time, beside a count minute by minute; and how long it takes for a house of 300. */
#include "base/rnd.h"
#include "scheduler/contact.h"
#include "scheduler/terms.h"
#include "tests/unit/check.h"

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
