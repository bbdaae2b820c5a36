/* The summary of somebody who leaves (docs/PROTOCOL §25): read and signed by the doctor, printed and handed over with a receipt, and sent on with consent. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "api/transfer_parts.h"
#include "desk/handover.h"
#include "desk/release_summary.h"
#include "desk/whom.h"
#include "records/records.h"

enum { NAME_MAX = 120, PLACE_MAX = 200 };

static struct sheet_by by_of(struct request *r, const struct record_reader *who)
{
    return (struct sheet_by){.site = str_of(request_site(r)->settings.name),
                             .display = r->who.display,
                             .is_english = r->english,
                             .zone = records_zone(who->records)};
}

static enum err put_one(struct tx *tx, struct record_reader *server, struct json_out *o, const char *key,
                        const struct release_summary *s)
{
    struct whom whom;
    enum err err = whom_of(tx, server, s->patient, &whom);
    if (err) return err;
    json_open(o, key);
    json_put_str(o, "id", s->task.head.id);
    json_put_text(o, "state", release_state_text(s->state));
    whom_put(o, &whom);
    json_put_instant(o, "asked", s->asked);
    json_put_str(o, "summary", clinic_text(s->summary));
    json_put_instant(o, "handed", s->handed);
    json_put_str(o, "receipt", clinic_text(s->receipt));
    json_put_str(o, "to", clinic_text(s->to));
    json_close(o);
    return OK;
}

enum err release_summaries_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    struct str *ids = arena_alloc(r->arena, RELEASE_SUMMARY_LIST_MAX * sizeof *ids);
    uint32_t n = 0;
    enum err err = ids ? record_parts_reader(r, tx, &who) : ERR_NOMEM;
    if (!err) err = release_summary_open(tx, &who, ids, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "rows");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct release_summary s;
        err = release_summary_read(tx, &server, ids[i], &s);
        if (!err) err = record_traced(&who, &s.task.head);
        if (!err) err = put_one(tx, &server, &o, NULL, &s);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    json_close_array(&o);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

static enum err find(struct request *r, struct tx *tx, struct record_reader *who, struct release_summary *ret)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    enum err err = record_parts_reader(r, tx, who);
    if (!err) err = record_parts_find(r, tx, who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = release_summary_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

static enum err gather(struct request *r, struct tx *tx, struct record_reader *who,
                       const struct release_summary *s, struct handover *ret)
{
    struct str patient = s->patient;
    struct sheet_by by = by_of(r, who);
    (void)str_cut(&patient, '/');
    enum err err =
        handover_gather(tx, who, &by, HANDOVER_RELEASE, patient, (struct handover_part){{0}, {0}}, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err release_summary_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct release_summary s;
    struct handover h;
    struct json_out o;
    enum err err = find(r, tx, &who, &s);
    if (!err && !r->fault.status) err = gather(r, tx, &who, &s, &h);
    if (err || r->fault.status) return err;
    r->answer.body.bytes_max = 4 * 1024 * 1024;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = put_one(tx, &server, &o, "row", &s);
    handover_write(&h, &o);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &s.task.head), "");
}

/* -- what is done with it -- */

static enum err done(struct request *r, struct tx *tx, struct record_reader *server,
                     const struct release_summary *s)
{
    struct json_out o;
    const char *target = record_parts_target(r, &s->task.head);
    const char *detail = arena_printf(r->arena, "{\"state\":\"%s\"}", release_state_text(s->state));
    if (!target || !detail) return ERR_NOMEM;
    enum err err = request_about(r, s->task.head.patient);
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, tx, server);
    if (!err) err = transfer_parts_tell(r);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = put_one(tx, server, &o, "row", s);
    json_close(&o);
    return err;
}

enum err release_summary_sign_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    struct release_summary s;
    struct handover h;
    bool may = true;
    struct opinion_by by = {.account = r->who.account,
                            .display = r->who.display,
                            .acting = ROLE_CLINIC_DOCTOR,
                            .algorithm = request_site(r)->settings.seal};
    enum err err = find(r, tx, &who, &s);
    if (!err && !r->fault.status) err = gather(r, tx, &who, &s, &h);
    if (!err && !r->fault.status) err = transfer_packet_judge(r, tx, h.digest);
    if (err || r->fault.status) return err;
    if (s.state > RELEASE_SIGNED) return answer_fault(r, 409, "release_state", NULL);
    err = handover_sign(tx, &server, &by, &h, STR(""), &head);
    const char *summary = err ? NULL : record_parts_target(r, &head);
    if (!err && !summary) err = ERR_NOMEM;
    if (!err) err = release_summary_signed(tx, &server, &s, str_of(summary), &may);
    return err ? err : done(r, tx, &server, &s);
}

static bool read_witness(struct request *r, struct str *ret)
{
    if (!request_text(r, "witness", NAME_MAX, ret)) return false;
    *ret = str_trim(*ret);
    return ret->bytes ? true : (answer_fault(r, 400, "missing_field", "witness"), false);
}

/* Handed to whoever leaves, who says so before a witness. */
enum err release_summary_hand_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct release_summary s;
    struct str witness;
    bool may;
    if (!request_only(r, (const char *const[]){"witness", NULL}) || !read_witness(r, &witness)) return OK;
    enum err err = find(r, tx, &who, &s);
    if (err || r->fault.status) return err;
    err = release_summary_handed(tx, &server, &s, witness, &may);
    if (!err && !may) return answer_fault(r, 409, "release_state", NULL);
    return err ? err : done(r, tx, &server, &s);
}

/* To the next clinic, if whoever leaves agrees. */
enum err release_summary_send_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct release_summary s;
    struct str to = {0};
    bool agrees, may;
    if (!request_only(r, (const char *const[]){"agrees", "to", NULL}) ||
        !request_bool_optional(r, "agrees", true, &agrees) || !request_text_optional(r, "to", PLACE_MAX, &to))
        return OK;
    to = str_trim(clinic_text(to));
    if (agrees != (to.bytes > 0)) return answer_fault(r, 400, agrees ? "missing_field" : "bad_field", "to");
    enum err err = find(r, tx, &who, &s);
    if (err || r->fault.status) return err;
    err = release_summary_close(tx, &server, &s, to, &may);
    if (!err && !may) return answer_fault(r, 409, "release_state", NULL);
    return err ? err : done(r, tx, &server, &s);
}

static void wipe(void *stash)
{
    opinion_paper_done(stash);
}

enum err release_summary_pdf_look(struct request *r, struct tx *tx)
{
    struct opinion_paper *paper = arena_zalloc(r->arena, sizeof *paper);
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    struct release_summary s;
    if (!paper) return ERR_NOMEM;
    enum err err = find(r, tx, &who, &s);
    if (err || r->fault.status) return err;
    struct sheet_by by = by_of(r, &who);
    struct str id = s.summary, type = str_cut(&id, '/');
    if (!s.summary.bytes) return answer_fault(r, 404, "not_found", NULL);
    err = record_parts_find(r, tx, &who, type, id, &head);
    if (err || r->fault.status) return err;
    r->stash = paper, r->stash_free = wipe;
    err = handover_paper(tx, &server, &by, HANDOVER_RELEASE, s.summary, STR(""), paper);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = record_traced(&who, &head);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &head), "");
}
