#include "desk/hours.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "records/primitive.h"
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 256 * 1024, LINES_MAX = 60 };

static const char *const day_codes[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static const struct {
    const char *name;
    uint32_t most;
} limits[] = {{"before", 240},  {"after", 240},        {"notice", 20160},
              {"horizon", 400}, {"day-bookings", 100}, {"day-minutes", 1440}};

/* -- out -- */

static void put_minute(struct json_out *o, const char *key, uint16_t minute)
{
    char text[8];
    minute = minute > 1440 ? (uint16_t)(minute - 1440) : minute;
    snprintf(text, sizeof text, "%02u:%02u", minute / 60u, minute % 60u);
    json_put_text(o, key, text);
}

static void put_weekly(struct json_out *o, const struct roster *r)
{
    json_open_array(o, "weekly");
    for (uint32_t i = 0; i < r->plan_count; i++) {
        const struct roster_plan *p = &r->plans[i];
        if (p->hours_count == 0) continue;
        json_open(o, NULL);
        json_open_array(o, "days");
        for (uint16_t h = 0; h < p->hours_count; h++)
            json_put_text(o, NULL, day_codes[p->hours[h].day - MONDAY]);
        json_close_array(o);
        put_minute(o, "from", p->hours[0].from_min);
        put_minute(o, "until", p->hours[0].until_min);
        json_put_int(o, "every", p->every);
        json_close(o);
    }
    json_close_array(o);
}

static void put_extra(struct json_out *o, const struct roster *r)
{
    json_open_array(o, "extra");
    for (uint32_t i = 0; i < r->exception_count; i++) {
        char day[DATE_TEXT_BYTES];
        const struct roster_exception *e = &r->exceptions[i];
        date_text(e->day, day);
        json_open(o, NULL);
        json_put_text(o, "day", day);
        if (e->kind == ROSTER_EXTRA) {
            put_minute(o, "from", e->from_min);
            put_minute(o, "until", e->until_min);
        }
        json_close(o);
    }
    json_close_array(o);
    json_open_array(o, "leave");
    for (uint32_t i = 0; i < r->leave_count; i++) {
        json_open(o, NULL);
        json_put_instant(o, "start", r->leave[i].from);
        json_put_instant(o, "end", r->leave[i].until);
        json_close(o);
    }
    json_close_array(o);
}

enum err hours_write_json(struct tx *tx, struct record_reader *server, const struct agenda_resource *e,
                          struct json_out *to)
{
    struct record_head head;
    const struct roster *r = &e->roster;
    if (e->role_id.bytes == 0) return ERR_NOT_FOUND;
    enum err err =
        record_head_find(tx, server->arena, fhir_resource_of(STR("PractitionerRole")), e->role_id, &head);
    if (err) return err;
    json_put_int(to, "version", head.version);
    json_put_str(to, "zone", e->zone_name);
    put_weekly(to, r);
    put_extra(to, r);
    json_open(to, "limits");
    json_put_int(to, "before", r->before_min);
    json_put_int(to, "after", r->after_min);
    json_put_int(to, "notice", r->lead_min);
    json_put_int(to, "horizon", r->horizon_days);
    json_put_int(to, "day-bookings", r->day_bookings_max);
    json_put_int(to, "day-minutes", r->day_minutes_max);
    json_close(to);
    return OK;
}

/* -- in -- */

/* FHIR's time knows no 24:00: midnight is written as 00:00 and, at an end, read as the day's end. */
static bool minute_text(const struct json *v, char ret[16], int *ret_minute)
{
    struct str s;
    uint64_t h, m;
    if (!json_text(v, &s) || s.bytes != 5 || s.at[2] != ':' || !str_to_u64((struct str){s.at, 2}, &h) ||
        !str_to_u64((struct str){s.at + 3, 2}, &m) || h > 24 || m > 59 || (h == 24 && m))
        return false;
    *ret_minute = (int)(h * 60 + m);
    snprintf(ret, 16, "%02d:%02d:00", (int)h % 24, (int)m);
    return true;
}

/* Over midnight too, where an end is before its start: a night on call. */
static bool span_text(const struct json *one, bool over_midnight, char from[16], char until[16])
{
    int from_min, until_min;
    return minute_text(json_get(one, "from"), from, &from_min) && from_min < 1440 &&
           minute_text(json_get(one, "until"), until, &until_min) &&
           (over_midnight ? until_min != from_min : until_min > from_min);
}

static bool put_time_of_week(struct json_out *o, const struct json *one)
{
    static const char *const known[] = {"days", "from", "until", "every", NULL};
    char from[16], until[16];
    int64_t every = 1;
    const struct json *days = json_get(one, "days");
    if (!json_is_object(one) || json_unknown_key(one, known) || !days || !json_is_array(days) ||
        json_count(days) == 0 || json_count(days) > 7 || !span_text(one, true, from, until))
        return false;
    if (json_get(one, "every") && (!json_int(json_get(one, "every"), &every) || every < 1 || every > 8))
        return false;
    json_open(o, NULL);
    if (every > 1) {
        json_open_array(o, "extension");
        json_open(o, NULL);
        json_put_text(o, "url", AGENDA_EVERY);
        json_put_int(o, "valuePositiveInt", every);
        json_close(o);
        json_close_array(o);
    }
    json_open_array(o, "daysOfWeek");
    bool right = true;
    for (size_t i = 0; i < json_count(days); i++) {
        struct str day;
        bool is_day = false;
        for (size_t d = 0; json_text(json_at(days, i), &day) && d < COUNT_OF(day_codes); d++)
            is_day |= str_is_text(day, day_codes[d]);
        if (is_day) json_put_str(o, NULL, day);
        right &= is_day;
    }
    json_close_array(o);
    json_put_text(o, "availableStartTime", from);
    json_put_text(o, "availableEndTime", until);
    json_close(o);
    return right;
}

static bool put_leave(struct json_out *o, const struct json *one)
{
    struct str start, end;
    struct instant from, until, rest;
    if (!json_is_object(one) || json_unknown_key(one, (const char *const[]){"start", "end", NULL}) ||
        !json_text(json_get(one, "start"), &start) || !json_text(json_get(one, "end"), &end) ||
        start.bytes <= 10 || end.bytes <= 10 || !primitive_span(start, NULL, &from, &rest) ||
        !primitive_span(end, NULL, &until, &rest) || until.ms <= from.ms)
        return false;
    json_open(o, NULL);
    json_put_text(o, "description", "leave");
    json_open(o, "during");
    json_put_str(o, "start", start);
    json_put_str(o, "end", end);
    json_close(o);
    json_close(o);
    return true;
}

static void put_part(struct json_out *o, const char *url, const char *value, struct str text)
{
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_str(o, value, text);
    json_close(o);
}

static bool put_extra_day(struct json_out *o, const struct json *one)
{
    struct str day;
    struct date date;
    char from[16], until[16];
    bool has_from = json_get(one, "from") != NULL, has_until = json_get(one, "until") != NULL;
    if (!json_is_object(one) || json_unknown_key(one, (const char *const[]){"day", "from", "until", NULL}) ||
        !json_text(json_get(one, "day"), &day) || !date_from_text(day, &date) || has_from != has_until)
        return false;
    if (has_from && !span_text(one, false, from, until)) return false;
    json_open(o, NULL);
    json_open_array(o, "extension");
    put_part(o, "day", "valueDate", day);
    if (has_from) put_part(o, "from", "valueTime", str_of(from));
    if (has_from) put_part(o, "until", "valueTime", str_of(until));
    json_close_array(o);
    json_put_text(o, "url", AGENDA_EXTRA);
    json_close(o);
    return true;
}

/* None named is none kept: FHIR knows no empty arrays. */
static bool put_limits(struct json_out *o, const struct json *all)
{
    bool right = true, has_one = false;
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        has_one |= json_get(all, limits[i].name) != NULL;
    if (!has_one) return true;
    json_open(o, NULL);
    json_open_array(o, "extension");
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        int64_t n;
        const struct json *v = json_get(all, limits[i].name);
        if (!v) continue;
        if (!json_int(v, &n) || n < 0 || n > limits[i].most) {
            right = false;
            break;
        }
        json_open(o, NULL);
        json_put_text(o, "url", limits[i].name);
        json_put_int(o, "valueUnsignedInt", n);
        json_close(o);
    }
    json_close_array(o);
    json_put_text(o, "url", AGENDA_LIMITS);
    json_close(o);
    return right;
}

typedef bool put_one(struct json_out *o, const struct json *one);

static bool put_list(struct json_out *o, const char *key, const struct json *list, put_one *f)
{
    size_t n = list ? json_count(list) : 0;
    if (list && (!json_is_array(list) || n > LINES_MAX)) return false;
    if (n == 0) return true; /* FHIR knows no empty arrays */
    if (key) json_open_array(o, key);
    bool right = true;
    for (size_t i = 0; i < n && right; i++)
        right = f(o, json_at(list, i));
    if (key) json_close_array(o);
    return right;
}

/* Whether an extension is one of those that stand here. */
static bool is_ours(const struct tape *t, uint32_t node)
{
    uint32_t url = tape_get(t, node, STR("url"));
    return url != TAPE_NONE && (tape_is_text(t, url, AGENDA_EXTRA) || tape_is_text(t, url, AGENDA_LIMITS) ||
                                tape_is_text(t, url, AGENDA_ZONE));
}

static const char *put_extensions(struct json_out *o, const struct chart_item *old, const struct json *from)
{
    const struct tape *t = &old->tape;
    struct str zone;
    uint32_t all = tape_get(t, 0, STR("extension"));
    for (uint32_t i = all == TAPE_NONE ? 0 : all + 1; all != TAPE_NONE && i < t->nodes[all].end;
         i = t->nodes[i].end)
        if (!is_ours(t, i)) json_put_raw(o, NULL, tape_raw(t, i));
    const char *wrong = put_list(o, NULL, json_get(from, "extra"), put_extra_day) ? NULL : "extra";
    const struct json *all_limits = json_get(from, "limits");
    if (!wrong && all_limits && (!json_is_object(all_limits) || !put_limits(o, all_limits))) wrong = "limits";
    if (!wrong && json_text(json_get(from, "zone"), &zone) && zone.bytes && zone.bytes <= 64) {
        json_open(o, NULL);
        json_put_text(o, "url", AGENDA_ZONE);
        json_put_str(o, "valueCode", zone);
        json_close(o);
    }
    return wrong;
}

/* The array, unless it were empty. */
static const char *put_extension(struct json_out *o, const struct chart_item *old, const struct json *from)
{
    struct buf list;
    struct json_out inner;
    buf_init(&list, BODY_MAX);
    json_out_init(&inner, &list);
    json_open_array(&inner, NULL);
    const char *wrong = put_extensions(&inner, old, from);
    json_close_array(&inner);
    if (list.err) o->to->err = list.err;
    if (!list.err && list.bytes > 2) json_put_raw(o, "extension", buf_str(&list));
    buf_done(&list);
    return wrong;
}

static const char *put_role(struct json_out *o, const struct chart_item *old, const struct json *from)
{
    json_open(o, NULL);
    chart_put_rest(o, old, (const char *const[]){"extension", "availableTime", "notAvailable", NULL});
    const char *wrong = put_extension(o, old, from);
    if (!wrong && !put_list(o, "availableTime", json_get(from, "weekly"), put_time_of_week)) wrong = "weekly";
    if (!wrong && !put_list(o, "notAvailable", json_get(from, "leave"), put_leave)) wrong = "leave";
    json_close(o);
    return wrong;
}

enum err hours_change(struct tx *tx, struct record_reader *server, const struct agenda_resource *e,
                      const struct json *from, const char **ret_where)
{
    static const char *const known[] = {"version", "weekly", "extra", "leave", "limits", "zone", NULL};
    struct chart_item old;
    struct buf body;
    struct json_out o;
    int64_t version;
    struct str zone, text;
    int status = 0;
    *ret_where = "version";
    if (e->role_id.bytes == 0) return ERR_NOT_FOUND;
    if (!json_int(json_get(from, "version"), &version) || version < 1) return ERR_BAD_INPUT;
    if (json_text(json_get(from, "zone"), &zone) && zone.bytes && !str_is(zone, e->zone_name) &&
        !agenda_zone_is(zone))
        return *ret_where = "zone", ERR_BAD_INPUT;
    if (json_unknown_key(from, known)) return *ret_where = json_unknown_key(from, known), ERR_BAD_INPUT;
    enum err err = chart_one(tx, server, "PractitionerRole", e->role_id, &old);
    if (err) return err;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    *ret_where = put_role(&o, &old, from);
    err = chart_take(server, &body, &text);
    if (*ret_where) return ERR_BAD_INPUT;
    if (!err)
        err = chart_write(tx, server, fhir_resource_of(STR("PractitionerRole")), e->role_id, version, text,
                          NULL, &status);
    if (status) err = status == 412 ? ERR_EXISTS : ERR_BAD_INPUT;
    if (err == ERR_BAD_INPUT) *ret_where = "weekly";
    return err;
}
