/* The opinion of a visit, while it is written and as it stands: docs/PROTOCOL, opinions. */
#include "api/handlers.h"
#include "api/opinion_parts.h"
#include "api/record_parts.h"
#include "api/route.h"
#include "api/trace.h"
#include "desk/advice.h"
#include "desk/opinion_bundle.h"
#include "desk/telling.h"

/* -- shared -- */

enum err opinion_call_new(struct request *r, struct tx *tx, struct opinion_call **ret)
{
    struct opinion_call *c = arena_zalloc(r->arena, sizeof *c);
    if (!c) return ERR_NOMEM;
    *ret = c;
    enum err err = record_parts_reader(r, tx, &c->who);
    if (!err) err = opinion_load(tx, &c->who, r->captures[0], &c->opinion);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    c->all = opinion_server(&c->who);
    c->by = (struct opinion_by){.account = r->who.account,
                                .display = r->who.display,
                                .acting = r->acting,
                                .algorithm = request_site(r)->settings.seal};
    return err ? err : request_about(r, c->opinion.visit.patient);
}

bool opinion_refused(struct request *r, enum opinion_refusal refusal)
{
    static const struct {
        int status;
        const char *code;
    } faults[] = {
        [OPINION_NOT_YOURS] = {403, "not_allowed"},       [OPINION_CLOSED] = {409, "opinion_closed"},
        [OPINION_STALE] = {409, "opinion_stale"},         [OPINION_EMPTY] = {409, "opinion_empty"},
        [OPINION_NOT_SIGNED] = {409, "opinion_unsigned"}, [OPINION_ANSWERED] = {409, "opinion_answered"},
        [OPINION_NOT_ASKED] = {409, "opinion_not_asked"},
    };
    if (refusal == OPINION_DONE) return false;
    answer_fault(r, faults[refusal].status, faults[refusal].code, NULL);
    return true;
}

enum err opinion_note(struct request *r, struct tx *tx, struct opinion_call *c, const char *more)
{
    enum err err = OK;
    for (uint32_t i = 0; i < c->all.written_count && !err; i++)
        err = record_traced(&c->who, &c->all.written[i]);
    opinion_hand_back(&c->who, &c->all);
    if (!err) err = fhir_origin(r, tx, &c->who);
    const char *target = record_parts_target(r, &c->opinion.visit);
    if (!err && !target) err = ERR_NOMEM;
    return err ? err : request_trace(r, &c->who, r->route->audit, target, more);
}

static enum err tell_one(struct request *r, struct str account, const char *data)
{
    if (account.bytes == 0 || str_is(account, r->who.account)) return OK;
    const char *whom = arena_text(r->arena, account.at, account.bytes);
    return whom ? request_notify(r, &(struct site_notice){.account = whom, .kind = "opinion", .data = data})
                : ERR_NOMEM;
}

/* Who is in it hears which part moves and who moves it, by account alone: no word of it leaves here. */
enum err opinion_tell(struct request *r, struct tx *tx, const struct opinion_call *c, const char *part)
{
    struct grant_person people[GRANT_PEOPLE_MAX];
    uint32_t n = 0;
    struct buf data;
    struct json_out o;
    buf_init(&data, 4096);
    json_out_init(&o, &data);
    json_open(&o, NULL);
    json_put_str(&o, "visit", c->opinion.visit.id);
    json_put_text(&o, "part", part);
    json_put_str(&o, "by", r->who.account);
    json_close(&o);
    const char *text = data.err ? NULL : arena_text(r->arena, data.at, data.bytes);
    enum err err = data.err ? data.err : text ? OK : ERR_NOMEM;
    buf_done(&data);
    if (!err) err = grant_people(tx, r->arena, c->opinion.visit.row, people, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        bool is_told = false;
        err = tell_one(r, people[i].account, text);
        for (uint32_t k = 0; k < i; k++)
            is_told = is_told || str_is(people[k].given_by, people[i].given_by);
        if (!err && !is_told) err = tell_one(r, people[i].given_by, text);
    }
    return err;
}

/* -- reading -- */

static void put_account(struct json_out *o, const char *key, struct str id, struct str display)
{
    json_open(o, key);
    json_put_str(o, "id", id);
    json_put_str(o, "display", display);
    json_close(o);
}

static void put_parts(const struct opinion *p, struct json_out *o)
{
    json_open(o, "parts");
    for (enum opinion_part part = 0; part < OPINION_PARTS; part++) {
        const struct opinion_part_head *h = &p->parts[part];
        json_open(o, opinion_part_name(part));
        json_put_int(o, "rev", h->rev);
        if (h->account.bytes)
            put_account(o, "by", h->account, h->display);
        else
            json_put_null(o, "by");
        json_put_instant(o, "at", h->at);
        opinion_text_write(&p->text, part, o, "value");
        json_close(o);
    }
    json_close(o);
}

static void put_people(const struct opinion *p, struct json_out *o)
{
    static const char *const answers[] = {"waited", "signed", "dissented", "excused"};
    json_open_array(o, "people");
    for (uint32_t i = 0; i < p->people_count; i++) {
        const struct opinion_person *one = &p->people[i];
        json_open(o, NULL);
        put_account(o, "account", one->account, one->display);
        json_put_str(o, "hospital", one->hospital.at ? one->hospital : STR(""));
        json_put_text(o, "answer", answers[one->answer]);
        json_put_instant(o, "at", one->at);
        json_put_str(o, "reason", one->reason.at ? one->reason : STR(""));
        json_close(o);
    }
    json_close_array(o);
}

static enum err put_may(struct request *r, struct tx *tx, const struct opinion_call *c, struct json_out *o)
{
    const struct opinion *p = &c->opinion;
    bool is_writer = false, is_waited = false, is_doctor = role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR);
    bool is_draft = p->state == OPINION_DRAFT;
    enum err err = opinion_may_write(tx, r->who.account, p, &is_writer);
    for (uint32_t i = 0; i < p->people_count; i++)
        if (str_is(p->people[i].account, r->who.account))
            is_waited = p->people[i].answer == OPINION_WAITED || p->people[i].answer == OPINION_EXCUSED;
    json_open(o, "may");
    json_put_bool(o, "write", is_writer && is_draft);
    json_put_bool(o, "sign", is_writer && (is_draft || is_waited));
    json_put_bool(o, "dissent", is_writer && !is_draft && is_waited);
    json_put_bool(o, "amend", is_writer && !is_draft);
    json_put_bool(o, "receive", is_doctor && !is_draft && p->received.ms == 0);
    json_put_bool(o, "decide", is_doctor && !is_draft);
    json_close(o);
    return err;
}

static enum err put_amendments(struct tx *tx, struct opinion_call *c, struct json_out *o)
{
    struct chart_list list;
    enum err err = opinion_amendments(tx, &c->all, &c->opinion, &list);
    json_open_array(o, "amendments");
    for (uint32_t i = 0; i < list.count && !err; i++) {
        struct opinion_amendment a;
        err = opinion_amendment_read(&c->all, &list.at[i], &a);
        if (err) break;
        json_open(o, NULL);
        json_put_str(o, "id", list.at[i].head.id);
        json_put_str(o, "by", a.by);
        json_put_str(o, "at", a.at);
        json_put_str(o, "reason", a.reason);
        json_put_str(o, "words", a.words);
        json_close(o);
        err = record_traced(&c->who, &list.at[i].head);
    }
    json_close_array(o);
    return err;
}

/* What is left to do before the visit can be closed. */
static enum err put_ends(struct tx *tx, struct opinion_call *c, struct json_out *o)
{
    struct opinion_ends ends;
    enum err err = opinion_open_ends(tx, &c->all, &c->opinion, &ends);
    json_open(o, "open");
    json_put_bool(o, "signatures", ends.is_unsigned);
    json_put_int(o, "advice", ends.undecided);
    json_put_bool(o, "telling", ends.is_unreleased);
    json_close(o);
    return err;
}

static enum err put_rest(struct request *r, struct tx *tx, struct opinion_call *c, struct json_out *o)
{
    const struct opinion *p = &c->opinion;
    char code[OPINION_CODE_BYTES] = "";
    enum err err = p->state == OPINION_DRAFT ? OK : opinion_code_of(&c->all, p, code);
    json_put_text(o, "code", code[0] ? code : NULL);
    if (!err) err = put_amendments(tx, c, o);
    if (!err) err = advice_write(tx, &c->all, p, o);
    if (!err) err = telling_write(tx, &c->all, p, o);
    if (!err) err = put_ends(tx, c, o);
    if (!err) err = put_may(r, tx, c, o);
    return err;
}

enum err opinion_look(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct json_out out;
    enum err err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    const struct opinion *p = &c->opinion;
    r->answer.body.bytes_max = 4 * 1024 * 1024;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_str(&out, "visit", p->visit.id);
    json_put_str(&out, "patient", p->patient);
    json_put_text(&out, "state", opinion_state_name(p->state));
    json_put_int(&out, "rev", p->rev);
    if (p->composition.row) {
        json_put_str(&out, "composition", p->composition.id);
        json_put_int(&out, "version", p->composition.version);
        err = record_traced(&c->who, &p->composition);
    } else {
        json_put_null(&out, "composition");
        json_put_int(&out, "version", 0);
    }
    put_parts(p, &out);
    put_people(p, &out);
    json_put_instant(&out, "received", p->received);
    json_put_str(&out, "received_by", p->received_by.at ? p->received_by : STR(""));
    if (!err) err = put_rest(r, tx, c, &out);
    json_close(&out);
    const char *target = record_parts_target(r, &p->visit);
    if (!err && !target) err = ERR_NOMEM;
    return err ? err : request_trace(r, &c->who, r->route->audit, target, "");
}

/* -- writing -- */

enum err opinion_save_write(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct opinion_text *text = arena_zalloc(r->arena, sizeof *text);
    enum opinion_part part;
    enum opinion_refusal refusal;
    struct json_out out;
    const char *where = "value";
    int64_t rev, now;
    if (!text) return ERR_NOMEM;
    if (!opinion_part_of(r->captures[1], &part)) return answer_fault(r, 404, "not_found", NULL);
    if (!request_only(r, (const char *const[]){"rev", "value", NULL}) ||
        !request_int(r, "rev", 0, INT64_MAX - 1, &rev))
        return OK;
    enum err err = opinion_text_read(r->arena, part, json_get(r->json, "value"), text, &where);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", where);
    if (!err) err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    err = opinion_save(tx, &c->all, &c->opinion, r->who.account, part, rev, text, &now, &refusal);
    if (err || opinion_refused(r, refusal)) return err;
    const char *more =
        arena_printf(r->arena, ",\"part\":\"%s\",\"rev\":%lld", opinion_part_name(part), (long long)now);
    err = more ? opinion_note(r, tx, c, more) : ERR_NOMEM;
    if (!err) err = opinion_tell(r, tx, c, opinion_part_name(part));
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_int(&out, "rev", now);
    json_put_int(&out, "draft", c->opinion.rev);
    json_put_instant(&out, "saved", tx->now);
    json_close(&out);
    return OK;
}
