/* A copy of the own record (rule 12, MR 26(1)): asked for at the terminal, printed by the clinic with exactly what the person may read, and
 * handed over. The request is a CommunicationRequest in the person's record, as a fact of care is: it may be searched, and has its
 * versions and its origin. */
#include "api/api.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/extract.h"
#include "records/grant.h"
#include "records/person.h"
#include "records/records.h"
#include "records/search.h"

enum { REQUESTS_MAX = 8 };
static const uint32_t printers = ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE);
#define KIND "urn:yunqiao:request"

static struct record_reader server_reader(struct request *r)
{
    struct record_reader who = fhir_reader(r);
    who.judge = NULL;
    return who;
}

/* Requests for a copy that nobody has answered. */
static enum err find_open(struct tx *tx, struct record_reader *all, struct str patient, int64_t *rows,
                          uint32_t *ret_n)
{
    struct record_fault fault = {0};
    const char *query =
        arena_printf(all->arena, "category=" KIND "%%7Crecord-copy&status=active&subject=Patient/%.*s",
                     (int)patient.bytes, patient.at);
    if (!query) return ERR_NOMEM;
    enum err err = search_rows(tx, all, fhir_resource_of(STR("CommunicationRequest")), str_of(query), rows,
                               REQUESTS_MAX, ret_n, &fault);
    return err ? err : fault.status ? ERR_BAD_INPUT : OK;
}

/* -- asking -- */

static enum err make_request(struct request *r, struct tx *tx, struct record_reader *all, struct str patient)
{
    char at[INSTANT_TEXT_BYTES];
    instant_text(tx->now, at);
    const char *body = arena_printf(
        r->arena,
        "{\"resourceType\":\"CommunicationRequest\",\"status\":\"active\",\"category\":[{\"coding\":[{"
        "\"system\":"
        "\"" KIND
        "\",\"code\":\"record-copy\"}]}],\"subject\":{\"reference\":\"Patient/%.*s\"},\"authoredOn\":"
        "\"%s\",\"requester\":{\"reference\":\"Patient/%.*s\"}}",
        (int)patient.bytes, patient.at, at, (int)patient.bytes, patient.at);
    return body ? chart_write(tx, all, fhir_resource_of(STR("CommunicationRequest")), STR(""), 0,
                              str_of(body), NULL, NULL)
                : ERR_NOMEM;
}

/* To those who print: that somebody asks, and no more; who it is stands in the record. */
static enum err tell_clinic(struct request *r)
{
    enum err err = OK;
    for (enum role role = 0; role < ROLE_COUNT && !err; role++)
        if (printers & ROLE_BIT(role))
            err = request_notify(
                r, &(struct site_notice){.role = role_name(role), .kind = "copy_changed", .data = "{}"});
    return err;
}

enum err copy_ask_write(struct request *r, struct tx *tx)
{
    struct record_reader all = server_reader(r);
    struct person person;
    struct record_head self;
    int64_t rows[REQUESTS_MAX];
    uint32_t n = 0;
    enum err err = person_find(tx, r->who.account, &person);
    if (err) return err;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    if (!role_set_has(r->who.roles, ROLE_DETAINEE) || !person.patient)
        return answer_fault(r, 404, "not_found", NULL);
    err = record_head_at(tx, r->arena, person.patient, &self);
    if (!err) err = find_open(tx, &all, self.id, rows, &n);
    if (!err && n) return answer_fault(r, 409, "copy_asked", NULL);
    if (!err) err = make_request(r, tx, &all, self.id);
    if (!err) err = fhir_origin(r, tx, &all);
    if (!err) err = request_about(r, person.patient);
    if (!err) err = tell_clinic(r);
    if (!err) err = request_audit(r, "copy.ask", record_parts_target(r, &self), AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}

/* -- printing -- */

struct printing { /* the request's stash */
    struct export_row row;
    struct extract *x;
    struct record_reader who;
    struct guard guard;
};

static void forget(void *stash)
{
    extract_free(((struct printing *)stash)->x);
}

/* Who prints must know of the patient; what is printed is what the patient may read. */
static enum err find_patient(struct request *r, struct tx *tx, struct record_head *ret)
{
    struct record_reader who;
    if (!(r->who.roles.bits & printers) || !chart_id_is(r->captures[0]))
        return answer_fault(r, 404, "not_found", NULL);
    enum err err = record_parts_reader(r, tx, &who);
    return err ? err : record_parts_find(r, tx, &who, STR("Patient"), r->captures[0], ret);
}

enum err copy_pdf_look(struct request *r, struct tx *tx)
{
    const struct extract_who whose = {.site = str_of(request_site(r)->settings.name),
                                      .by = r->who.display,
                                      .is_english = r->english,
                                      .zone = records_zone(request_site(r)->records)};
    struct record_head patient = {0};
    struct printing *p = arena_zalloc(r->arena, sizeof *p);
    if (!p) return ERR_NOMEM;
    enum err err = find_patient(r, tx, &patient);
    if (err || r->fault.status) return err;
    r->stash = p;
    r->stash_free = forget;
    p->x = extract_new(0, &p->row, &whose, request_site(r)->files, tx->now);
    if (!p->x) return ERR_NOMEM;
    err = grant_of_patient(tx, extract_arena(p->x), patient.row, &p->guard);
    p->who = fhir_reader(r);
    p->who.arena = extract_arena(p->x);
    p->who.guard = &p->guard;
    if (!err) err = extract_record(p->x, tx, &p->who, patient.id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = request_about(r, patient.row);
    return err ? err : request_trace(r, &p->who, r->route->audit, record_parts_target(r, &patient), "");
}

void copy_pdf_work(struct request *r)
{
    struct printing *p = r->stash;
    buf_clear(&r->answer.body);
    r->answer.body.bytes_max = EXTRACT_PDF_BYTES_MAX;
    enum err err = extract_draw(p->x, request_site(r)->press, &r->answer.body);
    answer_pdf(r, err);
}

/* -- handing over -- */

static enum err complete(struct request *r, struct tx *tx, struct record_reader *all, int64_t row)
{
    static const struct str steps = {"[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"completed\"}]",
                                     55};
    struct record_head head;
    enum err err = record_head_at(tx, r->arena, row, &head);
    return err ? err : chart_write_steps(tx, all, &head, 0, steps, NULL, NULL);
}

enum err copy_handed_write(struct request *r, struct tx *tx)
{
    struct record_reader all = server_reader(r);
    struct record_head patient = {0};
    int64_t rows[REQUESTS_MAX];
    uint32_t n = 0;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = find_patient(r, tx, &patient);
    if (err || r->fault.status) return err;
    err = find_open(tx, &all, patient.id, rows, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = complete(r, tx, &all, rows[i]);
    if (!err && n) err = fhir_origin(r, tx, &all);
    if (!err) err = request_about(r, patient.row);
    if (!err && n) err = tell_clinic(r);
    if (!err) err = request_audit(r, "copy.handed", record_parts_target(r, &patient), AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}
