/* Where the person was held when: a stay as a custody Encounter, written only where it changes. */
#include "base/digest.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/registrar_own.h"
#include "desk/stay_watch.h"
#include "records/search.h"
#include "registry/inbox.h"
#include <stdio.h>

enum { BODY_MAX = 1024 * 1024, PLACE_MAX = 4096 };

/* "stay-", and a hash of what it stands for: the same again, wherever and whenever it is made. */
static void id_of(const char *kind, const char *text, char ret_id[REGISTRAR_ID_BYTES])
{
    char hex[2 * DIGEST_BYTES + 1];
    struct digest_value digest = digest_of(text, strlen(text));
    str_hex(&digest, DIGEST_BYTES, hex);
    snprintf(ret_id, REGISTRAR_ID_BYTES, "%s-%.32s", kind, hex);
}

void registrar_stay_id(struct str source, struct str number, struct str stay, unsigned ordinal,
                       char ret_id[REGISTRAR_ID_BYTES])
{
    char text[4 * EVENT_TEXT_BYTES_MAX];
    int n = snprintf(text, sizeof text, "%.*s\n%.*s\n%.*s\n%u", (int)source.bytes, source.at,
                     (int)number.bytes, number.at, (int)stay.bytes, stay.at, ordinal);
    ASSERT(n > 0 && (size_t)n < sizeof text);
    id_of("stay", text, ret_id);
}

/* -- the cell's Location -- */

static enum err place_find(struct tx *tx, struct record_reader *server, struct str cell, struct str *ret_id)
{
    struct buf query;
    struct str text;
    struct record_fault fault = {0};
    struct record_head head;
    int64_t row;
    uint32_t n = 0;
    buf_init(&query, PLACE_MAX);
    buf_add_text(&query, "identifier=" REGISTRAR_CELL_SYSTEM "%7C");
    search_put_value(&query, cell);
    *ret_id = (struct str){0};
    enum err err = chart_take(server, &query, &text);
    if (!err) err = search_rows(tx, server, fhir_resource_of(STR("Location")), text, &row, 1, &n, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    if (!err && n) err = record_head_at(tx, server->arena, row, &head);
    if (!err && n) *ret_id = head.id;
    return err;
}

static enum err place_make(struct tx *tx, struct record_reader *server, const struct stay_period *p,
                           struct str cell, struct str *ret_id)
{
    struct buf body;
    struct json_out o;
    struct str text;
    struct record_head head;
    char id[REGISTRAR_ID_BYTES];
    id_of("cell", cell.at, id);
    buf_init(&body, PLACE_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Location");
    json_put_text(&o, "id", id);
    json_open_array(&o, "identifier");
    json_open(&o, NULL);
    json_put_text(&o, "system", REGISTRAR_CELL_SYSTEM);
    json_put_str(&o, "value", cell);
    json_close(&o);
    json_close_array(&o);
    json_put_text(&o, "status", "active");
    json_put_str(&o, "name", p->cell);
    json_put_text(&o, "mode", "instance");
    json_open(&o, "physicalType");
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", "http://terminology.hl7.org/CodeSystem/location-physical-type");
    json_put_text(&o, "code", "ro");
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    json_close(&o);
    enum err err = chart_take(server, &body, &text);
    if (!err)
        err = chart_write(tx, server, fhir_resource_of(STR("Location")), str_of(id), 0, text, &head, NULL);
    if (!err) *ret_id = head.id;
    return err;
}

/* "B/3-07", as Location.identifier and as the words of the place. */
static enum err place_of(struct tx *tx, struct record_reader *server, const struct stay_period *p,
                         struct str *ret_id)
{
    const char *cell = arena_printf(server->arena, "%.*s/%.*s", (int)p->block.bytes,
                                    p->block.at ? p->block.at : "", (int)p->cell.bytes, p->cell.at);
    if (!cell) return ERR_NOMEM;
    enum err err = place_find(tx, server, str_of(cell), ret_id);
    if (!err && !ret_id->bytes) err = place_make(tx, server, p, str_of(cell), ret_id);
    return err;
}

/* -- the Encounter -- */

static void put_period(struct json_out *o, struct instant start, struct instant end, bool is_open)
{
    json_open(o, "period");
    json_put_instant(o, "start", start);
    if (!is_open) json_put_instant(o, "end", end);
    json_close(o);
}

/* In a cell: its Location. Out of the house: the kind of place, which is all that a registry says. */
static enum err put_place(struct tx *tx, struct record_reader *server, struct json_out *o,
                          const struct stay_period *p)
{
    struct str id = {0};
    enum err err = p->where == WHERE_CELL ? place_of(tx, server, p, &id) : OK;
    if (err) return err;
    json_open(o, NULL);
    json_open(o, "location");
    if (id.bytes)
        json_put_text(o, "reference", arena_printf(server->arena, "Location/%.*s", (int)id.bytes, id.at));
    if (p->where == WHERE_CELL)
        json_put_str(o, "display", p->cell);
    else
        json_put_text(o, "display", event_where_text(p->where));
    json_close(o);
    json_put_text(o, "status", p->is_open ? "active" : "completed");
    put_period(o, p->start, p->end, p->is_open);
    json_close(o);
    return OK;
}

static const char *const statuses[] = {
    [STAY_OPEN] = "in-progress", [STAY_ENDED] = "finished", [STAY_CANCELLED] = "cancelled"};

static enum err put_stay(struct tx *tx, struct record_reader *server, struct json_out *o, const char *id,
                         struct str patient, const struct stay *s)
{
    enum err err = OK;
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Encounter");
    json_put_text(o, "id", id);
    json_open_array(o, "identifier");
    json_open(o, NULL);
    json_put_text(o, "system", REGISTRAR_STAY_SYSTEM);
    json_put_str(o, "value", s->id);
    json_close(o);
    json_close_array(o);
    json_put_text(o, "status", statuses[s->state]);
    json_open(o, "class");
    json_put_text(o, "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode");
    json_put_text(o, "code", "IMP");
    json_close(o);
    json_open_array(o, "type");
    chart_put_code(o, NULL, "urn:yunqiao:encounter", "custody", NULL);
    if (s->is_announced && s->state == STAY_OPEN)
        chart_put_code(o, NULL, "urn:yunqiao:custody", "release-pending", NULL);
    if (s->is_implied) chart_put_code(o, NULL, "urn:yunqiao:custody", "admission-not-told", NULL);
    json_close_array(o);
    json_open(o, "subject");
    json_put_text(o, "reference",
                  arena_printf(server->arena, "Patient/%.*s", (int)patient.bytes, patient.at));
    json_close(o);
    put_period(o, s->start, s->end, s->state == STAY_OPEN);
    if (s->state == STAY_ENDED && s->how != END_UNSAID) {
        json_open(o, "hospitalization");
        chart_put_code(o, "dischargeDisposition", "urn:yunqiao:custody-end", event_end_text(s->how), NULL);
        json_close(o);
    }
    if (s->period_count) json_open_array(o, "location");
    for (size_t i = 0; i < s->period_count && !err; i++)
        err = put_place(tx, server, o, &s->periods[i]);
    if (s->period_count) json_close_array(o);
    json_close(o);
    return err;
}

/* Whether what stands there says the same: then there is nothing to write, and no version without a change. */
static bool is_same(struct record_reader *server, const struct chart_item *old, const struct stay *s)
{
    uint32_t all = tape_get(&old->tape, 0, STR("location")), at;
    size_t n = 0;
    uint32_t types = tape_get(&old->tape, 0, STR("type")), type_count = 0;
    while (tape_at(&old->tape, types, type_count) != TAPE_NONE)
        type_count++;
    if (!str_is_text(chart_text(server, old, 0, "status"), statuses[s->state]) ||
        chart_instant(server, chart_text(server, old, 0, "period.start")).ms != s->start.ms ||
        chart_instant(server, chart_text(server, old, 0, "period.end")).ms !=
            (s->state == STAY_OPEN ? 0 : s->end.ms) ||
        type_count != 1u + (s->is_announced && s->state == STAY_OPEN) + s->is_implied ||
        !str_is_text(chart_text(server, old, 0, "hospitalization.dischargeDisposition.coding.code"),
                     s->state == STAY_ENDED ? event_end_text(s->how) : ""))
        return false;
    for (; (at = tape_at(&old->tape, all, (uint32_t)n)) != TAPE_NONE; n++) {
        if (n >= s->period_count) return false;
        const struct stay_period *p = &s->periods[n];
        struct str words = chart_text(server, old, at, "location.display");
        if (!(p->where == WHERE_CELL ? str_is(words, p->cell)
                                     : str_is_text(words, event_where_text(p->where))) ||
            str_is_text(chart_text(server, old, at, "status"), "active") != p->is_open ||
            chart_instant(server, chart_text(server, old, at, "period.start")).ms != p->start.ms)
            return false;
    }
    return n == s->period_count;
}

/* The Encounter stands as it is to stand: told to whom it concerns. before NULL: there was none. */
static enum err tell(struct tx *tx, struct record_reader *server, const struct record_head *patient,
                     const char *id, const struct chart_item *before)
{
    struct chart_item now;
    const char *encounter = arena_text(server->arena, id, strlen(id));
    struct stay_change change = {.patient = patient->row, .patient_id = patient->id};
    if (!encounter) return ERR_NOMEM;
    change.encounter = str_of(encounter);
    enum err err = chart_one(tx, server, "Encounter", change.encounter, &now);
    if (err) return err;
    if (before) custody_read(server, before, &change.before);
    custody_read(server, &now, &change.after);
    return stay_changed(tx, server, &change);
}

static enum err write_stay(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                           const struct record_head *patient, const struct stay *s)
{
    char id[REGISTRAR_ID_BYTES];
    struct chart_item old;
    struct buf body;
    struct json_out o;
    struct str text;
    registrar_stay_id(source, number, s->id, s->ordinal, id);
    enum err err = chart_one(tx, server, "Encounter", str_of(id), &old);
    bool is_new = err == ERR_NOT_FOUND;
    if (!err && is_same(server, &old, s)) return OK;
    if (err && !is_new) return err;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    err = put_stay(tx, server, &o, id, patient->id, s);
    if (err) {
        buf_done(&body);
        return err;
    }
    err = chart_take(server, &body, &text);
    if (!err)
        err = chart_write(tx, server, fhir_resource_of(STR("Encounter")), str_of(id), 0, text, NULL, NULL);
    return err ? err : tell(tx, server, patient, id, is_new ? NULL : &old);
}

/* A stay that came of what has been taken back since: it was never there. */
static enum err void_rest(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                          struct str stay, const struct record_head *patient, unsigned from)
{
    for (unsigned ordinal = from;; ordinal++) {
        char id[REGISTRAR_ID_BYTES];
        struct chart_item old;
        registrar_stay_id(source, number, stay, ordinal, id);
        enum err err = chart_one(tx, server, "Encounter", str_of(id), &old);
        if (err) return err == ERR_NOT_FOUND ? OK : err;
        if (str_is_text(chart_text(server, &old, 0, "status"), "entered-in-error")) continue;
        err = chart_write_steps(
            tx, server, &old.head, 0,
            STR("[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"entered-in-error\"}]"), NULL, NULL);
        if (!err) err = tell(tx, server, patient, id, &old);
        if (err) return err;
    }
}

enum err registrar_stays_write(struct tx *tx, struct record_reader *server, struct str source,
                               struct str number, struct str stay, int64_t patient)
{
    struct event *events;
    struct stays stays;
    struct record_head head;
    size_t n;
    enum err err = record_head_at(tx, server->arena, patient, &head);
    if (!err) err = inbox_events(tx, server->arena, source, number, stay, &events, &n);
    if (!err) err = stays_fold(server->arena, events, n, &stays);
    if (err) return err;
    for (size_t i = 0; i < stays.count && !err; i++)
        err = write_stay(tx, server, source, number, &head, &stays.stays[i]);
    return err ? err : void_rest(tx, server, source, number, stay, &head, (unsigned)stays.count);
}
