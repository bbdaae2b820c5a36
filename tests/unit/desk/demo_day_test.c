/* A played day: the same each time, whole, and the same event again whichever way it is told. */
#include "base/zone_file.h"
#include "desk/demo_day.h"
#include "registry/said.h"
#include "registry/tell.h"
#include "tests/unit/check.h"

struct setting {
    struct arena *arena;
    struct zone *zone;
    struct event *events;
    size_t n;
};

static void begin(struct setting *s, uint64_t seed, int people)
{
    struct demo_day how = {seed, date_of(2026, 11, 27), people};
    *s = (struct setting){.arena = arena_new((size_t)256 << 20)};
    CHECK(s->arena != NULL);
    CHECK_OK(zone_china(&s->zone));
    CHECK_OK(demo_day_events(&how, s->arena, &s->events, &s->n));
}

static void over(struct setting *s)
{
    zone_free(s->zone);
    arena_free(s->arena);
}

static void same(const struct event *a, const struct event *b)
{
    CHECK_INT(a->kind, b->kind);
    CHECK_INT(a->at.ms, b->at.ms);
    CHECK_INT(a->recorded.ms, b->recorded.ms);
    CHECK_INT(a->has_birth, b->has_birth);
    CHECK_INT(a->birth.days, b->birth.days);
    CHECK_INT(a->sex, b->sex);
    CHECK_INT(a->where, b->where);
    CHECK_INT(a->end, b->end);
    CHECK(str_is(a->control, b->control) && str_is(a->number, b->number) && str_is(a->stay, b->stay));
    CHECK(str_is(a->prior, b->prior) && str_is(a->national, b->national) && str_is(a->family, b->family));
    CHECK(str_is(a->given, b->given) && str_is(a->block, b->block) && str_is(a->cell, b->cell));
    CHECK(str_is(a->bed, b->bed));
}

TEST(a_day_has_all_that_happens_in_the_order_of_the_book_and_nothing_after_it)
{
    struct setting s;
    int kinds[EVENT_KINDS] = {0}, out[5] = {0}, late = 0;
    begin(&s, 1, 600);
    int64_t midnight = ((int64_t)date_of(2026, 11, 27).days * 86400 - 8 * 3600) * 1000;
    for (size_t i = 0; i < s.n; i++) {
        const struct event *e = &s.events[i];
        struct event_fault fault;
        CHECK_OK(event_check(e, &fault));
        CHECK(e->at.ms <= e->recorded.ms);
        CHECK(e->recorded.ms >= midnight && e->recorded.ms < midnight + 86400000);
        if (i) CHECK(s.events[i - 1].recorded.ms <= e->recorded.ms);
        if (i && s.events[i - 1].at.ms > e->at.ms) late++;
        kinds[e->kind]++;
        out[e->where]++;
    }
    for (size_t i = 0; i < EVENT_KINDS; i++)
        CHECK(kinds[i] > 0);
    CHECK(out[WHERE_COURT] > 0 && out[WHERE_HOSPITAL] > 0 && late > 0);
    CHECK(kinds[EVENT_ADMIT] > 600);
    over(&s);
}

TEST(the_same_seed_is_the_same_day_and_another_one_other_people)
{
    struct setting a, b, c;
    begin(&a, 7, 200);
    begin(&b, 7, 200);
    begin(&c, 8, 200);
    CHECK_INT(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) {
        same(&a.events[i], &b.events[i]);
        for (size_t k = 0; k < c.n; k += 50)
            CHECK(!str_is(a.events[i].number, c.events[k].number) &&
                  !str_is(a.events[i].control, c.events[k].control));
    }
    over(&a);
    over(&b);
    over(&c);
}

TEST(out_of_bounds_there_is_no_day)
{
    struct arena *arena = arena_new(1 << 20);
    struct event *events;
    size_t n;
    const struct demo_day wrong[] = {{1000, {20000}, 10}, {1, {20000}, 0}, {1, {20000}, 10001}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_ERR(demo_day_events(&wrong[i], arena, &events, &n), ERR_BAD_INPUT);
    CHECK_ERR(demo_day_events(&(struct demo_day){1, {20000}, 9000}, arena, &events, &n), ERR_NOMEM);
    arena_free(arena);
}

/* What is told in each shape and charset, and read again, is the same event. */
static void tells(struct setting *s, const struct event *e)
{
    struct buf b;
    struct json_out o;
    struct event read;
    struct event_fault fault = {0};
    struct str coded;
    buf_init(&b, 1 << 16);
    for (int charset = CHARSET_UTF8; charset <= CHARSET_GB18030; charset++) {
        struct hl7 m;
        bool is_read;
        buf_clear(&b);
        tell_hl7(&b, e, (enum charset)charset);
        CHECK_OK(charset_from_utf8(s->arena, (enum charset)charset, buf_str(&b), &coded));
        CHECK_OK(said_hl7(s->arena, s->zone, coded, &m, &is_read, &read, &fault));
        CHECK(is_read && !fault.words);
        CHECK_INT(m.charset, charset);
        same(&read, e);
        buf_clear(&b);
        tell_columns(&b, (enum charset)charset);
        tell_row(&b, e);
        CHECK_OK(charset_from_utf8(s->arena, (enum charset)charset, buf_str(&b), &coded));
        CHECK_OK(said_read(s->arena, s->zone, coded, &read, &fault));
        CHECK(!fault.words);
        same(&read, e);
    }
    buf_clear(&b);
    json_out_init(&o, &b);
    tell_json(&o, e);
    CHECK_OK(b.err);
    CHECK_OK(said_read(s->arena, s->zone, buf_str(&b), &read, &fault));
    CHECK(!fault.words);
    same(&read, e);
    buf_done(&b);
}

TEST(whatever_way_it_is_told_it_is_the_same_event)
{
    struct setting s;
    begin(&s, 3, 150);
    for (size_t i = 0; i < s.n; i++)
        tells(&s, &s.events[i]);
    struct event odd = s.events[0];
    odd.national = STR("11010119880102\"1,|^~\\&");
    odd.bed = STR("2;x");
    odd.stay = STR("S-1");
    odd.given = STR("鹭\"^|");
    tells(&s, &odd);
    over(&s);
}
