/* The round at the cell doors (docs/PROTOCOL §13): who in a block has a drug to be given, with what became of today's doses. When one is due
 * is reckoned by who asks, by the same rounds as in the chart. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "base/zone.h"
#include "desk/dwelling.h"
#include "desk/whom.h"
#include "records/records.h"
#include "records/search.h"

enum { ORDERS_MAX = 2000, BLOCKS_MAX = 200 };

struct walk {
    struct request *r;
    struct tx *tx;
    struct record_reader who; /* with the guard of who asks; in the dwelling's arena */
    struct dwelling house;
    struct str block; /* empty: the blocks alone */
    char midnight[INSTANT_TEXT_BYTES];
    struct json_out *o;
    uint32_t blocks[BLOCKS_MAX], orders[BLOCKS_MAX], block_count; /* a place of each; how many orders */
};

static void count_in(struct walk *w, uint32_t cell)
{
    uint32_t i = 0;
    while (i < w->block_count && !str_is(w->house.places[w->blocks[i]].block, w->house.places[cell].block))
        i++;
    if (i == BLOCKS_MAX) return;
    if (i == w->block_count) w->blocks[w->block_count++] = cell;
    w->orders[i]++;
}

static enum err put_doses(struct walk *w, const struct chart_item *order, struct str patient)
{
    struct chart_list doses;
    const char *more = arena_printf(w->who.arena, "&request=MedicationRequest/%.*s&effective-time=ge%s",
                                    (int)order->head.id.bytes, order->head.id.at, w->midnight);
    (void)str_cut(&patient, '/');
    enum err err =
        more ? chart_list(w->tx, &w->who, "MedicationAdministration", patient, more, &doses) : ERR_NOMEM;
    json_open_array(w->o, "doses");
    for (uint32_t i = 0; !err && i < doses.count; i++) {
        err = record_traced(&w->who, &doses.at[i].head);
        json_put_raw(w->o, NULL, tape_raw(&doses.at[i].tape, 0));
    }
    json_close_array(w->o);
    return err;
}

static enum err put_order(struct walk *w, int64_t row)
{
    struct record_head head;
    struct chart_item order;
    struct whom whom;
    enum err err = record_head_at(w->tx, w->who.arena, row, &head);
    if (!err) err = chart_one(w->tx, &w->who, "MedicationRequest", head.id, &order);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    uint32_t person = dwelling_person_of(&w->house, head.patient);
    uint32_t cell = person == DWELLING_NONE ? DWELLING_NONE : w->house.people[person].cell;
    if (cell == DWELLING_NONE || str_is_text(chart_text(&w->who, &order, 0, "reportedBoolean"), "true"))
        return OK;
    count_in(w, cell);
    if (!str_is(w->house.places[cell].block, w->block)) return OK;
    struct str patient = chart_text(&w->who, &order, 0, "subject.reference");
    err = record_traced(&w->who, &head);
    if (!err) err = whom_of(w->tx, &w->house.server, patient, &whom);
    if (err) return err;
    json_open(w->o, NULL);
    whom_put(w->o, &whom);
    json_put_raw(w->o, "order", tape_raw(&order.tape, 0));
    err = put_doses(w, &order, patient);
    json_close(w->o);
    return err;
}

static enum err put_all(struct walk *w)
{
    struct record_fault fault = {0};
    uint32_t n = 0;
    int64_t *rows = arena_alloc(w->who.arena, ORDERS_MAX * sizeof *rows);
    enum err err = rows ? search_rows(w->tx, &w->who, fhir_resource_of(STR("MedicationRequest")),
                                      STR("status=active"), rows, ORDERS_MAX, &n, &fault)
                        : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    json_open_array(w->o, "rows");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_order(w, rows[i]);
    json_close_array(w->o);
    json_open_array(w->o, "blocks");
    for (uint32_t i = 0; i < w->block_count && !err; i++) {
        const struct dwelling_place *p = &w->house.places[w->blocks[i]];
        json_open(w->o, NULL);
        json_put_str(w->o, "block", p->block);
        json_put_str(w->o, "name", p->block_name);
        json_put_int(w->o, "orders", w->orders[i]);
        json_close(w->o);
    }
    json_close_array(w->o);
    json_put_bool(w->o, "cut", n == ORDERS_MAX || w->house.is_cut);
    return err;
}

enum err dose_round_look(struct request *r, struct tx *tx)
{
    struct walk *w = arena_zalloc(r->arena, sizeof *w);
    struct json_out o;
    if (!w) return ERR_NOMEM;
    if (!role_set_has(r->who.roles, ROLE_NURSE) && !role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR))
        return answer_fault(r, 404, "not_found", NULL);
    struct str block = request_query(r, "block");
    *w = (struct walk){.r = r, .tx = tx, .o = &o, .block = block.at ? block : (struct str){"", 0}};
    enum err err = record_parts_reader(r, tx, &w->who);
    if (!err) err = dwelling_read(tx, w->who.records, tx->now, &w->house);
    if (!err) {
        const struct zone *zone = records_zone(w->who.records);
        w->who.arena = w->house.server.arena;
        instant_text(zone_instant(zone, wall_of(zone_date(zone, tx->now), 0), NULL), w->midnight);
        answer_json(r, 200, &o);
        json_open(&o, NULL);
        err = put_all(w);
        json_close(&o);
    }
    if (!err) err = request_trace(r, &w->who, r->route->audit, NULL, "");
    dwelling_done(&w->house);
    return err;
}
