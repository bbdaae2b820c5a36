#include "base/rnd.h"
#include "base/zone.h"
#include "tests/unit/check.h"
#include <dirent.h>
#include <stdlib.h>
#include <time.h>

#define ZONEINFO "/usr/share/zoneinfo"

static size_t read_file(const char *path, uint8_t *bytes, size_t room)
{
    FILE *f = fopen(path, "rb");
    if (!f) return 0;
    size_t n = fread(bytes, 1, room, f);
    fclose(f);
    return n;
}

static struct zone *zone_open(const char *name)
{
    static uint8_t bytes[ZONE_BYTES_MAX];
    char path[256];
    struct zone *z = NULL;
    snprintf(path, sizeof path, ZONEINFO "/%s", name);
    size_t n = read_file(path, bytes, sizeof bytes);
    if (n == 0) check_skip("no tz data on this machine");
    CHECK_OK(zone_parse(bytes, n, &z));
    CHECK(setenv("TZ", name, 1) == 0);
    tzset();
    return z;
}

static struct wall libc_wall(int64_t at_s, struct tm *ret_tm)
{
    time_t t = (time_t)at_s;
    CHECK(localtime_r(&t, ret_tm));
    return wall_of(date_of(ret_tm->tm_year + 1900, (unsigned)ret_tm->tm_mon + 1, (unsigned)ret_tm->tm_mday),
                   ret_tm->tm_hour * 3600 + ret_tm->tm_min * 60 + ret_tm->tm_sec);
}

static void instant_is_what_libc_says(const struct zone *z, int64_t at_s)
{
    struct tm tm;
    struct wall w = libc_wall(at_s, &tm);
    struct zone_offset o = zone_offset(z, (struct instant){at_s * 1000});
    CHECK_INT(zone_wall(z, (struct instant){at_s * 1000}).s, w.s);
    CHECK_INT(o.s, tm.tm_gmtoff);
    CHECK_INT(o.is_dst, tm.tm_isdst > 0);
    CHECK_STR(str_of(o.name), tm.tm_zone);
}

/* All instants that show w by libc, found by trying every offset in use around it. */
static int instants_of(struct wall w, int64_t ret_first[1])
{
    int64_t seen[64];
    int hits = 0;
    for (int64_t around = w.s - 100000; around <= w.s + 100000; around += 900) {
        struct tm tm;
        (void)libc_wall(around, &tm);
        int64_t at = w.s - tm.tm_gmtoff;
        bool known = libc_wall(at, &tm).s != w.s;
        for (int i = 0; i < hits; i++)
            known |= seen[i] == at;
        if (known || hits == (int)COUNT_OF(seen)) continue;
        seen[hits++] = at;
    }
    for (int i = 0; i < hits; i++)
        if (i == 0 || seen[i] < *ret_first) *ret_first = seen[i];
    return hits;
}

static void wall_is_what_libc_says(const struct zone *z, struct wall w)
{
    int64_t first = 0;
    enum zone_fit fit;
    int hits = instants_of(w, &first);
    struct instant at = zone_instant(z, w, &fit);
    CHECK_INT(fit, hits == 0 ? ZONE_NEVER : hits == 1 ? ZONE_ONCE : ZONE_TWICE);
    if (hits) CHECK_INT(at.ms, first * 1000);
    if (hits == 1) {
        struct date_parts d = date_parts(wall_date(w));
        int32_t s = wall_second(w);
        struct tm tm = {.tm_year = d.year - 1900,
                        .tm_mon = d.month - 1,
                        .tm_mday = d.day,
                        .tm_hour = s / 3600,
                        .tm_min = s / 60 % 60,
                        .tm_sec = s % 60,
                        .tm_isdst = -1};
        CHECK_INT(mktime(&tm), first);
    }
    if (hits == 0) {
        /* Read with the offset before the gap: the instant shows a later time, by exactly the gap. */
        struct zone_change c = {0};
        struct instant from = {at.ms - 2 * 86400000};
        int32_t before_s = zone_offset(z, from).s;
        while (zone_next_change(z, from, &c) && c.at.ms <= at.ms)
            before_s = c.before.s, from = c.at;
        CHECK(zone_wall(z, at).s > w.s);
        CHECK_INT(w.s - before_s, at.ms / 1000);
    }
}

/* Shanghai kept summer time from 1986 to 1991 (and 1940 to 1949); Lord Howe moves by 30 minutes; Dublin's winter
 * is the odd one; Casablanca's summer pauses for Ramadan; Apia lost a whole day; Azores and Troll move twice. */
static const char *const zones[] = {
    "Asia/Shanghai",       "Asia/Urumqi",       "Europe/Berlin", "Europe/Dublin",   "America/New_York",
    "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",  "Asia/Kathmandu",  "America/Sao_Paulo",
    "Antarctica/Troll",    "Asia/Gaza",         "America/Nuuk",  "Pacific/Chatham", "UTC",
    "Asia/Tehran"};

TEST(instants_show_the_wall_time_that_libc_shows)
{
    long turns = check_count(4000, 400000);
    int64_t first = -3000000000, last = 7000000000; /* 1874 to 2191 */
    rnd_seed(17);
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        struct zone *z = zone_open(zones[i]);
        for (long n = 0; n < turns; n++)
            instant_is_what_libc_says(z, first + (int64_t)rnd_below((uint64_t)(last - first)));
        zone_free(z);
    }
    rnd_seed(0);
}

TEST(around_every_change_of_clock_both_ways_are_right)
{
    long years = check_count(12, 170); /* each way from 2026 */
    rnd_seed(18);
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        struct zone *z = zone_open(zones[i]);
        struct instant at = {((int64_t)date_of(2026 - (int32_t)years, 1, 1).days) * 86400000};
        struct instant end = {((int64_t)date_of(2026 + (int32_t)years, 1, 1).days) * 86400000};
        struct zone_change c;
        while (zone_next_change(z, at, &c) && c.at.ms < end.ms) {
            int64_t s = c.at.ms / 1000;
            CHECK(c.at.ms > at.ms);
            CHECK(c.before.s != c.after.s || c.before.is_dst != c.after.is_dst ||
                  strcmp(c.before.name, c.after.name) != 0);
            instant_is_what_libc_says(z, s - 1);
            instant_is_what_libc_says(z, s);
            static const int32_t near[] = {-86400, -3601, -1800, -1,   0,    1,
                                           900,    1800,  3599,  3600, 7200, 86400};
            for (size_t k = 0; k < COUNT_OF(near); k++) {
                wall_is_what_libc_says(z, (struct wall){s + c.before.s + near[k]});
                wall_is_what_libc_says(z, (struct wall){s + c.after.s + near[k]});
            }
            wall_is_what_libc_says(z, (struct wall){s + c.before.s + (int64_t)rnd_below(7200) - 3600});
            at = c.at;
        }
        zone_free(z);
    }
    rnd_seed(0);
}

TEST(wall_times_at_random_mean_the_instant_that_libc_finds)
{
    long turns = check_count(150, 20000);
    rnd_seed(19);
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        struct zone *z = zone_open(zones[i]);
        for (long n = 0; n < turns; n++)
            wall_is_what_libc_says(z, (struct wall){(int64_t)rnd_below(4000000000u)});
        zone_free(z);
    }
    rnd_seed(0);
}

TEST(a_time_in_the_gap_is_read_with_the_offset_before_it_and_a_double_one_is_the_first)
{
    struct zone *z = zone_open("Europe/Berlin");
    enum zone_fit fit;
    struct instant at, want;
    at = zone_instant(z, wall_of(date_of(2026, 3, 29), 2 * 3600 + 1800), &fit);
    CHECK_INT(fit, ZONE_NEVER);
    CHECK(instant_from_text(STR("2026-03-29T02:30:00+01:00"), &want));
    CHECK_INT(at.ms, want.ms);
    CHECK_INT(wall_second(zone_wall(z, at)), 3 * 3600 + 1800);
    at = zone_instant(z, wall_of(date_of(2026, 10, 25), 2 * 3600 + 1800), &fit);
    CHECK_INT(fit, ZONE_TWICE);
    CHECK(instant_from_text(STR("2026-10-25T02:30:00+02:00"), &want));
    CHECK_INT(at.ms, want.ms);
    zone_free(z);
}

TEST(a_day_that_samoa_skipped_is_read_with_the_offset_before_it)
{
    struct zone *z = zone_open("Pacific/Apia");
    enum zone_fit fit;
    struct instant at = zone_instant(z, wall_of(date_of(2011, 12, 30), 12 * 3600), &fit);
    CHECK_INT(fit, ZONE_NEVER);
    CHECK_INT(zone_date(z, at).days, date_of(2011, 12, 31).days);
    zone_free(z);
}

static int parse_tree(const char *folder, int depth)
{
    static uint8_t bytes[ZONE_BYTES_MAX];
    DIR *dir = opendir(folder);
    struct dirent *e;
    int parsed = 0;
    if (!dir) return 0;
    while ((e = readdir(dir)) != NULL) {
        char path[512];
        if (e->d_name[0] == '.' || strcmp(e->d_name, "right") == 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_type == DT_DIR && depth < 3) parsed += parse_tree(path, depth + 1);
        size_t n = e->d_type == DT_DIR ? 0 : read_file(path, bytes, sizeof bytes);
        if (n < 4 || memcmp(bytes, "TZif", 4) != 0) continue;
        struct zone *z;
        enum err err = zone_parse(bytes, n, &z);
        if (err) printf("  %s: %s\n", path, err_text(err));
        CHECK_OK(err);
        zone_free(z);
        parsed++;
    }
    closedir(dir);
    return parsed;
}

TEST(every_zone_of_this_machine_is_understood)
{
    int parsed = parse_tree(ZONEINFO, 0);
    if (parsed == 0) check_skip("no tz data on this machine");
    CHECK(parsed > 100);
}

/* A small zone made by hand: version 2, standard time +8, one summer that ends at 1000. */
static const uint8_t small[] = {'T', 'Z', 'i',  'f',  '2', 0,   0,    0,    0,    0,    0,   0,   0,
                                0,   0,   0,    0,    0,   0,   0,    0,    0,    0,    0,   0,   0,
                                0,   0,   0,    0,    0,   0,   0,    0,    0,    0,    0,   0,   0,
                                1,   0,   0,    0,    1,           /* v1: one type, one char */
                                0,   0,   0,    0,    0,   0,   0, /* v1 data */
                                'T', 'Z', 'i',  'f',  '2', 0,   0,    0,    0,    0,    0,   0,   0,
                                0,   0,   0,    0,    0,   0,   0,    0,    0,    0,    0,   0,   0,
                                0,   0,   0,    0,    0,   0,   0,    0,    0,    1,    0,   0,   0,
                                2,   0,   0,    0,    8, /* one time, two types, eight chars */
                                0,   0,   0,    0,    0,   0,   0x03, 0xe8, 1, /* at 1000 to type 1 */
                                0,   0,   0x7e, 0x90, 1,   0,   0,    0,    0x70, 0x80, 0,   4, /* +9 CDT, +8 CST */
                                'C', 'D', 'T',  0,    'C', 'S', 'T',  0,    '\n', 'C',  'S', 'T', '-',
                                '8', '\n'};
enum { V2 = 51, TIMES = V2 + 44, TYPES = TIMES + 9, CHARS = TYPES + 12, FOOTER = CHARS + 8 };

static enum err parse_changed(size_t at, uint8_t to)
{
    uint8_t bytes[sizeof small];
    struct zone *z = NULL;
    memcpy(bytes, small, sizeof small);
    bytes[at] = to;
    enum err err = zone_parse(bytes, sizeof bytes, &z);
    zone_free(z);
    return err;
}

TEST(what_the_rfc_forbids_is_refused)
{
    struct zone *z = NULL;
    CHECK_OK(parse_changed(0, 'T'));
    CHECK_ERR(parse_changed(0, 'X'), ERR_BAD_INPUT);
    CHECK_ERR(parse_changed(4, 0), ERR_UNSUPPORTED);
    CHECK_ERR(parse_changed(V2 + 4, '9'), ERR_NEWER);
    CHECK_ERR(parse_changed(V2 + 4, '1'), ERR_BAD_INPUT);
    CHECK_ERR(parse_changed(V2 + 31, 1), ERR_UNSUPPORTED);    /* leap seconds */
    CHECK_ERR(parse_changed(V2 + 32, 1), ERR_LIMIT);          /* 16 million times */
    CHECK_ERR(parse_changed(V2 + 35, 2), ERR_BAD_INPUT);      /* a time more than there are bytes */
    CHECK_ERR(parse_changed(V2 + 39, 0), ERR_BAD_INPUT);      /* no type */
    CHECK_ERR(parse_changed(V2 + 27, 1), ERR_BAD_INPUT);      /* indicators for some types only */
    CHECK_ERR(parse_changed(TIMES, 0x10), ERR_BAD_INPUT);     /* a time beyond the year 9999 */
    CHECK_ERR(parse_changed(TIMES + 8, 2), ERR_BAD_INPUT);    /* a type that is not there */
    CHECK_ERR(parse_changed(TYPES + 6, 0x7f), ERR_BAD_INPUT); /* an offset of 68 years */
    CHECK_ERR(parse_changed(TYPES + 4, 2), ERR_BAD_INPUT);    /* neither summer nor winter */
    CHECK_ERR(parse_changed(TYPES + 5, 8), ERR_BAD_INPUT);    /* a name behind the names */
    CHECK_ERR(parse_changed(CHARS + 7, 'X'), ERR_BAD_INPUT);  /* a name without its end */
    CHECK_ERR(parse_changed(FOOTER, ' '), ERR_BAD_INPUT);
    CHECK_ERR(parse_changed(FOOTER + 6, ' '), ERR_BAD_INPUT);
    CHECK_ERR(parse_changed(FOOTER + 5, '7'), ERR_BAD_INPUT); /* the rule contradicts the table */
    for (size_t n = 0; n < sizeof small; n++)
        CHECK(zone_parse(small, n, &z) != OK);
    CHECK_ERR(zone_parse(small, ZONE_BYTES_MAX + 1, &z), ERR_LIMIT);
}

TEST(tz_strings_that_are_not_of_the_form_are_refused)
{
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {{"CST-8", true},
                 {"<-03>3", true},
                 {"EST5EDT,M3.2.0,M11.1.0", true},
                 {"C-8", false},
                 {"CST", false},
                 {"CST-25", false},
                 {"<+08-8", false},
                 {"EST5EDT", false},
                 {"EST5EDT,M3.2.0", false},
                 {"EST5EDT,M13.2.0,M11.1.0", false},
                 {"EST5EDT,M3.6.0,M11.1.0", false},
                 {"EST5EDT,M3.2.7,M11.1.0", false},
                 {"EST5EDT,J0,J365", false},
                 {"EST5EDT,J1,J366", false},
                 {"EST5EDT,0/0,J365/25", true},
                 {"EST5EDT,0/168,J365/25", false},
                 {"EST5EDT,M3.2.0,M11.1.0,", false},
                 {"XXX3EDT4,0/0,J365/23:59:60", false},
                 {"CST-8 ", false},
                 {"XXX3EDT4,0/0,J365/37", false},

                 {"IST-1GMT0,M10.5.0,M3.5.0/1", true},
                 {"XXX0YYY,J365/25,J1/0", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t bytes[256];
        struct zone *z = NULL;
        size_t head = V2 + 44, n = head + 6 + 4;
        memcpy(bytes, small, head);
        bytes[V2 + 35] = 0, bytes[V2 + 39] = 1, bytes[V2 + 43] = 4; /* no time, one type */
        memcpy(bytes + head, "\0\0\0\0\0\0UTC\0", 10);
        n += (size_t)snprintf((char *)bytes + n, sizeof bytes - n, "\n%s\n", cases[i].text);
        enum err err = zone_parse(bytes, n, &z);
        if (err != (cases[i].fits ? OK : ERR_BAD_INPUT)) printf("  %s: %s\n", cases[i].text, err_text(err));
        CHECK(err == (cases[i].fits ? OK : ERR_BAD_INPUT));
        zone_free(z);
    }
}

/* A zone that is nothing but its rule. */
static struct zone *rule_zone(const char *rule)
{
    uint8_t bytes[256];
    struct zone *z = NULL;
    size_t head = V2 + 44, n = head + 10;
    memcpy(bytes, small, head);
    bytes[V2 + 35] = 0, bytes[V2 + 39] = 1, bytes[V2 + 43] = 4;
    memcpy(bytes + head, "\0\0\0\0\0\0UTC\0", 10);
    n += (size_t)snprintf((char *)bytes + n, sizeof bytes - n, "\n%s\n", rule);
    CHECK_OK(zone_parse(bytes, n, &z));
    return z;
}

TEST(a_rule_alone_turns_when_libc_turns)
{
    static const char *const rules[] = {"EST5EDT,M3.2.0,M11.1.0",
                                        "XXX0YYY,J60/0,J300/0",
                                        "XXX0YYY,J59/0,J61/0",
                                        "XXX0YYY,59/0,300/0",
                                        "XXX0YYY,58/0,60/0",
                                        "<+0330>-3:30<+0430>,J79/24,J263/24",
                                        "IST-1GMT0,M10.5.0,M3.5.0/1",
                                        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                                        "LHST-10:30LHDT-11,M10.1.0,M4.1.0",
                                        "CET-1CEST,M2.4.4/50,M10.4.4/50"};
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct zone *z = rule_zone(rules[i]);
        CHECK(setenv("TZ", rules[i], 1) == 0);
        tzset();
        for (int32_t year = 2023; year < 2033; year++)
            for (int64_t s = (int64_t)date_of(year, 1, 1).days * 86400, end = s + 366 * 86400; s < end;
                 s += 1800) {
                instant_is_what_libc_says(z, s - 1);
                instant_is_what_libc_says(z, s);
            }
        zone_free(z);
    }
}

TEST(summer_time_for_ever_has_no_winter_at_new_year)
{
    uint8_t bytes[256];
    struct zone *z = NULL;
    size_t head = V2 + 44, n = head + 10;
    struct zone_change c;
    memcpy(bytes, small, head);
    bytes[V2 + 35] = 0, bytes[V2 + 39] = 1, bytes[V2 + 43] = 4;
    memcpy(bytes + head, "\0\0\0\0\0\0UTC\0", 10);
    n += (size_t)snprintf((char *)bytes + n, sizeof bytes - n, "\nXXX3EDT4,0/0,J365/23\n");
    CHECK_OK(zone_parse(bytes, n, &z));
    struct instant at = {1767236400000 - 86400000}; /* around New Year 2026 */
    for (int hour = 0; hour < 48; hour++, at.ms += 3600000)
        CHECK(zone_offset(z, at).is_dst);
    CHECK(!zone_next_change(z, at, &c));
    zone_free(z);
}

SWEEP(a_zone_is_parsed)
{
    struct zone *z = NULL;
    enum err err = zone_parse(small, sizeof small, &z);
    if (err) return err;
    CHECK_INT(zone_offset(z, (struct instant){999999}).s, 9 * 3600);
    CHECK_INT(zone_offset(z, (struct instant){1000000}).s, 8 * 3600);
    CHECK_INT(zone_wall(z, (struct instant){-1}).s, 9 * 3600 - 1);
    zone_free(z);
    return OK;
}
