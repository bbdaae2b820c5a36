/* Who the registry's numbers are (docs/PROTOCOL §19): what is in doubt, decided by a person; what the registry said is one, taken apart and joined
 * again. By nurses and doctors (decision 0201). */
#include "api/clinic_parts.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/route.h"
#include "desk/registrar.h"
#include "desk/whom.h"
#include "registry/inbox.h"

enum { DOUBTS = 200, MERGES = 500, NUMBER_MAX = EVENT_TEXT_BYTES_MAX };

/* -- a person's two sides -- */

static struct str national_of(struct record_reader *server, const struct chart_item *patient)
{
    uint32_t all = tape_get(&patient->tape, 0, STR("identifier")), at;
    for (uint32_t i = 0; (at = tape_at(&patient->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, patient, at, "system"), REGISTRAR_NATIONAL_SYSTEM))
            return chart_text(server, patient, at, "value");
    return STR("");
}

/* "patient": who it may be, as the record has it. */
static enum err put_patient(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                            int64_t row)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    struct chart_item item;
    struct whom whom;
    if (!row) return json_put_null(o, key), OK;
    enum err err = record_head_at(tx, r->arena, row, &head);
    const char *reference =
        err ? NULL : arena_printf(r->arena, "Patient/%.*s", (int)head.id.bytes, head.id.at);
    if (!err && !reference) err = ERR_NOMEM;
    if (!err) err = chart_one(tx, &server, "Patient", head.id, &item);
    if (!err) err = whom_of(tx, &server, str_of(reference), &whom);
    if (!err) err = request_about(r, row);
    if (err) return err;
    json_open(o, key);
    json_put_str(o, "id", head.id);
    json_put_str(o, "name", clinic_text(whom.name));
    json_put_str(o, "number", clinic_text(whom.number));
    json_put_str(o, "cell", clinic_text(whom.cell));
    json_put_str(o, "birth", clinic_text(chart_text(&server, &item, 0, "birthDate")));
    json_put_str(o, "sex", clinic_text(chart_text(&server, &item, 0, "gender")));
    json_put_str(o, "national", clinic_text(national_of(&server, &item)));
    json_close(o);
    return OK;
}

static void put_said(struct request *r, struct json_out *o, const struct registrar_doubt *d)
{
    static const char *const sexes[] = {[SEX_UNSAID] = "",
                                        [SEX_MALE] = "male",
                                        [SEX_FEMALE] = "female",
                                        [SEX_OTHER] = "other",
                                        [SEX_UNKNOWN] = "unknown"};
    char day[DATE_TEXT_BYTES] = "";
    const struct person_said *s = &d->said;
    bool is_han = s->family.bytes && (unsigned char)s->family.at[0] >= 0xe3;
    const char *name = arena_printf(r->arena, "%.*s%s%.*s", (int)s->family.bytes, s->family.at,
                                    !is_han && s->given.bytes ? " " : "", (int)s->given.bytes,
                                    s->given.bytes ? s->given.at : "");
    if (s->has_birth) date_text(s->birth, day);
    json_open(o, "said");
    json_put_text(o, "name", name ? name : "");
    json_put_str(o, "number", d->number);
    json_put_text(o, "birth", day);
    json_put_text(o, "sex", sexes[s->sex]);
    json_put_str(o, "national", clinic_text(s->national));
    json_close(o);
}

/* -- doubts -- */

enum err registry_doubts_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct json_out o;
    size_t n = 0;
    struct registrar_doubt *doubts = arena_alloc(r->arena, DOUBTS * sizeof *doubts);
    enum err err = doubts ? registrar_doubts(tx, &server, DOUBTS, doubts, &n) : ERR_NOMEM;
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "doubts");
    for (size_t i = 0; i < n && !err; i++) {
        json_open(&o, NULL);
        json_put_str(&o, "source", doubts[i].source);
        json_put_str(&o, "number", doubts[i].number);
        json_put_instant(&o, "since", doubts[i].since);
        json_put_str(&o, "why", doubts[i].why);
        put_said(r, &o, &doubts[i]);
        err = put_patient(r, tx, &o, "patient", doubts[i].candidate);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return err ? err : request_audit(r, r->route->audit, "RegistryPerson", AUDIT_OK, NULL);
}

/* "patient" names who it is; absent or empty: somebody new. */
enum err registry_doubt_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r), who;
    struct record_head head = {0};
    struct str source, number, patient;
    if (!request_only(r, (const char *const[]){"source", "number", "patient", NULL}) ||
        !request_text(r, "source", INBOX_SOURCE_BYTES_MAX, &source) ||
        !request_text(r, "number", NUMBER_MAX, &number) ||
        !request_text_optional(r, "patient", RECORD_ID_BYTES_MAX, &patient))
        return OK;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err && patient.bytes) err = record_parts_find(r, tx, &who, STR("Patient"), patient, &head);
    if (err || r->fault.status) return err;
    err = registrar_decide(tx, &server, source, number, head.row);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_DENIED) return answer_fault(r, 409, "doubt_decided", NULL);
    if (!err) err = request_about(r, head.row);
    if (!err)
        err = request_audit(r, r->route->audit, "RegistryPerson", AUDIT_OK,
                            head.row ? "{\"verdict\":\"same\"}" : "{\"verdict\":\"new\"}");
    if (!err) err = fhir_origin(r, tx, &server);
    return err ? err : answer_empty(r, 204);
}

/* -- merges -- */

enum err registry_merges_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct json_out o;
    size_t n = 0;
    struct registrar_merge *merges = arena_alloc(r->arena, MERGES * sizeof *merges);
    enum err err = merges ? registrar_merges(tx, &server, MERGES, merges, &n) : ERR_NOMEM;
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "merges");
    for (size_t i = 0; i < n && !err; i++) {
        const struct registrar_merge *m = &merges[i];
        json_open(&o, NULL);
        json_put_str(&o, "source", m->source);
        json_put_str(&o, "prior", m->prior);
        json_put_str(&o, "number", m->number);
        json_put_text(&o, "state",
                      !m->is_done    ? "waits"
                      : m->is_one    ? "one"
                      : m->is_joined ? "joined"
                                     : "apart");
        err = put_patient(r, tx, &o, "from", m->from);
        if (!err) err = put_patient(r, tx, &o, "to", m->to);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return err ? err : request_audit(r, r->route->audit, "RegistryMerge", AUDIT_OK, NULL);
}

enum err registry_merge_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct str source, prior, number, verdict;
    int64_t patient = 0;
    if (!request_only(r, (const char *const[]){"source", "prior", "number", "verdict", NULL}) ||
        !request_text(r, "source", INBOX_SOURCE_BYTES_MAX, &source) ||
        !request_text(r, "prior", NUMBER_MAX, &prior) || !request_text(r, "number", NUMBER_MAX, &number) ||
        !request_text(r, "verdict", 10, &verdict))
        return OK;
    bool joins = str_is_text(verdict, "join");
    if (!joins && !str_is_text(verdict, "part")) return answer_fault(r, 400, "bad_field", "verdict");
    enum err err = registrar_merge_turn(tx, &server, source, prior, number, joins, &patient);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_DENIED) {
        answer_fault(r, 409, "merge_state", NULL);
        return server.written_count ? ERR_DENIED : OK;
    }
    if (!err) err = request_about(r, patient);
    if (!err)
        err = request_audit(r, r->route->audit, "RegistryMerge", AUDIT_OK,
                            joins ? "{\"verdict\":\"join\"}" : "{\"verdict\":\"part\"}");
    if (!err) err = fhir_origin(r, tx, &server);
    return err ? err : answer_empty(r, 204);
}
