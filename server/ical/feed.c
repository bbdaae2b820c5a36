#include "ical/feed.h"
#include <libical/ical.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static icaltimezone *zone_of(const char *name)
{
    set_zone_directory("/usr/share/zoneinfo");
    return icaltimezone_get_builtin_timezone(name);
}

/* TZID=Asia/Shanghai, as everybody writes it: libical has a prefix of its own. */
static void add_time(icalcomponent *event, icalproperty *property, icaltimezone *zone)
{
    icalproperty_add_parameter(property, icalparameter_new_tzid(icaltimezone_get_location(zone)));
    icalcomponent_add_property(event, property);
}

static struct icaltimetype local(struct instant at, icaltimezone *zone)
{
    struct icaltimetype t = icaltime_from_timet_with_zone((time_t)(at.ms / 1000), 0, zone);
    t.zone = NULL; /* what the wall shows; the TZID says where */
    return t;
}

static struct icaltimetype utc(struct instant at)
{
    return icaltime_from_timet_with_zone((time_t)(at.ms / 1000), 0, icaltimezone_get_utc_timezone());
}

static void add_alarm(icalcomponent *event, const struct feed_event *e)
{
    struct icaltriggertype trigger = {icaltime_null_time(), icaldurationtype_from_int(-60 * e->alarm_min)};
    icalcomponent_add_component(event, icalcomponent_vanew(ICAL_VALARM_COMPONENT,
                                                           icalproperty_new_action(ICAL_ACTION_DISPLAY),
                                                           icalproperty_new_description(e->summary),
                                                           icalproperty_new_trigger(trigger), (void *)0));
}

static icalcomponent *event_new(const struct feed_event *e, icaltimezone *zone)
{
    static const icalproperty_status statuses[] = {ICAL_STATUS_TENTATIVE, ICAL_STATUS_CONFIRMED,
                                                   ICAL_STATUS_CANCELLED};
    icalcomponent *event = icalcomponent_vanew(
        ICAL_VEVENT_COMPONENT, icalproperty_new_uid(e->uid), icalproperty_new_dtstamp(utc(e->changed)),
        icalproperty_new_lastmodified(utc(e->changed)), icalproperty_new_sequence((int)e->sequence),
        icalproperty_new_status(statuses[e->status]), icalproperty_new_summary(e->summary),
        icalproperty_new_class(ICAL_CLASS_CONFIDENTIAL),
        icalproperty_new_transp(e->status == FEED_CANCELLED ? ICAL_TRANSP_TRANSPARENT : ICAL_TRANSP_OPAQUE),
        (void *)0);
    if (!event) return NULL;
    add_time(event, icalproperty_new_dtstart(local(e->start, zone)), zone);
    add_time(event, icalproperty_new_dtend(local(e->end, zone)), zone);
    if (e->location) icalcomponent_add_property(event, icalproperty_new_location(e->location));
    if (e->alarm_min && e->status != FEED_CANCELLED) add_alarm(event, e);
    return event;
}

static void add_x(icalcomponent *calendar, const char *name, const char *value)
{
    icalproperty *x = icalproperty_new_x(value);
    icalproperty_set_x_name(x, name);
    icalcomponent_add_property(calendar, x);
}

static enum err write(struct buf *to, const char *name, icaltimezone *zone, const struct feed_event *events,
                      size_t count)
{
    icalcomponent *calendar = icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                                                  icalproperty_new_prodid("-//Yunqiao//Calendar feed//EN"),
                                                  icalproperty_new_method(ICAL_METHOD_PUBLISH), (void *)0);
    icalcomponent *frame = icaltimezone_get_component(zone);
    enum err err = calendar && frame ? OK : ERR_NOMEM;
    if (!err) {
        add_x(calendar, "X-WR-CALNAME", name);
        add_x(calendar, "REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
        icalcomponent *own = icalcomponent_new_clone(frame);
        icalproperty *tzid = icalcomponent_get_first_property(own, ICAL_TZID_PROPERTY);
        if (tzid) icalproperty_set_tzid(tzid, icaltimezone_get_location(zone));
        icalcomponent_add_component(calendar, own);
    }
    for (size_t i = 0; i < count && !err; i++) {
        icalcomponent *event = event_new(&events[i], zone);
        if (event)
            icalcomponent_add_component(calendar, event);
        else
            err = ERR_NOMEM;
    }
    const char *text = err ? NULL : icalcomponent_as_ical_string(calendar); /* libical's own memory */
    if (text)
        buf_add_text(to, text);
    else if (!err)
        err = ERR_NOMEM;
    if (calendar) icalcomponent_free(calendar);
    return err ? err : to->err;
}

enum err feed_write(struct buf *to, const char *name, const char *zone, const struct feed_event *events,
                    size_t count)
{
    pthread_mutex_lock(&lock);
    icaltimezone *known = zone_of(zone);
    enum err err = known ? write(to, name, known, events, count) : ERR_BAD_INPUT;
    pthread_mutex_unlock(&lock);
    return err;
}
