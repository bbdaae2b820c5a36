/* From records to entries. What cannot be meant is left out of an entry's hours, never guessed. */
#include "desk/agenda_own.h"
#include "desk/chart.h"
#include "records/pinyin.h"
#include "records/primitive.h"
#include "records/roll.h"
#include <stdio.h>
#include <string.h>

enum { PAGE = 256, SCRATCH_MAX = 8 << 20, DEFAULT_HORIZON_DAYS = 90 };

const char *const agenda_types[] = {
    "Practitioner", "PractitionerRole", "Organization", "Location", "Device", "HealthcareService", NULL};

struct reading {
    struct agenda_whole *w;
    struct tx *tx;
    struct record_reader who; /* the server, with a scratch arena for one record */
};
typedef enum err each_record(struct reading *r, const struct chart_item *item);

/* -- walking -- */

static enum err one(struct reading *r, int64_t row, each_record *f)
{
    struct chart_item item;
    struct tape_fault fault;
    struct str body;
    r->who.arena = arena_new(SCRATCH_MAX);
    r->who.trace = (struct record_trace){0}; /* it lives in that arena too */
    if (!r->who.arena) return ERR_NOMEM;
    enum err err = record_head_at(r->tx, r->who.arena, row, &item.head);
    if (!err) err = record_body(r->tx, &r->who, &item.head, &body);
    if (!err) err = tape_read(r->who.arena, body, RECORD_NODES_MAX, &item.tape, &fault);
    if (!err) err = f(r, &item);
    arena_free(r->who.arena);
    return err;
}

static enum err each(struct reading *r, const char *type, each_record *f)
{
    int64_t rows[PAGE], after = 0;
    uint32_t n = PAGE;
    enum err err = OK;
    while (!err && n == PAGE) {
        err = roll_rows(r->tx, fhir_resource_of(str_of(type)), after, rows, PAGE, &n);
        for (uint32_t i = 0; !err && i < n; i++)
            err = one(r, after = rows[i], f);
    }
    return err;
}

/* -- parts of a body -- */

static struct str keep(struct reading *r, struct str s)
{
    if (s.bytes == 0) return (struct str){"", 0};
    return (struct str){arena_text(r->w->arena, s.at, s.bytes), s.bytes};
}

static struct str text(struct reading *r, const struct chart_item *item, uint32_t node, const char *path)
{
    return chart_text(&r->who, item, node, path);
}

static uint32_t extension(const struct chart_item *item, uint32_t node, const char *url)
{
    return tape_extension(&item->tape, node, url);
}

static uint32_t limit(const struct chart_item *item, const char *part, uint32_t otherwise, uint32_t most)
{
    uint64_t n;
    uint32_t at = extension(item, extension(item, 0, AGENDA_LIMITS), part);
    uint32_t value = tape_get(&item->tape, at, STR("valueUnsignedInt"));
    if (value == TAPE_NONE || !str_to_u64(tape_raw(&item->tape, value), &n)) return otherwise;
    return n > most ? most : (uint32_t)n;
}

static bool minute_of(struct str time, uint16_t *ret)
{
    uint64_t hours, minutes;
    if (time.bytes < 5 || time.at[2] != ':' || !str_to_u64((struct str){time.at, 2}, &hours) ||
        !str_to_u64((struct str){time.at + 3, 2}, &minutes) || hours > 24 || minutes > 59)
        return false;
    *ret = (uint16_t)(hours * 60 + minutes);
    return true;
}

/* -- weekly hours -- */

static bool day_of(struct str code, enum weekday *ret)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (size_t i = 0; i < COUNT_OF(days); i++)
        if (str_is_text(code, days[i])) return *ret = (enum weekday)(MONDAY + i), true;
    return false;
}

struct hours_names {
    const char *days, *from, *until;
};
static const struct hours_names of_role = {"daysOfWeek", "availableStartTime", "availableEndTime"};
static const struct hours_names of_place = {"daysOfWeek", "openingTime", "closingTime"};

/* Whole days, or from less than until; over midnight where it ends before it begins. */
static bool minutes_of(struct reading *r, const struct chart_item *item, uint32_t node,
                       const struct hours_names *names, uint16_t *ret_from, uint16_t *ret_until)
{
    uint32_t all_day = tape_get(&item->tape, node, STR("allDay"));
    if (all_day != TAPE_NONE && item->tape.nodes[all_day].kind == TAPE_TRUE)
        return *ret_from = 0, *ret_until = 1440, true;
    if (!minute_of(text(r, item, node, names->from), ret_from) ||
        !minute_of(text(r, item, node, names->until), ret_until))
        return false;
    if (*ret_until <= *ret_from) *ret_until = (uint16_t)(*ret_until + 1440);
    return *ret_until <= ROSTER_MINUTES_MOST && *ret_from < 1440;
}

static uint8_t every_of(const struct chart_item *item, uint32_t node)
{
    uint64_t n;
    uint32_t value = tape_get(&item->tape, extension(item, node, AGENDA_EVERY), STR("valuePositiveInt"));
    bool is_said = value != TAPE_NONE && str_to_u64(tape_raw(&item->tape, value), &n) && n >= 1 && n <= 8;
    return is_said ? (uint8_t)n : 1;
}

/* Every other week counts from the first Monday of 2024. */
static enum err read_plans(struct reading *r, const struct chart_item *item, uint32_t array,
                           const struct hours_names *names, struct roster *to)
{
    if (array == TAPE_NONE || item->tape.nodes[array].kind != TAPE_ARRAY) return OK;
    uint32_t count = item->tape.nodes[array].count;
    struct roster_plan *plans = arena_zalloc(r->w->arena, (count + 1) * sizeof *plans);
    if (!plans) return ERR_NOMEM;
    for (uint32_t i = array + 1; i < item->tape.nodes[array].end; i = item->tape.nodes[i].end) {
        uint16_t from, until, n = 0;
        uint32_t days = tape_get(&item->tape, i, str_of(names->days));
        if (days == TAPE_NONE || !minutes_of(r, item, i, names, &from, &until)) continue;
        struct roster_hours *hours = arena_zalloc(r->w->arena, 7 * sizeof *hours);
        if (!hours) return ERR_NOMEM;
        for (uint32_t d = days + 1; d < item->tape.nodes[days].end && n < 7; d = item->tape.nodes[d].end) {
            struct str code;
            if (tape_text(&item->tape, d, r->who.arena, &code) && day_of(code, &hours[n].day))
                hours[n].from_min = from, hours[n++].until_min = until;
        }
        plans[to->plan_count++] =
            (struct roster_plan){date_of(2024, 1, 1), date_of(9999, 12, 31), every_of(item, i), hours, n};
    }
    to->plans = plans;
    return OK;
}

/* -- leave and other hours -- */

static bool period_of(struct reading *r, const struct chart_item *item, uint32_t node, struct span *ret)
{
    struct instant from, until;
    struct str start = text(r, item, node, "start"), end = text(r, item, node, "end");
    if (!primitive_span(start, r->w->view.zone, &ret->from, &until)) return false;
    ret->until = (struct instant){INT64_C(253402300800000)}; /* open: until the year 10000 */
    if (end.bytes && !primitive_span(end, r->w->view.zone, &from, &ret->until)) return false;
    /* An end that is a whole day is that day's end; one to the second is that instant. */
    if (end.bytes > 10) ret->until = from;
    return ret->from.ms < ret->until.ms;
}

static enum err read_leave(struct reading *r, const struct chart_item *item, struct roster *to)
{
    uint32_t all = tape_get(&item->tape, 0, STR("notAvailable"));
    if (all == TAPE_NONE) return OK;
    struct span *leave = arena_zalloc(r->w->arena, (item->tape.nodes[all].count + 1) * sizeof *leave);
    if (!leave) return ERR_NOMEM;
    for (uint32_t i = all + 1; i < item->tape.nodes[all].end; i = item->tape.nodes[i].end) {
        uint32_t during = tape_get(&item->tape, i, STR("during"));
        if (during != TAPE_NONE && period_of(r, item, during, &leave[to->leave_count])) to->leave_count++;
    }
    to->leave = leave;
    return OK;
}

/* [{url: AGENDA_EXTRA, extension: [{url: day, valueDate}, {url: from, valueTime}?, {url: until, valueTime}?]}]: without times the
 * day is off. */
static enum err read_extra(struct reading *r, const struct chart_item *item, struct roster *to)
{
    uint32_t all = tape_get(&item->tape, 0, STR("extension"));
    if (all == TAPE_NONE) return OK;
    struct roster_exception *at = arena_zalloc(r->w->arena, (item->tape.nodes[all].count + 1) * sizeof *at);
    if (!at) return ERR_NOMEM;
    for (uint32_t i = all + 1; i < item->tape.nodes[all].end; i = item->tape.nodes[i].end) {
        uint32_t url = tape_get(&item->tape, i, STR("url")), day = extension(item, i, "day"),
                 from = extension(item, i, "from"), until = extension(item, i, "until");
        struct roster_exception *e = &at[to->exception_count];
        if (url == TAPE_NONE || !tape_is_text(&item->tape, url, AGENDA_EXTRA) || day == TAPE_NONE ||
            !date_from_text(text(r, item, day, "valueDate"), &e->day))
            continue;
        bool is_off = from == TAPE_NONE && until == TAPE_NONE;
        bool is_extra = from != TAPE_NONE && until != TAPE_NONE &&
                        minute_of(text(r, item, from, "valueTime"), &e->from_min) &&
                        minute_of(text(r, item, until, "valueTime"), &e->until_min);
        if (is_extra && e->until_min == 0) e->until_min = 1440; /* midnight at its end */
        is_extra &= e->from_min < e->until_min;
        if (!is_off && !is_extra) continue;
        e->kind = is_off ? ROSTER_OFF : ROSTER_EXTRA;
        to->exception_count++;
    }
    to->exceptions = at;
    return OK;
}

static void read_limits(const struct chart_item *item, struct roster *to)
{
    to->before_min = (uint16_t)limit(item, "before", 0, 240);
    to->after_min = (uint16_t)limit(item, "after", 0, 240);
    to->lead_min = limit(item, "notice", 0, 20160);
    to->horizon_days = (uint16_t)limit(item, "horizon", DEFAULT_HORIZON_DAYS, 400);
    to->day_bookings_max = (uint16_t)limit(item, "day-bookings", 0, 100);
    to->day_minutes_max = (uint16_t)limit(item, "day-minutes", 0, 1440);
}

/* -- entries -- */

static enum err add(struct reading *r, const struct agenda_resource *entry)
{
    struct agenda_whole *w = r->w;
    if (w->view.count == w->room) {
        uint32_t room = w->room ? w->room * 2 : 256;
        struct agenda_resource *at = arena_zalloc(w->arena, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        if (w->view.count) memcpy(at, w->view.at, w->view.count * sizeof *at);
        w->view.at = at, w->room = room;
    }
    w->view.at[w->view.count++] = *entry;
    return OK;
}

/* The arena gave all that was kept of it. */
static bool is_whole(const struct agenda_resource *e)
{
    return e->id.at && e->role_id.at && e->name.at && e->initials.at && e->what.at && e->what_words.at &&
           e->place.at && e->zone_name.at && e->organization.at && e->title.at && e->licence.at &&
           e->standing_why.at;
}

static bool kind_of_role(struct reading *r, const struct chart_item *item, enum agenda_kind *ret)
{
    static const struct {
        const char *code;
        enum agenda_kind kind;
    } codes[] = {
        {"specialist", AGENDA_SPECIALIST},   {"doctor", AGENDA_DOCTOR}, {"nurse", AGENDA_NURSE},
        {"interpreter", AGENDA_INTERPRETER}, {"escort", AGENDA_ESCORT},
    };
    struct str code = text(r, item, 0, "code.coding.code");
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (str_is_text(code, codes[i].code)) return *ret = codes[i].kind, true;
    return false;
}

static bool is_inactive(const struct chart_item *item)
{
    uint32_t active = tape_get(&item->tape, 0, STR("active"));
    return active != TAPE_NONE && item->tape.nodes[active].kind == TAPE_FALSE;
}

static bool follow(struct reading *r, struct str reference, const char *type, struct chart_item *ret)
{
    struct str id = reference, kind = str_cut(&id, '/');
    struct str body;
    struct tape_fault fault;
    return str_is_text(kind, type) &&
           record_head_find(r->tx, r->who.arena, fhir_resource_of(kind), id, &ret->head) == OK &&
           !ret->head.is_deleted && record_body(r->tx, &r->who, &ret->head, &body) == OK &&
           tape_read(r->who.arena, body, RECORD_NODES_MAX, &ret->tape, &fault) == OK;
}

static struct str name_of(struct reading *r, const struct chart_item *person)
{
    struct str whole = text(r, person, 0, "name.text");
    if (whole.bytes) return whole;
    struct str family = text(r, person, 0, "name.family"), given = text(r, person, 0, "name.given");
    char *both =
        arena_printf(r->who.arena, "%.*s%.*s", (int)family.bytes, family.at, (int)given.bytes, given.at);
    return both ? str_of(both) : family;
}

static struct str initials_of(struct reading *r, struct str name)
{
    struct str full, initials;
    if (!pinyin_of_text(r->who.arena, name, &full, &initials)) return (struct str){"", 0};
    char *both =
        arena_printf(r->w->arena, "%.*s %.*s", (int)full.bytes, full.at, (int)initials.bytes, initials.at);
    return both ? str_of(both) : (struct str){0};
}

/* A qualification's last day counts; ms 0: it does not end. */
static struct instant end_of(struct reading *r, const struct chart_item *person, uint32_t qualification)
{
    struct instant from, until;
    struct str end = text(r, person, qualification, "period.end");
    if (!end.bytes || !primitive_span(end, r->w->view.zone, &from, &until)) return (struct instant){0};
    return until;
}

/* Of several the one that says to be the licence (desk/standing); else the first. */
static void read_licence(struct reading *r, const struct chart_item *person, struct agenda_resource *e)
{
    uint32_t all = tape_get(&person->tape, 0, STR("qualification")), at, licence = TAPE_NONE;
    for (uint32_t i = 0; (at = tape_at(&person->tape, all, i)) != TAPE_NONE; i++)
        if (licence == TAPE_NONE ||
            str_is_text(text(r, person, at, "identifier.system"), STANDING_LICENCE_SYSTEM))
            licence = at;
    if (licence == TAPE_NONE) return;
    e->licence = keep(r, text(r, person, licence, "identifier.value"));
    e->licence_ends = end_of(r, person, licence);
}

/* What has no word about it stands as it is active or not. */
static void read_standing(struct reading *r, const struct chart_item *item, struct agenda_resource *e)
{
    uint32_t at = extension(item, 0, STANDING_URL);
    struct str state = text(r, item, extension(item, at, "state"), "valueCode");
    e->standing_why = keep(r, text(r, item, extension(item, at, "reason"), "valueCode"));
    if (at == TAPE_NONE || !standing_from(state, &e->standing))
        e->standing = is_inactive(item) ? STANDING_SUSPENDED : STANDING_APPROVED;
}

static enum err add_role(struct reading *r, const struct chart_item *item)
{
    struct agenda_resource e = {.type = STR("Practitioner"), .licence = {"", 0}};
    struct chart_item person, place;
    if (!kind_of_role(r, item, &e.kind) ||
        !follow(r, text(r, item, 0, "practitioner.reference"), "Practitioner", &person))
        return OK;
    uint32_t zone = extension(item, 0, AGENDA_ZONE);
    struct str name = name_of(r, &person),
               zone_name = zone == TAPE_NONE ? (struct str){0} : text(r, item, zone, "valueCode");
    bool is_interpreter = e.kind == AGENDA_INTERPRETER;
    e.row = person.head.row;
    e.id = keep(r, person.head.id);
    e.role_id = keep(r, item->head.id);
    e.name = keep(r, name);
    e.initials = initials_of(r, name);
    e.what = keep(r, is_interpreter ? text(r, &person, 0, "communication.coding.code")
                                    : text(r, item, 0, "specialty.coding.code"));
    e.what_words = keep(r, is_interpreter ? text(r, &person, 0, "communication.coding.display")
                                          : text(r, item, 0, "specialty.coding.display"));
    struct str words = text(r, item, 0, "organization.display");
    if (!words.bytes && follow(r, text(r, item, 0, "organization.reference"), "Organization", &place))
        words = text(r, &place, 0, "name");
    e.place = keep(r, words);
    e.zone_name = zone_name.bytes ? keep(r, zone_name) : r->w->zones[0].name;
    e.organization = keep(r, text(r, item, 0, "organization.reference"));
    e.title = keep(r, text(r, item, 0, "code.coding.display"));
    read_licence(r, &person, &e);
    read_standing(r, item, &e);
    e.is_suspended = is_inactive(item) || is_inactive(&person) || e.standing != STANDING_APPROVED;
    e.roster.zone = zone_name.bytes ? agenda_zone(r->w, zone_name) : r->w->view.zone;
    e.roster.calendar = &r->w->calendar;
    e.roster.works_always = e.kind == AGENDA_ESCORT;
    read_limits(item, &e.roster);
    enum err err = read_plans(r, item, tape_get(&item->tape, 0, STR("availableTime")), &of_role, &e.roster);
    if (!err) err = read_leave(r, item, &e.roster);
    if (!err) err = read_extra(r, item, &e.roster);
    if (!err && !is_whole(&e)) err = ERR_NOMEM;
    return err ? err : add(r, &e);
}

/* All days and hours, for what keeps none. */
static enum err always(struct reading *r, struct roster *to)
{
    struct roster_hours *hours = arena_zalloc(r->w->arena, 7 * sizeof *hours);
    struct roster_plan *plan = arena_zalloc(r->w->arena, sizeof *plan);
    if (!hours || !plan) return ERR_NOMEM;
    for (int d = 0; d < 7; d++)
        hours[d] = (struct roster_hours){(enum weekday)(MONDAY + d), 0, 1440};
    *plan = (struct roster_plan){date_of(1970, 1, 1), date_of(9999, 12, 31), 1, hours, 7};
    to->plans = plan, to->plan_count = 1;
    return OK;
}

static enum err add_thing(struct reading *r, const struct chart_item *item, struct agenda_resource *e,
                          struct str name)
{
    e->row = item->head.row;
    e->id = keep(r, item->head.id);
    e->role_id = e->organization = e->title = e->licence = e->standing_why = (struct str){"", 0};
    e->name = keep(r, name);
    e->initials = initials_of(r, name);
    e->zone_name = r->w->zones[0].name;
    e->roster.zone = r->w->view.zone;
    e->roster.calendar = &r->w->calendar;
    e->roster.works_always = true;
    e->is_suspended = !str_is_text(text(r, item, 0, "status"), "active");
    read_limits(item, &e->roster);
    enum err err =
        read_plans(r, item, tape_get(&item->tape, 0, STR("hoursOfOperation")), &of_place, &e->roster);
    if (!err && e->roster.plan_count == 0) err = always(r, &e->roster);
    if (!err && !is_whole(e)) err = ERR_NOMEM;
    return err ? err : add(r, e);
}

/* Rooms of the clinic in which somebody can be seen; cells, blocks and stores are none. */
static enum err add_room(struct reading *r, const struct chart_item *item)
{
    struct agenda_resource e = {.kind = AGENDA_ROOM, .type = STR("Location")};
    struct str kind = text(r, item, 0, "type.coding.code");
    if (!str_is_text(kind, "video-room") && !str_is_text(kind, "consulting-room") &&
        !str_is_text(kind, "treatment-room"))
        return OK;
    e.what = e.what_words = keep(r, kind);
    e.place = keep(r, text(r, item, 0, "managingOrganization.display"));
    return add_thing(r, item, &e, text(r, item, 0, "name"));
}

static enum err add_device(struct reading *r, const struct chart_item *item)
{
    struct agenda_resource e = {.kind = AGENDA_DEVICE, .type = STR("Device")};
    struct str id = text(r, item, 0, "location.reference");
    struct str words = text(r, item, 0, "type.coding.display");
    (void)str_cut(&id, '/');
    e.what = keep(r, text(r, item, 0, "type.coding.code"));
    e.what_words = words.bytes ? keep(r, words) : e.what;
    e.place = keep(r, id);
    if (e.what.bytes == 0) return OK;
    return add_thing(r, item, &e, text(r, item, 0, "deviceName.name"));
}

enum err agenda_read(struct agenda_whole *w, struct tx *tx, struct records *records)
{
    struct reading r = {.w = w, .tx = tx, .who = {.records = records}};
    enum err err = each(&r, "PractitionerRole", add_role);
    if (!err) err = each(&r, "Location", add_room);
    return err ? err : each(&r, "Device", add_device);
}

/* -- lines of hours: "Mon-Sun 08:30-11:30" -- */

static bool hours_line(struct str line, struct roster_hours hours[7], uint16_t *ret_n)
{
    enum weekday first, last;
    uint16_t from, until;
    struct str days = str_cut(&line, ' '), day = str_cut(&days, '-');
    struct str times = str_trim(line), start = str_cut(&times, '-');
    if (!weekday_from_text(day, &first)) return false;
    last = first;
    if (days.bytes && !weekday_from_text(days, &last)) return false;
    if (!minute_of(start, &from) || !minute_of(times, &until) || from >= until || until > 1440 ||
        start.bytes != 5 || times.bytes != 5 || last < first)
        return false;
    *ret_n = 0;
    for (int d = (int)first; d <= (int)last; d++)
        hours[(*ret_n)++] = (struct roster_hours){(enum weekday)d, from, until};
    return true;
}

enum err agenda_hours_parse(struct arena *arena, struct str text, struct roster_hours **ret_hours,
                            uint16_t *ret_n, char ret_why[CALENDAR_WHY_BYTES])
{
    enum { LINES_MAX = 100 };
    struct roster_hours *all = arena_zalloc(arena, LINES_MAX * 7 * sizeof *all);
    uint16_t n = 0, more;
    if (!all) return ERR_NOMEM;
    for (int number = 1; text.bytes; number++) {
        struct str line = str_trim(str_cut(&text, '\n'));
        if (line.bytes == 0 || line.at[0] == '#') continue;
        if (n + 7 > LINES_MAX * 7 || !hours_line(line, all + n, &more)) {
            snprintf(ret_why, CALENDAR_WHY_BYTES, "line %d: wanted is such as \"Mon-Fri 08:30-11:30\"",
                     number);
            return ERR_BAD_INPUT;
        }
        n = (uint16_t)(n + more);
    }
    *ret_hours = all, *ret_n = n;
    return OK;
}
