/* feed: events as an iCalendar (RFC 5545, RFC 7986), by libical, which only this folder includes. What an event says is the caller's to
 * keep free of names and clinical words. Any thread; calls wait for one another, as libical keeps its time zones in common. */
#ifndef ICAL_FEED_H
#define ICAL_FEED_H
#include "base/buf.h"
#include "base/clock.h"

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

/* Appends the calendar with its VTIMEZONE. zone is an IANA name; ERR_BAD_INPUT: libical does not know it. */
enum err feed_write(struct buf *to, const char *name, const char *zone, const struct feed_event *events,
                    size_t count) MUST_USE;

#endif
