/* The own screening at arrival (docs/PROTOCOL §16, workflow step 2): its parts once a doctor has released them, with what the person said then. The
 * guard says what is released; a statement beside it is api/statements'. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/intake_form.h"
#include "records/led.h"
#include "records/merge.h"
#include "records/search.h"

enum { PARTS_MAX = 40 };

static enum err put_part(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o,
                         int64_t row)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    struct chart_item item;
    enum intake_part part;
    enum err err = record_head_at(tx, r->arena, row, &head);
    if (!err) err = chart_one(tx, &server, "QuestionnaireResponse", head.id, &item);
    if (err) return err;
    if (!intake_part_from(chart_part(&server, &item, LED_INTAKE, "part", "valueCode"), &part))
        return OK; /* another form */
    err = record_traced(who, &item.head);
    if (err) return err;
    json_open(o, NULL);
    json_put_str(o, "id", item.head.id);
    json_put_text(o, "part", intake_part_name(part));
    json_put_instant(o, "saved", chart_instant(&server, chart_text(&server, &item, 0, "authored")));
    json_put_str(o, "by", clinic_text(chart_text(&server, &item, 0, "author.display")));
    json_open(o, "answers");
    err = intake_form_say(part, &server, &item, o);
    json_close(o);
    json_close(o);
    return err;
}

static enum err put_of(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o,
                       struct str patient)
{
    int64_t rows[PARTS_MAX];
    uint32_t n = 0;
    struct record_fault fault = {0};
    const char *query = arena_printf(r->arena, "patient=Patient/%.*s&status=completed&_sort=-authored",
                                     (int)patient.bytes, patient.at);
    enum err err = query ? search_rows(tx, who, fhir_resource_of(STR("QuestionnaireResponse")), str_of(query),
                                       rows, PARTS_MAX, &n, &fault)
                         : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_part(r, tx, who, o, rows[i]);
    return err;
}

enum err own_intakes_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct merge_rows own;
    struct json_out o;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err && who.guard->patient == 0) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = merge_rows(tx, who.guard->patient, &own);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "parts");
    for (uint32_t i = 0; i < own.count && !err; i++) {
        struct record_head patient;
        err = record_head_at(tx, r->arena, own.at[i], &patient);
        if (!err) err = put_of(r, tx, &who, &o, patient.id);
    }
    json_close_array(&o);
    json_close(&o);
    if (!err) err = request_about(r, who.guard->patient);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}
