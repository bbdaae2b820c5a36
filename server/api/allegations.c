/* Allegations of ill-treatment (docs/PROTOCOL §16; rule 40): those that nobody has sent to a body outside, and those sent of late. A doctor sees whose
 * they are, as far as the guard lets her see them; the privacy officer that there are any, since when, and where they went. Custody has no way here. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/intake.h"
#include "desk/whom.h"
#include "scheduler/terms.h"

enum { SENT_DAYS = 30 };

static enum err put_one(struct tx *tx, struct record_reader *who, struct json_out *o, int64_t row,
                        bool is_named)
{
    struct record_reader server = {.records = who->records, .arena = who->arena};
    struct intake_allegation a;
    struct whom whom;
    enum err err = intake_allegation_at(tx, &server, row, &a);
    if (!err && is_named) err = whom_of(tx, &server, a.patient, &whom);
    if (!err && is_named) err = record_traced(who, &a.head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(o, NULL);
    if (is_named) {
        json_put_str(o, "intake", a.intake);
        whom_put(o, &whom);
    }
    json_put_instant(o, "made", a.made);
    json_put_instant(o, "sent", a.sent);
    json_put_str(o, "to", clinic_text(a.to));
    json_close(o);
    return OK;
}

enum err allegations_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    uint32_t n = 0;
    bool is_named = role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR);
    int64_t *rows = arena_alloc(r->arena, INTAKE_ALLEGATIONS_MAX * sizeof *rows);
    enum err err = rows ? record_parts_reader(r, tx, &who) : ERR_NOMEM;
    if (!err)
        err = intake_allegation_rows(tx, is_named ? &who : &server, instant_add(tx->now, -SENT_DAYS * DAY_MS),
                                     rows, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "allegations");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_one(tx, &who, &o, rows[i], is_named);
    json_close_array(&o);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}
