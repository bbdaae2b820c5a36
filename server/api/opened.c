/* Who opened the own record: for the person concerned, on the terminal (rule 12). */
#include "desk/opened.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "records/person.h"

enum err opened_look(struct request *r, struct tx *tx)
{
    struct person person;
    struct json_out out;
    struct record_reader server = {.records = request_site(r)->records, .arena = r->arena};
    struct opened_ask ask = {.account = r->who.account, .site = str_of(request_site(r)->settings.name)};
    int64_t next = 0;
    if (!record_parts_before(r, &ask.before)) return OK;
    enum err err = person_find(tx, r->who.account, &person);
    if (err) return err;
    if (!role_set_has(r->who.roles, ROLE_DETAINEE)) return answer_fault(r, 404, "not_found", NULL);
    ask.patient = person.patient;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    if (ask.patient) err = opened_list(tx, &server, &ask, &out, &next);
    if (err) return err;
    json_close_array(&out);
    const char *token = arena_printf(r->arena, "%lld", (long long)next);
    if (!token) return ERR_NOMEM;
    json_put_text(&out, "next", next ? token : NULL);
    json_close(&out);
    return request_audit(r, "audit.read", NULL, AUDIT_OK, NULL);
}
