/* What is written is read by libical, and means the same there. */
#include "ical/feed.h"
#include "tests/unit/check.h"
#include <libical/ical.h>

static struct instant utc(const char *text)
{
    struct instant at;
    CHECK(instant_from_text(str_of(text), &at));
    return at;
}

static const struct feed_shift beijing[] = {{.ahead_s = 28800, .name = "CST"}};
static const struct feed_zone shanghai = {"Asia/Shanghai", beijing, COUNT_OF(beijing)};

static struct feed_event event(void)
{
    return (struct feed_event){.uid = "a1@yunqiao.invalid",
                               .start = utc("2026-11-27T01:30:00Z"),
                               .end = utc("2026-11-27T02:10:00Z"),
                               .changed = utc("2026-11-26T10:00:00Z"),
                               .sequence = 3,
                               .status = FEED_CONFIRMED,
                               .summary = "云桥会诊",
                               .location = "视频诊室一, 二楼; 东侧\\门",
                               .alarm_min = 15};
}

static void write(struct buf *to, const struct feed_zone *zone, const struct feed_event *e, size_t n)
{
    buf_init(to, 1 << 20);
    CHECK_OK(feed_write(to, "云桥日程", zone, e, n));
    buf_add_char(to, '\0');
}

static icalcomponent *parsed(const struct buf *text)
{
    icalcomponent *c = icalparser_parse_string(text->at);
    CHECK(c != NULL);
    CHECK(icalcomponent_isa(c) == ICAL_VCALENDAR_COMPONENT);
    CHECK_INT(icalcomponent_count_errors(c), 0);
    return c;
}

static int64_t ms_of(icalproperty *p, struct icaltimetype t, icalcomponent *calendar)
{
    icalparameter *tzid = icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);
    CHECK(tzid != NULL);
    icaltimezone *zone = icalcomponent_get_timezone(calendar, icalparameter_get_tzid(tzid));
    CHECK(zone != NULL);
    return (int64_t)icaltime_as_timet_with_zone(t, zone) * 1000;
}

static int64_t start_ms(icalcomponent *e, icalcomponent *calendar)
{
    icalproperty *p = icalcomponent_get_first_property(e, ICAL_DTSTART_PROPERTY);
    return ms_of(p, icalproperty_get_dtstart(p), calendar);
}

TEST(libical_reads_an_event_as_it_was_meant)
{
    struct feed_event one = event();
    struct buf text;
    write(&text, &shanghai, &one, 1);
    icalcomponent *c = parsed(&text), *e = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_STR(str_of(icalcomponent_get_uid(e)), one.uid);
    CHECK_STR(str_of(icalcomponent_get_summary(e)), one.summary);
    CHECK_STR(str_of(icalcomponent_get_location(e)), one.location);
    CHECK_INT(icalcomponent_get_sequence(e), 3);
    CHECK_INT(icalcomponent_get_status(e), ICAL_STATUS_CONFIRMED);
    CHECK_INT(start_ms(e, c), one.start.ms);
    CHECK_INT((int64_t)icaltime_as_timet(icalcomponent_get_dtstamp(e)) * 1000, one.changed.ms);
    icalcomponent *alarm = icalcomponent_get_first_component(e, ICAL_VALARM_COMPONENT);
    icalproperty *trigger = icalcomponent_get_first_property(alarm, ICAL_TRIGGER_PROPERTY);
    CHECK_INT(icaldurationtype_as_int(icalproperty_get_trigger(trigger).duration), -15 * 60);
    icalcomponent_free(c);
    buf_done(&text);
}

TEST(a_cancelled_event_takes_no_time_and_rings_no_bell)
{
    struct feed_event one = event();
    struct buf text;
    one.status = FEED_CANCELLED;
    one.location = NULL;
    write(&text, &shanghai, &one, 1);
    icalcomponent *c = parsed(&text), *e = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_INT(icalcomponent_get_status(e), ICAL_STATUS_CANCELLED);
    CHECK(icalcomponent_get_first_component(e, ICAL_VALARM_COMPONENT) == NULL);
    CHECK(icalcomponent_get_location(e) == NULL);
    CHECK(strstr(text.at, "TRANSP:TRANSPARENT") != NULL);
    icalcomponent_free(c);
    buf_done(&text);
}

/* A zone with summer time: each event stands on the wall by the shift that rules it, and means the same instant when read. */
TEST(events_on_both_sides_of_a_clock_change_keep_their_instants)
{
    static struct feed_shift shifts[] = {{.ahead_s = 3600, .name = "CET"},
                                         {.ahead_s = 7200, .is_dst = true, .name = "CEST"},
                                         {.ahead_s = 3600, .name = "CET"}};
    shifts[1].at = utc("2027-03-28T01:00:00Z");
    shifts[2].at = utc("2027-10-31T01:00:00Z");
    struct feed_zone berlin = {"Europe/Berlin", shifts, COUNT_OF(shifts)};
    static const char *const starts[] = {"2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z",
                                         "2027-07-01T08:00:00Z", "2027-10-31T02:00:00Z"};
    static const char *const walls[] = {":20270328T013000", ":20270328T033000", ":20270701T100000",
                                        ":20271031T030000"};
    struct feed_event events[COUNT_OF(starts)];
    struct buf text;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        events[i] = event();
        events[i].start = utc(starts[i]);
        events[i].end = (struct instant){events[i].start.ms + 30 * 60000};
    }
    write(&text, &berlin, events, COUNT_OF(events));
    icalcomponent *c = parsed(&text), *e = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (!strstr(text.at, walls[i])) check_fail(__FILE__, __LINE__, "%s is not written", walls[i]);
        CHECK_INT(start_ms(e, c), events[i].start.ms);
        e = icalcomponent_get_next_component(c, ICAL_VEVENT_COMPONENT);
    }
    icalcomponent_free(c);
    buf_done(&text);
}

TEST(no_line_is_longer_than_75_bytes_and_no_character_is_cut)
{
    struct feed_event one = event();
    struct buf text;
    char summary[600] = "";
    for (int i = 0; i < 60; i++)
        snprintf(summary + strlen(summary), sizeof summary - strlen(summary), "%s", i % 3 ? "诊" : "ab");
    one.summary = summary;
    write(&text, &shanghai, &one, 1);
    for (const char *line = text.at, *end; (end = strstr(line, "\r\n")); line = end + 2) {
        CHECK(end - line <= 75);
        CHECK(str_is_utf8((struct str){line, (size_t)(end - line)}));
    }
    icalcomponent *c = parsed(&text), *e = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_STR(str_of(icalcomponent_get_summary(e)), summary);
    icalcomponent_free(c);
    buf_done(&text);
}

TEST(a_line_break_in_a_text_begins_no_line)
{
    struct feed_event one = event();
    struct buf text;
    one.summary = "a\r\nEND:VEVENT\x01";
    write(&text, &shanghai, &one, 1);
    icalcomponent *c = parsed(&text), *e = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_STR(str_of(icalcomponent_get_summary(e)), "a\nEND:VEVENT");
    icalcomponent_free(c);
    buf_done(&text);
}

SWEEP(a_feed_is_written)
{
    struct feed_event one = {.uid = "a", .summary = "b", .location = "c", .alarm_min = 5};
    struct buf text;
    buf_init(&text, 1 << 16);
    enum err err = feed_write(&text, "x", &shanghai, &one, 1);
    buf_done(&text);
    return err;
}
