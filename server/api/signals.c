/* Concerns that a platform from outside raises, a program with a token of custody's world: coded, each once by its own key, and answered by a
 * state and no more; and the same concerns as the clinic sees and takes them (docs/PROTOCOL §16). */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/concern.h"
#include "desk/registrar.h"
#include "desk/whom.h"
#include "records/search.h"

enum { KEY_MAX = 120, PLACE_MAX = 120 };
#define EARLY_MS ((int64_t)5 * 60 * 1000)       /* a clock that is so far ahead is still meant */
#define LATE_MS ((int64_t)7 * 24 * 3600 * 1000) /* what is older is no concern */

static enum err answer_state(struct request *r, int status, struct str key, enum concern_state state)
{
    struct json_out o;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    json_put_str(&o, "id", key);
    json_put_text(&o, "state", concern_state_text(state));
    json_close(&o);
    return OK;
}

/* -- raised -- */

static bool key_is(struct str key)
{
    for (size_t i = 0; i < key.bytes; i++)
        if (key.at[i] <= ' ' || key.at[i] > '~' || key.at[i] == '/') return false;
    return key.bytes > 0;
}

static bool read_signal(struct request *r, struct concern_start *s, struct str *person, struct str *cell)
{
    struct record_reader server = clinic_server(r);
    struct str at;
    static const char *const known[] = {"id", "kind", "person", "cell", "at", NULL};
    if (!request_only(r, known) || !request_text(r, "id", KEY_MAX, &s->key) ||
        !request_text(r, "kind", 40, &s->code) || !request_text(r, "at", 40, &at) ||
        !request_text_optional(r, "person", PLACE_MAX, person) ||
        !request_text_optional(r, "cell", PLACE_MAX, cell))
        return false;
    s->at = chart_instant(&server, at);
    int64_t ago = clock_now().ms - s->at.ms;
    const char *wrong = !key_is(s->key)                                                      ? "id"
                        : !concern_code_is(s->code)                                          ? "kind"
                        : s->at.ms == 0 || at.bytes < 20 || ago < -EARLY_MS || ago > LATE_MS ? "at"
                        : !person->bytes && !cell->bytes                                     ? "person"
                                                                                             : NULL;
    return wrong ? (answer_fault(r, 400, "bad_field", wrong), false) : true;
}

/* The one that bears this identifier; empty: none, or several. */
static enum err find_by(struct tx *tx, struct record_reader *server, const char *type, const char *system,
                        struct str value, struct str *ret_id)
{
    struct record_fault fault = {0};
    struct record_head head;
    struct buf query;
    struct str text;
    int64_t rows[2];
    uint32_t n = 0;
    *ret_id = (struct str){0};
    if (!value.bytes) return OK;
    buf_init(&query, 4096);
    buf_printf(&query, "identifier=%s%%7C", system);
    search_put_value(&query, value);
    text = (struct str){arena_text(server->arena, query.at ? query.at : "", query.bytes), query.bytes};
    enum err err = query.err ? query.err : text.at ? OK : ERR_NOMEM;
    buf_done(&query);
    if (!err) err = search_rows(tx, server, fhir_resource_of(str_of(type)), text, rows, 2, &n, &fault);
    if (err || fault.status || n != 1) return err;
    err = record_head_at(tx, server->arena, rows[0], &head);
    if (!err) *ret_id = head.id;
    return err;
}

enum err signal_add_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct concern_start s = {.source = r->who.account,
                              .source_name = r->who.display.bytes ? r->who.display : r->who.name};
    struct concern c;
    struct record_head head;
    struct str person = {0}, cell = {0};
    bool is_again = false;
    if (!r->who.is_token) return answer_fault(r, 404, "not_found", NULL); /* programs alone */
    if (!read_signal(r, &s, &person, &cell)) return OK;
    enum err err = find_by(tx, &server, "Patient", REGISTRAR_NUMBER_SYSTEM, person, &s.patient);
    if (!err) err = find_by(tx, &server, "Location", REGISTRAR_CELL_SYSTEM, cell, &s.cell);
    if (err) return err;
    if ((person.bytes && !s.patient.bytes) || (cell.bytes && !s.cell.bytes))
        return answer_fault(r, 404, "not_found", NULL);
    err = concern_raise(tx, &server, &s, &is_again, &head);
    if (!err && is_again) err = concern_read(tx, &server, head.id, &c);
    if (err) return err;
    if (is_again) return answer_state(r, 200, s.key, c.state);
    err = clinic_done(r, tx, &server, &head,
                      arena_printf(r->arena, "{\"kind\":\"%.*s\"}", (int)s.code.bytes, s.code.at));
    return err ? err : answer_state(r, 201, s.key, CONCERN_RAISED);
}

/* Of what this program itself has raised. */
enum err signal_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct concern c;
    char id[CONCERN_ID_BYTES];
    if (!r->who.is_token || !key_is(r->captures[0]) || r->captures[0].bytes > KEY_MAX)
        return answer_fault(r, 404, "not_found", NULL);
    concern_id(r->who.account, r->captures[0], id);
    enum err err = concern_read(tx, &server, str_of(id), &c);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : answer_state(r, 200, r->captures[0], c.state);
}

/* -- the clinic's -- */

static enum err put_concern(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                            const struct concern *c)
{
    struct record_reader server = clinic_server(r);
    struct whom whom;
    enum err err = whom_of(tx, &server, c->patient, &whom);
    if (err) return err;
    json_open(o, key);
    json_put_str(o, "id", c->item.head.id);
    json_put_text(o, "state", concern_state_text(c->state));
    json_put_str(o, "kind", clinic_text(c->code));
    whom_put(o, &whom);
    json_put_str(o, "cell", clinic_text(c->cell_words));
    json_put_str(o, "source", clinic_text(c->source));
    json_put_instant(o, "at", c->at);
    json_put_instant(o, "due", c->due);
    json_put_str(o, "by", clinic_text(c->by));
    json_close(o);
    return OK;
}

enum err concerns_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, CONCERN_LIST_MAX * sizeof *rows);
    enum err err = rows ? record_parts_reader(r, tx, &who) : ERR_NOMEM;
    if (!err) err = concern_open(tx, &server, rows, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "concerns");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct concern c;
        err = record_head_at(tx, r->arena, rows[i], &head);
        if (!err) err = concern_read(tx, &server, head.id, &c);
        if (!err) err = record_traced(&who, &c.item.head);
        if (!err) err = put_concern(r, tx, &o, NULL, &c);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == CONCERN_LIST_MAX);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

enum err concern_event_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    struct concern c;
    struct json_out o;
    bool is_done = str_is_text(r->captures[1], "done"), may = false;
    if (!is_done && !str_is_text(r->captures[1], "seen")) return answer_fault(r, 404, "not_found", NULL);
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = concern_read(tx, &server, r->captures[0], &c);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = concern_take(tx, &server, &c, is_done, r->who.account, r->who.display, &may, &head);
    if (!err && may)
        err = clinic_done(r, tx, &server, &head, is_done ? "{\"verb\":\"done\"}" : "{\"verb\":\"seen\"}");
    if (!err) err = concern_read(tx, &server, r->captures[0], &c);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = put_concern(r, tx, &o, "concern", &c);
    json_close(&o);
    return err;
}
