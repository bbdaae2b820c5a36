#include "desk/moves.h"
#include "desk/sickcall.h"
#include "records/search.h"

enum { FOUND_MAX = 4000, STAYS_MAX = 40000, AT_ONCE = 64, AT_ONCE_BYTES_MAX = 32 << 20 };

struct reading {
    struct tx *tx;
    struct moves *m;
    struct record_reader *server; /* of a few records at a time: the house's arena would not hold them all */
    const char *since;
    struct instant until;
};

uint32_t moves_people(const struct moves *m)
{
    return m->house.person_count + m->officer_count;
}

static uint32_t clinic_of(const struct moves *m)
{
    return m->house.place_count;
}

uint32_t moves_places(const struct moves *m)
{
    return clinic_of(m) + 1 + m->officer_count;
}

uint32_t moves_officer(const struct moves *m, uint32_t person)
{
    return person < m->house.person_count ? MOVES_OFFICERS_MAX : person - m->house.person_count;
}

void moves_done(struct moves *m)
{
    dwelling_done(&m->house);
    *m = (struct moves){.stays = NULL};
}

static void add(struct reading *r, uint32_t person, uint32_t place, enum contact_kind kind,
                struct instant from, struct instant until)
{
    struct moves *m = r->m;
    if (until.ms == 0 || until.ms > r->until.ms) until = r->until;
    if (person == DWELLING_NONE || place == DWELLING_NONE || from.ms == 0 || from.ms >= until.ms) return;
    m->is_cut |= m->stay_count == STAYS_MAX;
    if (m->stay_count < STAYS_MAX)
        m->stays[m->stay_count++] = (struct contact_stay){person, place, kind, from, until};
}

static struct str text(struct reading *r, const struct chart_item *item, const char *path)
{
    return chart_text(r->server, item, 0, path);
}

static struct instant moment(struct reading *r, const struct chart_item *item, const char *path)
{
    return chart_instant(r->server, text(r, item, path));
}

/* -- escorts -- */

static uint32_t officer_of(struct moves *m, struct str owner)
{
    uint32_t i = 0;
    if (!owner.bytes) return DWELLING_NONE;
    while (i < m->officer_count && !str_is(m->officers[i], owner))
        i++;
    if (i < m->officer_count) return i;
    const char *copy =
        i < MOVES_OFFICERS_MAX ? arena_text(m->house.server.arena, owner.at, owner.bytes) : NULL;
    if (!copy) return m->is_cut = true, DWELLING_NONE;
    m->officers[m->officer_count++] = (struct str){copy, owner.bytes};
    return i;
}

static void add_errand(struct reading *r, const struct chart_item *task)
{
    struct str status = text(r, task, "status");
    struct instant from = moment(r, task, "executionPeriod.start"),
                   until = moment(r, task, "executionPeriod.end");
    uint32_t person = dwelling_person_of(&r->m->house, task->head.patient);
    bool is_done = str_is_text(status, "in-progress") || str_is_text(status, "completed");
    if (!is_done || from.ms == 0 || until.ms == 0 || person == DWELLING_NONE) return;
    uint32_t officer = officer_of(r->m, text(r, task, "owner.reference"));
    if (officer != DWELLING_NONE) {
        uint32_t with = clinic_of(r->m) + 1 + officer;
        add(r, person, with, CONTACT_ESCORT, from, until);
        add(r, r->m->house.person_count + officer, with, CONTACT_ESCORT, from, until);
    }
    add(r, person, dwelling_place_of(&r->m->house, text(r, task, "location.reference")), CONTACT_ROOM, from,
        until);
}

/* -- bookings that came about -- */

static void add_booking(struct reading *r, const struct chart_item *a)
{
    uint32_t all = tape_get(&a->tape, 0, STR("participant")), i = 0, at;
    uint32_t person = dwelling_person_of(&r->m->house, a->head.patient);
    struct instant from = moment(r, a, "start"), until = moment(r, a, "end");
    for (; all != TAPE_NONE && until.ms && (at = tape_at(&a->tape, all, i)) != TAPE_NONE; i++) {
        struct str who = chart_text(r->server, a, at, "actor.reference");
        if (!str_starts(who, STR("Location/"))) continue;
        add(r, person, dwelling_place_of(&r->m->house, who), CONTACT_ROOM, from, until);
    }
}

/* -- visits to the clinic -- */

/* When the patient stood there: as the visit's being planned ended, else as it began. */
static struct instant came(struct reading *r, const struct chart_item *visit)
{
    uint32_t all = tape_get(&visit->tape, 0, STR("statusHistory")), i = 0, at;
    for (; all != TAPE_NONE && (at = tape_at(&visit->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(r->server, visit, at, "status"), "planned"))
            return chart_instant(r->server, chart_text(r->server, visit, at, "period.end"));
    return moment(r, visit, "period.start");
}

static void add_visit(struct reading *r, const struct chart_item *visit)
{
    uint32_t place = dwelling_place_of(&r->m->house, text(r, visit, "location.location.reference"));
    bool is_over = str_is_text(text(r, visit, "status"), "finished");
    struct instant end = moment(r, visit, "period.end");
    if (is_over && end.ms == 0) return;
    add(r, dwelling_person_of(&r->m->house, visit->head.patient),
        place == DWELLING_NONE ? clinic_of(r->m) : place, CONTACT_ROOM, came(r, visit), end);
}

/* -- all of it -- */

static const struct {
    const char *type, *query; /* the query's end: since when */
    void (*add)(struct reading *r, const struct chart_item *item);
} sources[] = {
    {"Task", "code=" SICKCALL_TASK "|escort&status=in-progress,completed&period=ge", add_errand},
    {"Appointment", "status=arrived,checked-in,fulfilled&date=ge", add_booking},
    {"Encounter", "class=AMB&status=arrived,triaged,in-progress,finished&date=ge", add_visit},
};

static enum err read_few(struct reading *r, size_t of, const int64_t *rows, uint32_t n)
{
    struct record_reader few = {.records = r->m->house.server.records, .arena = arena_new(AT_ONCE_BYTES_MAX)};
    enum err err = few.arena ? OK : ERR_NOMEM;
    r->server = &few;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct chart_item item;
        err = record_head_at(r->tx, few.arena, rows[i], &head);
        if (!err) err = chart_one(r->tx, &few, sources[of].type, head.id, &item);
        if (!err) sources[of].add(r, &item);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    arena_free(few.arena);
    r->server = NULL;
    return err;
}

static enum err read_source(struct reading *r, size_t of)
{
    struct record_fault fault = {0};
    struct record_reader *house = &r->m->house.server;
    const char *query = arena_printf(house->arena, "%s%s", sources[of].query, r->since);
    int64_t *rows = arena_alloc(house->arena, FOUND_MAX * sizeof *rows);
    uint32_t n = 0;
    if (!query || !rows) return ERR_NOMEM;
    enum err err = search_rows(r->tx, house, fhir_resource_of(str_of(sources[of].type)), str_of(query), rows,
                               FOUND_MAX, &n, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < n && !err; i += AT_ONCE)
        err = read_few(r, of, rows + i, n - i < AT_ONCE ? n - i : AT_ONCE);
    r->m->is_cut |= n == FOUND_MAX;
    return err;
}

static void add_cells(struct reading *r)
{
    const struct dwelling *h = &r->m->house;
    for (uint32_t i = 0; i < h->stay_count; i++) {
        const struct dwelling_stay *s = &h->stays[i];
        add(r, s->person, s->place, h->places[s->place].kind == DWELLING_ROOM ? CONTACT_ROOM : CONTACT_CELL,
            s->from, s->until);
    }
}

enum err moves_read(struct tx *tx, struct records *records, struct instant since, struct instant until,
                    struct moves *ret)
{
    char from[INSTANT_TEXT_BYTES];
    struct reading r = {.tx = tx, .m = ret, .since = from, .until = until};
    *ret = (struct moves){.stays = NULL};
    instant_text(since, from);
    enum err err = dwelling_read(tx, records, since, &ret->house);
    if (err) return err;
    ret->stays = arena_alloc(ret->house.server.arena, STAYS_MAX * sizeof *ret->stays);
    if (!ret->stays) return ERR_NOMEM;
    ret->is_cut = ret->house.is_cut;
    add_cells(&r);
    for (size_t i = 0; i < COUNT_OF(sources) && !err; i++)
        err = read_source(&r, i);
    return err;
}
