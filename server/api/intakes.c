/* Who has come into custody (docs/PROTOCOL §16): the list with its clocks, the form and its parts, the doctor's signature, the assessment; and
 * what custody learns of it, which desk/housing makes alone. Doctors and nurses; what is signed, a doctor. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/intake_parts.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/housing.h"
#include "desk/whom.h"
#include "records/records.h"
#include "records/release.h"

const struct intake_limits *intake_limits_of(struct request *r)
{
    const struct intake_limits *set = &request_site(r)->settings.clinic.intake;
    return set->start_min ? set : &intake_limits_default;
}

/* -- what is answered -- */

static void put_names(struct json_out *o, const struct intake *in)
{
    json_put_instant(o, "arrived", in->facts.arrived);
    json_put_instant(o, "begun", in->facts.begun);
    json_put_str(o, "begun_by", clinic_text(in->begun_by));
    json_put_instant(o, "handed", in->handed);
    json_put_str(o, "handed_by", clinic_text(in->handed_by));
    json_put_instant(o, "signed", in->facts.signed_at);
    json_put_str(o, "signed_by", clinic_text(in->signed_by));
    json_put_instant(o, "assessed", in->facts.assessed);
    json_put_str(o, "assessed_by", clinic_text(in->assessed_by));
}

static enum err put_head(struct request *r, struct tx *tx, struct json_out *o, const struct intake *in)
{
    struct record_reader server = clinic_server(r);
    struct whom whom;
    struct instant due = {0};
    enum err err = whom_of(tx, &server, in->patient, &whom);
    if (err) return err;
    json_put_str(o, "id", in->item.head.id);
    json_put_text(o, "state", intake_state_text(in->facts.state));
    whom_put(o, &whom);
    put_names(o, in);
    json_put_str(o, "consent", clinic_text(in->consent));
    json_put_text(o, "fitness", intake_fitness_text(in->fitness));
    json_put_text(o, "housing", intake_housing_text(in->housing));
    json_put_instant(o, "until", in->until);
    enum intake_clock clock =
        intake_clock(intake_limits_of(r), records_zone(server.records), &in->facts, &due);
    json_put_text(o, "clock", intake_clock_text(clock));
    json_put_instant(o, "due", due);
    json_put_instant(o, "clock_from", clock == INTAKE_CLOCK_REVIEW ? in->facts.assessed : in->facts.arrived);
    return OK;
}

/* A part as it stands, for whoever may see it: by the guard, or as who is writing it. null: nothing, or not for this reader. */
static enum err put_part(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o,
                         const struct intake *in, enum intake_part part)
{
    struct record_reader server = clinic_server(r);
    struct chart_item item;
    struct instant released = {0};
    struct str by;
    const char *name = intake_part_name(part);
    enum err err = intake_part_read(tx, &server, in, part, &item);
    if (err == ERR_NOT_FOUND ||
        (!err && !guard_may_see(who->guard, &item.head) && !intake_is_own(&server, &item, r->who.account)))
        return json_put_null(o, name), OK;
    if (!err) err = record_traced(who, &item.head);
    if (!err) err = release_find(tx, r->arena, item.head.row, &released, &by);
    if (err) return err;
    json_open(o, name);
    json_put_str(o, "id", item.head.id);
    json_put_bool(o, "final", str_is_text(chart_text(&server, &item, 0, "status"), "completed"));
    json_put_instant(o, "saved", chart_instant(&server, chart_text(&server, &item, 0, "authored")));
    json_put_str(o, "by", clinic_text(chart_text(&server, &item, 0, "author.display")));
    json_put_instant(o, "released", released);
    json_open(o, "answers");
    err = intake_form_say(part, &server, &item, o);
    json_close(o);
    json_close(o);
    return err;
}

static enum err put_allegation(struct request *r, struct tx *tx, struct record_reader *who,
                               struct json_out *o, const struct intake *in)
{
    struct record_reader server = clinic_server(r);
    struct intake_allegation a;
    enum err err = intake_allegation_read(tx, &server, in, &a);
    if (err == ERR_NOT_FOUND || (!err && !guard_may_see(who->guard, &a.head)))
        return json_put_null(o, "allegation"), OK;
    if (!err) err = record_traced(who, &a.head);
    if (err) return err;
    json_open(o, "allegation");
    json_put_instant(o, "made", a.made);
    json_put_instant(o, "sent", a.sent);
    json_put_str(o, "to", clinic_text(a.to));
    json_close(o);
    return OK;
}

enum err intake_answer(struct request *r, struct tx *tx, struct record_reader *who, int status,
                       const struct intake *in)
{
    struct json_out o;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    json_open(&o, "intake");
    enum err err = put_head(r, tx, &o, in);
    for (int p = 0; p < INTAKE_PARTS && !err; p++)
        err = put_part(r, tx, who, &o, in, (enum intake_part)p);
    if (!err) err = put_allegation(r, tx, who, &o, in);
    json_close(&o);
    json_close(&o);
    return err;
}

/* -- looking -- */

enum err intakes_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, INTAKE_LIST_MAX * sizeof *rows);
    enum err err = rows ? record_parts_reader(r, tx, &who) : ERR_NOMEM;
    if (!err) err = intake_open(tx, &who, rows, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "intakes");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct intake in;
        err = intake_read_row(tx, &server, rows[i], &in);
        if (err == ERR_NOT_FOUND) { /* a task of others' that bears the code */
            err = OK;
            continue;
        }
        if (!err) err = record_traced(&who, &in.item.head);
        json_open(&o, NULL);
        if (!err) err = put_head(r, tx, &o, &in);
        json_close(&o);
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == INTAKE_LIST_MAX);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

enum err intake_find(struct request *r, struct tx *tx, struct record_reader *who, struct intake *ret)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    enum err err = record_parts_reader(r, tx, who);
    if (!err) err = record_parts_find(r, tx, who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = intake_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err intake_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct intake in;
    enum err err = intake_find(r, tx, &who, &in);
    if (err || r->fault.status) return err;
    err = record_traced(&who, &in.item.head);
    if (!err) err = intake_answer(r, tx, &who, 200, &in);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &in.item.head), "");
}

/* -- what custody is told -- */

enum err housing_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = housing_write(tx, &server, intake_limits_of(r), &o);
    json_close(&o);
    return err ? err : request_audit(r, r->route->audit, NULL, AUDIT_OK, NULL);
}
