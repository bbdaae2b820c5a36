/* What the registry sent and could not be taken (docs/PROTOCOL §19): looked at, tried again, set aside. By nurses and doctors (decision 0201). */
#include "api/clinic_parts.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/route.h"
#include "desk/registrar.h"
#include "records/records.h"
#include "registry/inbox.h"
#include "registry/said.h"

enum { PAGE = 100 };

static const char *const states[] = {
    [LETTER_OPEN] = "open", [LETTER_TAKEN] = "taken", [LETTER_SET_ASIDE] = "set-aside"};

static void put_letter(struct json_out *o, const struct letter *l)
{
    json_put_int(o, "id", l->id);
    json_put_text(o, "state", states[l->state]);
    json_put_instant(o, "received", l->received);
    json_put_instant(o, "settled", l->settled);
    json_put_str(o, "source", l->source);
    json_put_str(o, "code", l->code);
    json_put_str(o, "place", l->place);
    json_put_str(o, "words", l->words);
    json_put_str(o, "control", l->control);
    json_put_int(o, "line", (int64_t)l->line);
    json_put_int(o, "bytes", (int64_t)l->bytes);
}

static bool state_of(struct request *r, int *ret)
{
    struct str wanted = request_query(r, "state");
    *ret = wanted.bytes ? -2 : -1;
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_is_text(wanted, states[i])) *ret = (int)i;
    if (*ret == -2) answer_fault(r, 400, "bad_field", "state");
    return *ret != -2;
}

enum err registry_letters_look(struct request *r, struct tx *tx)
{
    struct json_out o;
    struct str before_text = request_query(r, "before");
    int64_t before = 0, open = 0, dropped = 0;
    size_t n = 0;
    int state;
    struct letter *letters = arena_alloc(r->arena, PAGE * sizeof *letters);
    if (!letters) return ERR_NOMEM;
    if (!state_of(r, &state)) return OK;
    if (before_text.bytes && !str_to_i64(before_text, &before))
        return answer_fault(r, 400, "bad_field", "before");
    enum err err = letter_list(tx, r->arena, state, before, PAGE, letters, &n);
    if (!err) err = letter_count(tx, &open, &dropped);
    if (!err) err = request_audit(r, r->route->audit, "RegistryLetter", AUDIT_OK, NULL);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_int(&o, "open", open);
    json_put_int(&o, "dropped", dropped);
    json_put_bool(&o, "more", n == PAGE);
    json_open_array(&o, "letters");
    for (size_t i = 0; i < n; i++) {
        json_open(&o, NULL);
        put_letter(&o, &letters[i]);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return OK;
}

/* The letter of the path; false: 404. */
static bool find(struct request *r, struct tx *tx, struct letter *ret, struct str *ret_text, enum err *err)
{
    int64_t id;
    if (!record_parts_number(r, &id)) return *err = OK, false;
    *err = letter_find(tx, r->arena, id, ret, ret_text);
    if (*err == ERR_NOT_FOUND) *err = answer_fault(r, 404, "not_found", NULL);
    return !*err && !r->fault.status;
}

static enum err note(struct request *r, const struct letter *l, const char *detail)
{
    const char *target = arena_printf(r->arena, "RegistryLetter/%lld", (long long)l->id);
    return target ? request_audit(r, r->route->audit, target, AUDIT_OK, detail) : ERR_NOMEM;
}

enum err registry_letter_look(struct request *r, struct tx *tx)
{
    struct letter l;
    struct str text, shown = {0};
    struct json_out o;
    enum err err;
    if (!find(r, tx, &l, &text, &err)) return err;
    bool is_text = charset_to_utf8(r->arena, CHARSET_AUTO, text, &shown, NULL) == OK;
    err = note(r, &l, NULL);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    put_letter(&o, &l);
    if (is_text)
        json_put_str(&o, "text", clinic_text(shown));
    else
        json_put_null(&o, "text");
    json_close(&o);
    return OK;
}

/* -- trying again -- */

static enum err refused(struct request *r, const char *why)
{
    answer_fault(r, 409, "letter_refused", why);
    return ERR_DENIED; /* what was begun is undone */
}

static enum err again(struct request *r, struct tx *tx, const struct letter *l, struct str text)
{
    struct record_reader server = clinic_server(r);
    struct event event;
    struct event_fault fault = {0};
    struct json_out o;
    enum registrar_did did;
    enum err err = said_read(r->arena, records_zone(request_site(r)->records), text, &event, &fault);
    if (!err && fault.words) return answer_fault(r, 409, "letter_refused", fault.words);
    if (!err) err = registrar_take(tx, &server, l->source, &event, &did);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_DENIED || err == ERR_EXISTS)
        return refused(r, "what stands in the record does not go with it");
    if (!err && did == REGISTRAR_DIFFERS) return refused(r, "its number was used before, for something else");
    if (!err) err = letter_settle(tx, l->id, LETTER_TAKEN);
    if (!err) err = note(r, l, "{\"verb\":\"again\"}");
    if (!err) err = fhir_origin(r, tx, &server);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_text(&o, "did", did == REGISTRAR_AGAIN ? "again" : did == REGISTRAR_WAITS ? "waits" : "taken");
    json_close(&o);
    return OK;
}

enum err registry_letter_write(struct request *r, struct tx *tx)
{
    struct letter l;
    struct str text, verb = r->captures[1];
    enum err err;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    bool is_again = str_is_text(verb, "again");
    if (!is_again && !str_is_text(verb, "aside")) return answer_fault(r, 404, "not_found", NULL);
    if (!find(r, tx, &l, &text, &err)) return err;
    if (l.state != LETTER_OPEN) return answer_fault(r, 409, "letter_settled", NULL);
    if (is_again) return again(r, tx, &l, text);
    err = letter_settle(tx, l.id, LETTER_SET_ASIDE);
    if (!err) err = note(r, &l, "{\"verb\":\"aside\"}");
    return err ? err : answer_empty(r, 204);
}
