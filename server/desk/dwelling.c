#include "desk/dwelling.h"
#include "desk/registrar.h"
#include "records/search.h"

enum { PERIODS_MAX = 20000, ARENA_MAX = 128 << 20 };

static enum err rows_of(struct tx *tx, struct record_reader *server, const char *type, const char *query,
                        uint32_t most, int64_t **ret, uint32_t *ret_n)
{
    struct record_fault fault = {0};
    int64_t *rows = query ? arena_alloc(server->arena, most * sizeof *rows) : NULL;
    if (!rows) return ERR_NOMEM;
    *ret = rows, *ret_n = 0;
    enum err err =
        search_rows(tx, server, fhir_resource_of(str_of(type)), str_of(query), rows, most, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* -- places -- */

static struct str id_of(struct str reference)
{
    struct str id = reference, type = str_cut(&id, '/');
    return id.bytes ? id : type;
}

uint32_t dwelling_place_of(const struct dwelling *h, struct str reference)
{
    struct str id = id_of(reference);
    for (uint32_t i = 0; i < h->place_count && id.bytes; i++)
        if (str_is(h->places[i].id, id)) return i;
    return DWELLING_NONE;
}

static void read_place(struct record_reader *server, const struct chart_item *item, struct dwelling_place *p)
{
    struct str kind = chart_text(server, item, 0, "type.coding.code"), cell = {0};
    *p = (struct dwelling_place){.id = item->head.id, .kind = DWELLING_OTHER};
    p->name = chart_text(server, item, 0, "name");
    p->block = id_of(chart_text(server, item, 0, "partOf.reference"));
    p->is_isolation = str_is_text(kind, "isolation-room");
    if (str_is_text(chart_text(server, item, 0, "physicalType.coding.code"), "ro")) p->kind = DWELLING_ROOM;
    if (str_is_text(chart_text(server, item, 0, "identifier.system"), REGISTRAR_CELL_SYSTEM))
        cell = chart_text(server, item, 0, "identifier.value");
    if (cell.bytes) p->block = str_cut(&cell, '/');
    if (p->block.bytes && (cell.bytes || str_is_text(kind, "cell"))) p->kind = DWELLING_CELL;
}

/* The block's words are those of the place that its first cell is part of. */
static void name_blocks(struct dwelling *h, const struct str *parts)
{
    for (uint32_t i = 0; i < h->place_count; i++) {
        uint32_t whole = dwelling_place_of(h, parts[i]);
        h->places[i].block_name = whole == DWELLING_NONE ? h->places[i].block : h->places[whole].name;
    }
}

static enum err read_places(struct tx *tx, struct record_reader *server, struct dwelling *h)
{
    int64_t *rows;
    uint32_t n = 0;
    enum err err = rows_of(tx, server, "Location", "_lastUpdated=ge1970-01-01&_sort=_id", DWELLING_PLACES_MAX,
                           &rows, &n);
    struct str *parts = arena_zalloc(server->arena, (DWELLING_PLACES_MAX + 1) * sizeof *parts);
    h->places = arena_zalloc(server->arena, (DWELLING_PLACES_MAX + 1) * sizeof *h->places);
    if (!parts || !h->places) return ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct chart_item item;
        err = record_head_at(tx, server->arena, rows[i], &head);
        if (!err) err = chart_one(tx, server, "Location", head.id, &item);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        if (err) break;
        parts[h->place_count] = chart_text(server, &item, 0, "partOf.reference");
        read_place(server, &item, &h->places[h->place_count++]);
    }
    name_blocks(h, parts);
    h->is_cut |= n == DWELLING_PLACES_MAX;
    return err;
}

/* -- people -- */

uint32_t dwelling_person_of(const struct dwelling *h, int64_t row)
{
    for (uint32_t i = 0; i < h->person_count; i++)
        if (h->people[i].row == row) return i;
    return DWELLING_NONE;
}

static uint32_t person_of(struct record_reader *server, struct dwelling *h, const struct chart_item *item)
{
    uint32_t at = dwelling_person_of(h, item->head.patient);
    if (at != DWELLING_NONE) return at;
    at = h->person_count++;
    h->people[at] = (struct dwelling_person){id_of(chart_text(server, item, 0, "subject.reference")),
                                             item->head.patient, DWELLING_NONE};
    return at;
}

static void read_stay(struct record_reader *server, struct dwelling *h, const struct chart_item *item,
                      struct instant since)
{
    uint32_t all = tape_get(&item->tape, 0, STR("location")), at, person = person_of(server, h, item);
    bool is_open = str_is_text(chart_text(server, item, 0, "status"), "in-progress");
    struct instant end = chart_instant(server, chart_text(server, item, 0, "period.end"));
    for (uint32_t i = 0; all != TAPE_NONE && (at = tape_at(&item->tape, all, i)) != TAPE_NONE; i++) {
        uint32_t place = dwelling_place_of(h, chart_text(server, item, at, "location.reference"));
        struct dwelling_stay s = {person, place,
                                  chart_instant(server, chart_text(server, item, at, "period.start")),
                                  chart_instant(server, chart_text(server, item, at, "period.end"))};
        if (s.until.ms == 0 && !is_open) s.until = end;
        bool is_now = is_open && s.until.ms == 0;
        if (is_now) h->people[person].cell = place;
        if (place == DWELLING_NONE || (s.until.ms && s.until.ms <= since.ms)) continue;
        if (h->stay_count == h->stay_room)
            h->is_cut = true;
        else
            h->stays[h->stay_count++] = s;
    }
}

void dwelling_done(struct dwelling *h)
{
    arena_free(h->server.arena);
    *h = (struct dwelling){0};
}

enum err dwelling_read(struct tx *tx, struct records *records, struct instant since, struct dwelling *ret)
{
    char from[INSTANT_TEXT_BYTES];
    int64_t *rows;
    uint32_t n = 0;
    *ret = (struct dwelling){.server = {.records = records, .arena = arena_new(ARENA_MAX)},
                             .stay_room = PERIODS_MAX};
    struct record_reader *server = &ret->server;
    if (!server->arena) return ERR_NOMEM;
    instant_text(since, from);
    enum err err = read_places(tx, server, ret);
    ret->people = arena_zalloc(server->arena, (DWELLING_STAYS_MAX + 1) * sizeof *ret->people);
    ret->stays = arena_zalloc(server->arena, (PERIODS_MAX + 1) * sizeof *ret->stays);
    if (!ret->people || !ret->stays) return ERR_NOMEM;
    if (!err)
        err = rows_of(tx, server, "Encounter",
                      arena_printf(server->arena,
                                   "type=urn:yunqiao:encounter|custody&status=in-progress,finished&date=ge%s",
                                   from),
                      DWELLING_STAYS_MAX, &rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct chart_item item;
        err = record_head_at(tx, server->arena, rows[i], &head);
        if (!err) err = chart_one(tx, server, "Encounter", head.id, &item);
        if (!err) read_stay(server, ret, &item, since);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    ret->is_cut |= n == DWELLING_STAYS_MAX;
    return err;
}

uint32_t dwelling_cell_at(const struct dwelling *h, uint32_t person, struct instant at)
{
    for (uint32_t i = 0; i < h->stay_count && person != DWELLING_NONE; i++) {
        const struct dwelling_stay *s = &h->stays[i];
        if (s->person == person && s->from.ms <= at.ms && (s->until.ms == 0 || at.ms < s->until.ms))
            return s->place;
    }
    return DWELLING_NONE;
}
