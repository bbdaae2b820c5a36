#include "desk/visit.h"
#include "desk/chart_write.h"
#include "records/grant.h"
#include "records/guard.h"
#include "records/number.h"

enum { STEPS_MAX = 32 * 1024 };

/* Who waits, and who was let in by whom: it dies with the visit and is no medical fact. */
static const char guest_sql[] =
    "CREATE TABLE visit_guest ("
    " encounter INTEGER NOT NULL, account TEXT NOT NULL REFERENCES account (id),"
    " waits INTEGER, admitted INTEGER, admitted_by TEXT REFERENCES account (id),"
    " PRIMARY KEY (encounter, account)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE visit_running (" /* whose call the clock looks after (desk/visit_watch) */
    " encounter INTEGER PRIMARY KEY, room TEXT NOT NULL) STRICT;";

const struct migration visit_migrations[] = {
    {361, "who waits for a consultation, who was let in", guest_sql},
    {0, NULL, NULL},
};

/* -- reading -- */

static enum err row_of(struct tx *tx, struct record_reader *server, struct str reference, const char *type,
                       struct record_head *ret)
{
    struct str id = reference, kind = str_cut(&id, '/');
    if (!str_is_text(kind, type)) return ERR_NOT_FOUND;
    return record_head_find(tx, server->arena, fhir_resource_of(kind), id, ret);
}

static enum err read_room(struct tx *tx, struct arena *arena, int64_t appointment, struct str *ret)
{
    struct stmt *q;
    bool row;
    *ret = (struct str){"", 0};
    enum err err = db_stmt(tx->db, "SELECT room FROM booking_room WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, appointment);
    err = stmt_step(q, &row);
    if (!err && row) {
        struct str id = stmt_get_str(q, 0);
        *ret = (struct str){arena_text(arena, id.at, id.bytes), id.bytes};
        if (!ret->at) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

/* As the statuses say; one that was finished is closed with its request, one that was cancelled says whether by the patient. */
static enum visit_state state_of(struct record_reader *server, const struct visit *v)
{
    struct str held = chart_text(server, &v->encounter, 0, "status");
    struct str asked = v->has_request ? chart_text(server, &v->request, 0, "status") : STR("active");
    uint32_t why = tape_extension(&v->encounter.tape, 0, VISIT_WHY);
    if (str_is_text(held, "cancelled") || str_is_text(asked, "revoked"))
        return why != TAPE_NONE && str_is_text(chart_text(server, &v->encounter, why, "valueCode"), "refused")
                   ? VISIT_REFUSED
                   : VISIT_REVOKED;
    if (str_is_text(held, "finished")) return str_is_text(asked, "completed") ? VISIT_CLOSED : VISIT_FINISHED;
    for (int s = VISIT_ARRIVED; s <= VISIT_ONLEAVE; s++)
        if (str_is_text(held, visit_encounter_status((enum visit_state)s))) return (enum visit_state)s;
    if (str_is_text(asked, "draft")) return VISIT_DRAFT;
    return str_is_text(asked, "on-hold") ? VISIT_MORE_INFO : VISIT_ACTIVE;
}

static enum err read_request(struct tx *tx, struct record_reader *server, struct visit *v)
{
    struct str id = chart_text(server, &v->encounter, 0, "basedOn.reference"), type = str_cut(&id, '/');
    if (!str_is_text(type, "ServiceRequest")) return OK;
    enum err err = chart_one(tx, server, "ServiceRequest", id, &v->request);
    v->has_request = !err;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err read_appointment(struct tx *tx, struct record_reader *server, struct visit *v)
{
    struct record_head head;
    struct str reference = chart_text(server, &v->encounter, 0, "appointment.reference");
    v->room = v->appointment_id = (struct str){"", 0};
    if (!reference.bytes) return OK;
    enum err err = row_of(tx, server, reference, "Appointment", &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    v->appointment = head.row, v->appointment_id = head.id;
    return read_room(tx, server->arena, head.row, &v->room);
}

static enum err read_rest(struct tx *tx, struct record_reader *server, struct visit *v)
{
    struct record_head patient;
    if (!str_is_text(chart_text(server, &v->encounter, 0, "class.code"), "VR")) return ERR_NOT_FOUND;
    enum err err =
        row_of(tx, server, chart_text(server, &v->encounter, 0, "subject.reference"), "Patient", &patient);
    if (err) return err;
    v->patient = patient.row, v->patient_id = patient.id;
    err = read_request(tx, server, v);
    if (!err) err = read_appointment(tx, server, v);
    if (!err) v->state = state_of(server, v);
    return err;
}

enum err visit_find(struct tx *tx, struct record_reader *server, struct str id, struct visit *ret)
{
    *ret = (struct visit){0};
    enum err err = chart_one(tx, server, "Encounter", id, &ret->encounter);
    return err ? err : read_rest(tx, server, ret);
}

enum err visit_of_encounter(struct tx *tx, struct record_reader *server, int64_t row, struct visit *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && head.resource != fhir_resource_of(STR("Encounter"))) err = ERR_NOT_FOUND;
    return err ? err : visit_find(tx, server, head.id, ret);
}

/* The newest Encounter that names it so. */
static enum err encounter_by(struct tx *tx, const char *param, int64_t target, int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT r.row FROM record_link l JOIN record r ON r.row = l.record"
                           " WHERE l.target = ?1 AND l.param = ?2 AND r.is_deleted = 0"
                           " ORDER BY r.row DESC LIMIT 1",
                           &q);
    if (err) return err;
    stmt_int(q, 1, target);
    stmt_int(q, 2, number_of_param(fhir_param_of(fhir_resource_of(STR("Encounter")), str_of(param))));
    err = stmt_step(q, &row);
    if (!err && row) *ret = stmt_get_int(q, 0);
    if (!err && !row) err = ERR_NOT_FOUND;
    stmt_done(q);
    return err;
}

enum err visit_of_request(struct tx *tx, struct record_reader *server, int64_t request, struct visit *ret)
{
    int64_t row;
    enum err err = encounter_by(tx, "based-on", request, &row);
    return err ? err : visit_of_encounter(tx, server, row, ret);
}

enum err visit_of_appointment(struct tx *tx, struct record_reader *server, int64_t appointment,
                              struct visit *ret)
{
    int64_t row;
    enum err err = encounter_by(tx, "appointment", appointment, &row);
    return err ? err : visit_of_encounter(tx, server, row, ret);
}

static enum err appointment_of_room(struct tx *tx, struct str room, int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT appointment FROM booking_room WHERE room = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, room);
    err = stmt_step(q, &row);
    if (!err && row) *ret = stmt_get_int(q, 0);
    if (!err && !row) err = ERR_NOT_FOUND;
    stmt_done(q);
    return err;
}

enum err visit_of_room(struct tx *tx, struct record_reader *server, struct str room, struct visit *ret)
{
    int64_t appointment;
    enum err err = appointment_of_room(tx, room, &appointment);
    return err ? err : visit_of_appointment(tx, server, appointment, ret);
}

enum err visit_id_of_room(struct tx *tx, struct arena *arena, struct str room, struct str *ret)
{
    int64_t appointment, row;
    struct record_head head;
    *ret = (struct str){"", 0};
    enum err err = appointment_of_room(tx, room, &appointment);
    if (!err) err = encounter_by(tx, "appointment", appointment, &row);
    if (!err) err = record_head_at(tx, arena, row, &head);
    if (!err) *ret = head.id;
    return err == ERR_NOT_FOUND ? OK : err;
}

/* -- who -- */

static bool is_clinic(struct role_set roles)
{
    return role_set_has(roles, ROLE_CLINIC_DOCTOR) || role_set_has(roles, ROLE_NURSE);
}

static bool has_seat(const struct guard *guard, const struct visit *v)
{
    for (uint32_t i = 0; i < guard->booking_count; i++)
        if (v->appointment && guard->bookings[i] == v->appointment) return true;
    return false;
}

enum err visit_view_of(struct tx *tx, struct record_reader *server, const struct guard *guard,
                       struct str account, const struct visit *v, enum visit_view *ret)
{
    int64_t grant;
    (void)server;
    *ret = VISIT_HIDDEN;
    if (role_set_excludes(guard->roles)) return OK;
    if (is_clinic(guard->roles))
        return *ret = guard_may_see(guard, &v->encounter.head) ? VISIT_WHOLE : VISIT_HIDDEN, OK;
    if (role_set_has(guard->roles, ROLE_SPECIALIST)) {
        enum err err = grant_live(tx, account, v->encounter.head.row, &grant);
        if (err && err != ERR_NOT_FOUND) return err;
        if (!err) return *ret = VISIT_WHOLE, OK;
    }
    bool is_guest =
        role_set_has(guard->roles, ROLE_SPECIALIST) || role_set_has(guard->roles, ROLE_INTERPRETER);
    if ((is_guest && has_seat(guard, v)) || role_set_has(guard->roles, ROLE_SCHEDULING_ADMIN))
        *ret = VISIT_OUTER;
    return OK;
}

enum err visit_may_write(struct tx *tx, struct record_reader *server, const struct guard *guard,
                         struct str account, const struct visit *v, bool *ret)
{
    enum visit_view view;
    *ret = false;
    enum err err = visit_view_of(tx, server, guard, account, v, &view);
    if (!err) *ret = view == VISIT_WHOLE && !visit_is_over(v->state);
    return err;
}

/* -- writing -- */

void visit_put_encounter(struct json_out *o, struct str patient, struct str request)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Encounter");
    json_put_text(o, "status", "planned");
    json_open(o, "class");
    json_put_text(o, "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode");
    json_put_text(o, "code", "VR");
    json_close(o);
    json_open_array(o, "type");
    chart_put_code(o, NULL, "urn:yunqiao:encounter", "consultation", NULL);
    json_close_array(o);
    chart_put_local(o, "subject", "Patient", patient);
    if (request.bytes) {
        json_open_array(o, "basedOn");
        chart_put_local(o, NULL, "ServiceRequest", request);
        json_close_array(o);
    }
    json_close(o);
}

static enum err read_anew(struct tx *tx, struct record_reader *server, struct visit *v)
{
    struct str id = v->encounter.head.id;
    return visit_find(tx, server, id, v);
}

enum err visit_patch(struct tx *tx, struct record_reader *server, struct visit *v, bool of_request,
                     struct buf *steps)
{
    struct str text;
    const struct record_head *head = of_request ? &v->request.head : &v->encounter.head;
    enum err err = chart_take(server, steps, &text);
    if (!err) err = chart_write_steps(tx, server, head, 0, text, NULL, NULL);
    return err ? err : read_anew(tx, server, v);
}

void visit_begin_extension(struct json_out *o, const struct chart_item *item, const char *url)
{
    bool has_some = tape_get(&item->tape, 0, STR("extension")) != TAPE_NONE;
    chart_put_step(o, "add", has_some ? "/extension/-" : "/extension");
    if (!has_some) json_open_array(o, "value");
    json_open(o, has_some ? "value" : NULL);
    json_put_text(o, "url", url);
}

void visit_end_extension(struct json_out *o, const struct chart_item *item)
{
    json_close(o);
    if (tape_get(&item->tape, 0, STR("extension")) == TAPE_NONE) json_close_array(o);
    json_close(o);
}

static void put_time(struct json_out *o, const struct visit *v, const char *path, struct instant at)
{
    bool has_period = tape_get(&v->encounter.tape, 0, STR("period")) != TAPE_NONE;
    if (!has_period) {
        chart_put_step(o, "add", "/period");
        json_open(o, "value");
        json_put_instant(o, path, at);
        json_close(o);
    } else {
        chart_put_step(o, "add", path[0] == 's' ? "/period/start" : "/period/end");
        json_put_instant(o, "value", at);
    }
    json_close(o);
}

static enum err put_encounter(struct tx *tx, struct record_reader *server, struct visit *v,
                              enum visit_state to, const char *why)
{
    struct buf steps;
    struct json_out o;
    const char *status = visit_encounter_status(to);
    if (str_is_text(chart_text(server, &v->encounter, 0, "status"), status)) return OK;
    buf_init(&steps, STEPS_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", status);
    json_close(&o);
    bool has_begun = chart_node(&v->encounter, 0, "period.start") != TAPE_NONE;
    if (to == VISIT_IN_PROGRESS && !has_begun) put_time(&o, v, "start", tx->now);
    if (to == VISIT_FINISHED) put_time(&o, v, "end", tx->now);
    if (why) {
        visit_begin_extension(&o, &v->encounter, VISIT_WHY);
        json_put_text(&o, "valueCode", why);
        visit_end_extension(&o, &v->encounter);
    }
    json_close_array(&o);
    return visit_patch(tx, server, v, false, &steps);
}

static enum err put_request(struct tx *tx, struct record_reader *server, struct visit *v, enum visit_state to)
{
    struct buf steps;
    struct json_out o;
    const char *status = visit_request_status(to);
    bool is_so = v->has_request && str_is_text(chart_text(server, &v->request, 0, "status"), status);
    if (!v->has_request || is_so || v->request.head.lifecycle == RECORD_FINAL) return OK;
    buf_init(&steps, STEPS_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", status);
    json_close(&o);
    json_close_array(&o);
    return visit_patch(tx, server, v, true, &steps);
}

/* Whose call is looked after (desk/visit_watch). */
static enum err note_running(struct tx *tx, const struct visit *v, enum visit_state to)
{
    struct stmt *q;
    bool is_running = (to == VISIT_IN_PROGRESS || to == VISIT_ONLEAVE) && v->room.bytes;
    enum err err = is_running ? db_stmt(tx->db,
                                        "INSERT INTO visit_running (encounter, room) VALUES (?1, ?2)"
                                        " ON CONFLICT DO UPDATE SET room = ?2",
                                        &q)
                              : db_stmt(tx->db, "DELETE FROM visit_running WHERE encounter = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    if (is_running) stmt_str(q, 2, v->room);
    return stmt_run(q);
}

enum err visit_put_state(struct tx *tx, struct record_reader *server, struct visit *v, enum visit_state to,
                         const char *why)
{
    enum err err = put_encounter(tx, server, v, to, why);
    if (!err) err = put_request(tx, server, v, to);
    return err ? err : note_running(tx, v, to);
}

enum err visit_running(struct tx *tx, int64_t *ret_encounters, uint32_t most, uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    *ret_n = 0;
    enum err err = db_stmt(tx->db, "SELECT encounter FROM visit_running ORDER BY encounter LIMIT ?1", &q);
    if (err) return err;
    stmt_int(q, 1, most);
    while (*ret_n < most && !(err = stmt_step(q, &row)) && row)
        ret_encounters[(*ret_n)++] = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}
