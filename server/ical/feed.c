#include "ical/feed.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_BYTES = 75 }; /* RFC 5545 §3.1, without the line's end */
#define TIME_BYTES 32

/* A line is folded before the byte that would be its 76th, and not within a character. */
static void put_line(struct buf *to, const char *name, const char *value)
{
    size_t in_line = 0;
    for (const char *part = name; part; part = part == name ? ":" : part == value ? NULL : value)
        for (const char *c = part; *c; c++) {
            bool begins = ((unsigned char)*c & 0xc0) != 0x80;
            size_t n = 1;
            while (begins && ((unsigned char)c[n] & 0xc0) == 0x80)
                n++;
            if (begins && in_line + n > LINE_BYTES) {
                buf_add_text(to, "\r\n ");
                in_line = 1;
            }
            buf_add_char(to, *c);
            in_line++;
        }
    buf_add_text(to, "\r\n");
}

/* TEXT (§3.3.11): what parts values is escaped, and other control characters have no place there. */
static void put_text(struct buf *to, const char *name, const char *text)
{
    struct buf said;
    buf_init(&said, 64 * 1024);
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            buf_add_text(&said, "\\n");
        else if ((unsigned char)*c >= 0x20 && *c != 0x7f) {
            if (strchr("\\;,", *c)) buf_add_char(&said, '\\');
            buf_add_char(&said, *c);
        }
    }
    buf_add_char(&said, '\0');
    if (said.err)
        to->err = to->err ? to->err : said.err;
    else
        put_line(to, name, said.at);
    buf_done(&said);
}

static void put_number(struct buf *to, const char *name, uint32_t n)
{
    char text[16];
    snprintf(text, sizeof text, "%u", n);
    put_line(to, name, text);
}

/* -- times -- */

static void time_text(struct instant at, int32_t ahead_s, const char *mark, char ret[TIME_BYTES])
{
    struct tm t;
    int64_t ms = at.ms + ahead_s * 1000LL;
    time_t s = (time_t)(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
    gmtime_r(&s, &t);
    size_t n = strftime(ret, TIME_BYTES, "%Y%m%dT%H%M%S", &t);
    snprintf(ret + n, TIME_BYTES - n, "%s", mark);
}

static void put_utc(struct buf *to, const char *name, struct instant at)
{
    char text[TIME_BYTES];
    time_text(at, 0, "Z", text);
    put_line(to, name, text);
}

static int32_t ahead_at(const struct feed_zone *z, struct instant at)
{
    size_t i = z->count - 1;
    while (i > 0 && z->shifts[i].at.ms > at.ms)
        i--;
    return z->shifts[i].ahead_s;
}

/* What the wall shows; the TZID says where. */
static void put_local(struct buf *to, const char *name, const struct feed_zone *z, struct instant at)
{
    char text[TIME_BYTES], named[128];
    time_text(at, ahead_at(z, at), "", text);
    snprintf(named, sizeof named, "%s;TZID=%s", name, z->name);
    put_line(to, named, text);
}

static void put_ahead(struct buf *to, const char *name, int32_t ahead_s)
{
    char text[16];
    int s = abs(ahead_s);
    int n = snprintf(text, sizeof text, "%c%02d%02d", ahead_s < 0 ? '-' : '+', s / 3600, s / 60 % 60);
    if (s % 60) snprintf(text + n, sizeof text - (size_t)n, "%02d", s % 60);
    put_line(to, name, text);
}

/* One observance (§3.6.5) begins at a time on the wall as it was before. */
static void put_shift(struct buf *to, const struct feed_shift *s, struct instant at, int32_t before_s)
{
    char text[TIME_BYTES];
    const char *kind = s->is_dst ? "DAYLIGHT" : "STANDARD";
    time_text(at, before_s, "", text);
    put_line(to, "BEGIN", kind);
    put_line(to, "DTSTART", text);
    put_ahead(to, "TZOFFSETFROM", before_s);
    put_ahead(to, "TZOFFSETTO", s->ahead_s);
    put_text(to, "TZNAME", s->name);
    put_line(to, "END", kind);
}

static void put_zone(struct buf *to, const struct feed_zone *z)
{
    put_line(to, "BEGIN", "VTIMEZONE");
    put_line(to, "TZID", z->name);
    int32_t before_s = z->shifts[0].ahead_s;
    for (size_t i = 0; i < z->count; i++) {
        const struct feed_shift *s = &z->shifts[i];
        put_shift(to, s, i == 0 ? (struct instant){-s->ahead_s * 1000LL} : s->at, before_s);
        before_s = s->ahead_s;
    }
    put_line(to, "END", "VTIMEZONE");
}

/* -- events -- */

static void put_alarm(struct buf *to, const struct feed_event *e)
{
    char before[16];
    snprintf(before, sizeof before, "-PT%dM", e->alarm_min);
    put_line(to, "BEGIN", "VALARM");
    put_line(to, "ACTION", "DISPLAY");
    put_text(to, "DESCRIPTION", e->summary);
    put_line(to, "TRIGGER", before);
    put_line(to, "END", "VALARM");
}

static void put_event(struct buf *to, const struct feed_event *e, const struct feed_zone *zone)
{
    static const char *const statuses[] = {"TENTATIVE", "CONFIRMED", "CANCELLED"};
    put_line(to, "BEGIN", "VEVENT");
    put_text(to, "UID", e->uid);
    put_utc(to, "DTSTAMP", e->changed);
    put_utc(to, "LAST-MODIFIED", e->changed);
    put_number(to, "SEQUENCE", e->sequence);
    put_line(to, "STATUS", statuses[e->status]);
    put_text(to, "SUMMARY", e->summary);
    put_line(to, "CLASS", "CONFIDENTIAL");
    put_line(to, "TRANSP", e->status == FEED_CANCELLED ? "TRANSPARENT" : "OPAQUE");
    put_local(to, "DTSTART", zone, e->start);
    put_local(to, "DTEND", zone, e->end);
    if (e->location) put_text(to, "LOCATION", e->location);
    if (e->alarm_min && e->status != FEED_CANCELLED) put_alarm(to, e);
    put_line(to, "END", "VEVENT");
}

enum err feed_write(struct buf *to, const char *name, const struct feed_zone *zone,
                    const struct feed_event *events, size_t count)
{
    ASSERT(zone->count > 0);
    put_line(to, "BEGIN", "VCALENDAR");
    put_line(to, "VERSION", "2.0");
    put_line(to, "PRODID", "-//Yunqiao//Calendar feed//EN");
    put_line(to, "METHOD", "PUBLISH");
    put_text(to, "X-WR-CALNAME", name);
    put_line(to, "REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
    put_zone(to, zone);
    for (size_t i = 0; i < count; i++)
        put_event(to, &events[i], zone);
    put_line(to, "END", "VCALENDAR");
    return to->err;
}
