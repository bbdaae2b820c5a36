/* feed: events as an iCalendar (RFC 5545, RFC 7986). What an event says is the caller's to keep free of names and clinical words. The time
 * zone is given by its shifts, so that a calendar needs no table of its own for it: those that lie among the events are written out, one
 * by one. Pure; any thread. */
#ifndef ICAL_FEED_H
#define ICAL_FEED_H
#include "base/buf.h"
#include "base/clock.h"

#define FEED_ZONE_NAME_BYTES 16

enum feed_status { FEED_TENTATIVE, FEED_CONFIRMED, FEED_CANCELLED };
struct feed_event {
    const char *uid; /* the same through every move */
    struct instant start, end,
        changed;       /* changed: DTSTAMP and LAST-MODIFIED, so that the same facts are the same bytes */
    uint32_t sequence; /* rises when time, people or the booking itself change */
    enum feed_status status;
    const char *summary, *location; /* UTF-8; location may be NULL */
    int alarm_min;                  /* a reminder before the start; 0: none */
};

struct feed_shift { /* from here on the wall is so many seconds ahead of UTC */
    struct instant at;
    int32_t ahead_s;
    bool is_dst;
    char name[FEED_ZONE_NAME_BYTES]; /* "CST" */
};
struct feed_zone {
    const char *name; /* IANA */
    const struct feed_shift *shifts;
    size_t count; /* at least one; the first rules since ever, whatever its at */
};

/* Appends the calendar with its VTIMEZONE. */
enum err feed_write(struct buf *to, const char *name, const struct feed_zone *zone,
                    const struct feed_event *events, size_t count) MUST_USE;

#endif
