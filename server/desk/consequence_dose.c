/* Doses of the rounds at which the patient was said to be out of the house: absent, and why. What is written stays, though the registry says
 * otherwise later: the dose was not given at that round, and what is given after it is a dose of its own. */
#include "desk/chart_write.h"
#include "desk/consequence_own.h"
#include "desk/order.h"
#include "desk/order_own.h"
#include "records/records.h"
#include "registry/event.h"
#include "scheduler/terms.h"
#include <stdio.h>
#include <stdlib.h>

enum { LOOK_BACK_DAYS = 7, AWAYS_MAX = 32, ROUNDS_MAX = 4 };
#define LATE_MS (30 * MINUTE_MS)  /* after its round a dose is late */
#define ROUND_MS (90 * MINUTE_MS) /* a dose that was recorded so near answers the round */

struct away {
    struct instant from, until; /* until ms 0: still */
    const char *why;
};
struct dosing {
    const struct consequence *c;
    struct away aways[AWAYS_MAX];
    uint32_t away_count;
    struct chart_list doses;
    uint32_t did;
};

/* -- when the patient was away -- */

static const char *away_word(struct str words)
{
    enum event_where where;
    if (!event_where_from(words, &where)) return NULL;
    return where == WHERE_COURT       ? custody_text(CUSTODY_COURT)
           : where == WHERE_HOSPITAL  ? custody_text(CUSTODY_HOSPITAL)
           : where == WHERE_ELSEWHERE ? custody_text(CUSTODY_ELSEWHERE)
                                      : NULL;
}

static enum err read_aways(struct dosing *d)
{
    struct chart_item stay;
    struct record_reader *server = &d->c->s->server;
    enum err err = chart_one(d->c->s->tx, server, "Encounter", d->c->custody->encounter, &stay);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    uint32_t all = tape_get(&stay.tape, 0, STR("location")), at;
    for (uint32_t i = 0; (at = tape_at(&stay.tape, all, i)) != TAPE_NONE && d->away_count < AWAYS_MAX; i++) {
        if (chart_text(server, &stay, at, "location.reference").bytes) continue;
        struct away *a = &d->aways[d->away_count];
        a->why = away_word(chart_text(server, &stay, at, "location.display"));
        a->from = chart_instant(server, chart_text(server, &stay, at, "period.start"));
        a->until = chart_instant(server, chart_text(server, &stay, at, "period.end"));
        bool is_old = a->until.ms && a->until.ms < d->c->s->tx->now.ms - LOOK_BACK_DAYS * DAY_MS;
        d->away_count += a->why && a->from.ms && !is_old;
    }
    return OK;
}

static const char *away_at(const struct dosing *d, struct instant at)
{
    for (uint32_t i = 0; i < d->away_count; i++)
        if (d->aways[i].from.ms <= at.ms && (!d->aways[i].until.ms || at.ms < d->aways[i].until.ms))
            return d->aways[i].why;
    return NULL;
}

/* -- the rounds of an order -- */

/* The clinic's rounds, minutes of the day, by how many times a day; as the screens draw them (web-client/src/state/doses). */
static const uint16_t rounds[ROUNDS_MAX][ROUNDS_MAX] = {
    {480}, {480, 1080}, {480, 720, 1080}, {480, 720, 960, 1200}};

static int64_t number_of(const struct chart_item *order, const char *path, int64_t without)
{
    uint32_t node = chart_node(order, 0, path);
    struct str raw = node == TAPE_NONE ? (struct str){0} : tape_raw(&order->tape, node);
    int64_t n = without;
    if (raw.at && !str_to_i64(raw, &n)) n = 0;
    return n;
}

/* How often a day; 0: as needed, or by another measure. */
static uint32_t per_day(struct record_reader *server, const struct chart_item *order)
{
    int64_t n = number_of(order, "dosageInstruction.timing.repeat.frequency", 0);
    bool is_needed =
        number_of(order, "dosageInstruction.timing.repeat.period", 1) == 1 &&
        str_is_text(chart_text(server, order, 0, "dosageInstruction.timing.repeat.periodUnit"), "d");
    uint32_t when = chart_node(order, 0, "dosageInstruction.asNeededBoolean");
    if (when != TAPE_NONE && str_is_text(tape_raw(&order->tape, when), "true")) return 0;
    if (!is_needed || n < 1) return 0;
    return n > ROUNDS_MAX ? ROUNDS_MAX : (uint32_t)n;
}

/* Of another dose than ours: the round has been answered. */
static bool is_answered(struct dosing *d, const struct chart_item *order, struct instant at)
{
    struct record_reader *server = &d->c->s->server;
    for (uint32_t i = 0; i < d->doses.count; i++) {
        const struct chart_item *dose = &d->doses.at[i];
        struct str id = chart_text(server, dose, 0, "request.reference");
        struct instant when = chart_instant(server, chart_text(server, dose, 0, "effectiveDateTime"));
        (void)str_cut(&id, '/');
        if (str_is(id, order->head.id) && llabs(when.ms - at.ms) <= ROUND_MS &&
            !str_is_text(chart_text(server, dose, 0, "status"), "entered-in-error"))
            return true;
    }
    return false;
}

static enum err write_absent(struct dosing *d, const struct chart_item *order, struct instant at,
                             const char *why)
{
    struct schedule *s = d->c->s;
    const char *id = arena_printf(s->server.arena, "absent-%lld-%lld", (long long)order->head.row,
                                  (long long)(at.ms / MINUTE_MS));
    if (!id) return ERR_NOMEM;
    enum err err = order_dose_absent(s->tx, &s->server, order, str_of(id), at, why);
    d->did += !err;
    return err;
}

static enum err look_at_order(struct dosing *d, const struct chart_item *order)
{
    struct schedule *s = d->c->s;
    struct record_reader *server = &s->server;
    const struct zone *zone = records_zone(server->records);
    uint32_t n = per_day(server, order);
    struct instant begun = chart_instant(server, chart_text(server, order, 0, "authoredOn"));
    struct instant end = chart_instant(
        server, chart_text(server, order, 0, "dosageInstruction.timing.repeat.boundsPeriod.end"));
    struct date today = zone_date(zone, s->tx->now);
    enum err err = OK;
    for (int32_t day = today.days - LOOK_BACK_DAYS; n && day <= today.days && !err; day++)
        for (uint32_t i = 0; i < n && !err; i++) {
            struct wall wall = wall_of((struct date){day}, rounds[n - 1][i] * 60);
            struct instant at = zone_instant(zone, wall, NULL);
            const char *why = away_at(d, at);
            bool is_due =
                at.ms >= begun.ms && (!end.ms || at.ms <= end.ms) && at.ms + LATE_MS <= s->tx->now.ms;
            if (why && is_due && !is_answered(d, order, at)) err = write_absent(d, order, at, why);
        }
    return err;
}

enum err consequence_doses(const struct consequence *c, uint32_t *ret_n)
{
    struct dosing d = {.c = c};
    struct chart_list orders;
    struct schedule *s = c->s;
    char since[INSTANT_TEXT_BYTES];
    instant_text(instant_add(s->tx->now, -(LOOK_BACK_DAYS + 1) * DAY_MS), since);
    const char *lately = arena_printf(s->server.arena, "&effective-time=ge%s", since);
    if (!lately) return ERR_NOMEM;
    if (!c->custody->encounter.bytes) return OK;
    enum err err = read_aways(&d);
    if (!err)
        err = chart_list(s->tx, &s->server, "MedicationAdministration", c->patient->id, lately, &d.doses);
    if (!err)
        err = chart_list(s->tx, &s->server, "MedicationRequest", c->patient->id, "&status=active", &orders);
    for (uint32_t i = 0; !err && d.away_count && i < orders.count; i++)
        if (order_is_ours(&s->server, &orders.at[i])) err = look_at_order(&d, &orders.at[i]);
    if (!err) *ret_n = d.did;
    return err;
}
