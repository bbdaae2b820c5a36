/* After the opinion is signed: each advice ordered or declined by the clinic's doctor, what the patient is told, follow-ups. */
#include "api/handlers.h"
#include "api/opinion_parts.h"
#include "api/order_parts.h"
#include "api/record_parts.h"
#include "api/route.h"
#include "api/trace.h"
#include "api/transfer_parts.h"
#include "desk/advice.h"
#include "desk/follow_up.h"
#include "desk/telling.h"

enum { REASON_MAX = 2000, WORDS_MAX = 4000 };

static bool need_text(struct request *r, const char *key, size_t most, struct str *ret)
{
    if (!request_text(r, key, most, ret)) return false;
    *ret = str_trim(*ret);
    if (ret->bytes) return true;
    answer_fault(r, 400, "missing_field", key);
    return false;
}

/* -- advice -- */

struct deciding {
    struct opinion_call *c;
    struct advice advice;
    enum opinion_kind as; /* what it is ordered as */
    struct str order;     /* a reference, once it is made */
    const char *more;
};

static bool read_kind(struct request *r, enum opinion_kind otherwise, enum opinion_kind *ret)
{
    struct str as = {0};
    *ret = otherwise;
    if (!request_text_optional(r, "as", 20, &as)) return false;
    for (enum opinion_kind k = 0; as.at && k < OPINION_KINDS; k++)
        if (str_is_text(as, opinion_kind_name(k))) return *ret = k, true;
    if (as.at) answer_fault(r, 400, "bad_field", "as");
    return !as.at;
}

static enum err refer(struct request *r, struct deciding *d, const char *type, const struct record_head *head)
{
    const char *order = arena_printf(r->arena, "%s/%.*s", type, (int)head->id.bytes, head->id.at);
    d->order = str_of(order);
    return order ? OK : ERR_NOMEM;
}

/* By the way of every prescription, with its checks (rules 36, 37); the visit is a consultation by video. */
static enum err prescribe(struct request *r, struct tx *tx, struct deciding *d)
{
    struct order_start start = {.patient = d->c->opinion.patient, .encounter = d->c->opinion.visit.id};
    struct order_by by = order_parts_by(r);
    struct order_verdict verdict;
    struct record_head head;
    enum order_refusal refusal;
    static const char *const known[] = {"verdict", "as",        "drug", "dose",  "unit",     "route",
                                        "per_day", "as_needed", "days", "words", "override", NULL};
    if (!request_only(r, known) || !order_parts_read(r, &start)) return OK;
    d->c->who.written = d->c->all.written, d->c->who.written_count = d->c->all.written_count;
    d->c->who.written_room = d->c->all.written_room;
    enum err err = order_prescribe(tx, &d->c->who, &by, &start, &refusal, &verdict, &head);
    if (err || refusal != ORDER_DONE) return err ? err : order_parts_refuse(r, refusal);
    d->c->all.written = d->c->who.written, d->c->all.written_count = d->c->who.written_count;
    d->c->all.written_room = d->c->who.written_room;
    d->more = arena_printf(r->arena, ",\"alerts\":%u,\"checked\":%s", verdict.alert_count,
                           verdict.unavailable ? "false" : "true");
    return d->more ? refer(r, d, "MedicationRequest", &head) : ERR_NOMEM;
}

static enum err examine(struct request *r, struct tx *tx, struct deciding *d)
{
    struct str words;
    struct record_head head;
    if (!request_only(r, (const char *const[]){"verdict", "as", "words", NULL}) ||
        !need_text(r, "words", WORDS_MAX, &words))
        return OK;
    enum err err = advice_examine(tx, &d->c->all, &d->c->opinion, &d->c->by, words, &head);
    return err ? err : refer(r, d, "ServiceRequest", &head);
}

static enum err review(struct request *r, struct tx *tx, struct deciding *d)
{
    struct follow_up_start start = {
        .patient = d->c->opinion.patient, .encounter = d->c->opinion.visit.id, .by = d->c->by};
    struct record_head head;
    if (!request_only(r, (const char *const[]){"verdict", "as", "words", "due", NULL}) ||
        !need_text(r, "words", WORDS_MAX, &start.words) || !request_text(r, "due", 10, &start.due))
        return OK;
    enum err err = follow_up_make(tx, &d->c->all, &start, &head);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "due");
    return err ? err : refer(r, d, "Task", &head);
}

/* To a hospital outside: asked for, and approved by itself (api/transfers). */
static enum err send(struct request *r, struct tx *tx, struct deciding *d)
{
    struct record_reader *all = &d->c->all;
    struct str patient = d->c->opinion.patient, visit = d->c->opinion.visit.id,
               opinion = d->c->opinion.composition.id;
    struct sickcall_by by = {r->who.account, r->who.display, STR("")};
    struct transfer t;
    const char *whom = arena_printf(r->arena, "Patient/%.*s", (int)patient.bytes, patient.at);
    const char *of = arena_printf(r->arena, "Encounter/%.*s", (int)visit.bytes, visit.at);
    const char *advised = arena_printf(r->arena, "Composition/%.*s", (int)opinion.bytes, opinion.at);
    if (!whom || !of || !advised) return ERR_NOMEM;
    struct transfer_start start = {
        .patient = str_of(whom), .encounter = str_of(of), .opinion = str_of(advised)};
    if (!request_only(r, (const char *const[]){"verdict", "as", TRANSFER_PARTS_KEYS, NULL}) ||
        !transfer_parts_read(r, tx, &start))
        return OK;
    enum err err = transfer_begin(tx, all, &by, &start, &t);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 400, "bad_field", "hospital");
    if (!err) err = transfer_parts_tell(r);
    return err ? err : refer(r, d, "ServiceRequest", &t.item.head);
}

/* Taken up in the clinic's own way: no order of its own. */
static enum err take_up(struct request *r)
{
    (void)request_only(r, (const char *const[]){"verdict", "as", NULL});
    return OK;
}

static enum err order(struct request *r, struct tx *tx, struct deciding *d, bool *ret_may)
{
    static enum err (*const ways[OPINION_KINDS])(struct request * r, struct tx * tx,
                                                 struct deciding * d) = {[OPINION_MEDICATION] = prescribe,
                                                                         [OPINION_EXAMINATION] = examine,
                                                                         [OPINION_REFERRAL] = send,
                                                                         [OPINION_REVIEW] = review};
    *ret_may = d->advice.state == ADVICE_OPEN || d->advice.state == ADVICE_DECLINED;
    if (!*ret_may || !read_kind(r, d->advice.kind, &d->as)) return OK;
    enum err err = ways[d->as] ? ways[d->as](r, tx, d) : take_up(r);
    if (err || r->fault.status) return err;
    return advice_order(tx, &d->c->all, &d->advice, &d->c->by, d->order, ret_may);
}

static enum err decline(struct request *r, struct tx *tx, struct deciding *d, bool *ret_may)
{
    struct str reason;
    if (!request_only(r, (const char *const[]){"verdict", "reason", NULL}) ||
        !need_text(r, "reason", REASON_MAX, &reason))
        return OK;
    return advice_decline(tx, &d->c->all, &d->advice, &d->c->by, reason, ret_may);
}

static enum err finish(struct request *r, struct tx *tx, struct deciding *d, bool *ret_may)
{
    if (!request_only(r, (const char *const[]){"verdict", NULL})) return OK;
    return advice_done(tx, &d->c->all, &d->advice, &d->c->by, ret_may);
}

static enum err decide(struct request *r, struct tx *tx, struct deciding *d, struct str verdict,
                       bool *ret_may)
{
    if (str_is_text(verdict, "order")) return order(r, tx, d, ret_may);
    if (str_is_text(verdict, "decline")) return decline(r, tx, d, ret_may);
    if (str_is_text(verdict, "done")) return finish(r, tx, d, ret_may);
    return answer_fault(r, 400, "bad_field", "verdict");
}

enum err advice_write_one(struct request *r, struct tx *tx)
{
    struct deciding d = {.more = ""};
    struct json_out out;
    struct str verdict;
    bool may = true;
    if (!request_text(r, "verdict", 10, &verdict)) return OK;
    enum err err = opinion_call_new(r, tx, &d.c);
    if (err || r->fault.status) return err;
    err = advice_find(tx, &d.c->all, &d.c->opinion, r->captures[1], &d.advice);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = decide(r, tx, &d, verdict, &may);
    if (err || r->fault.status) return err;
    if (!may) return answer_fault(r, 409, "advice_state", NULL);
    const char *more =
        arena_printf(r->arena, ",\"item\":\"%.*s\",\"verdict\":\"%.*s\"%s", (int)d.advice.id.bytes,
                     d.advice.id.at, (int)verdict.bytes, verdict.at, d.more);
    err = more ? opinion_note(r, tx, d.c, more) : ERR_NOMEM;
    if (!err) err = opinion_tell(r, tx, d.c, NULL);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_str(&out, "order", d.order.at ? d.order : STR(""));
    json_close(&out);
    return OK;
}

/* -- what the patient is told -- */

static enum err answer_telling(struct request *r, struct tx *tx, struct opinion_call *c,
                               enum telling_answer answer)
{
    if (answer == TELLING_UNSIGNED) return answer_fault(r, 409, "opinion_unsigned", NULL);
    if (answer == TELLING_TOLD) return answer_fault(r, 409, "released_already", NULL);
    enum err err = opinion_note(r, tx, c, "");
    if (!err) err = opinion_tell(r, tx, c, NULL);
    return err ? err : answer_empty(r, 204);
}

enum err telling_give_write(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct str words;
    struct record_head head;
    bool with_opinion;
    enum telling_answer answer;
    if (!request_only(r, (const char *const[]){"words", "opinion", NULL}) ||
        !need_text(r, "words", WORDS_MAX, &words) ||
        !request_bool_optional(r, "opinion", true, &with_opinion))
        return OK;
    enum err err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    err = telling_give(tx, &c->all, &c->opinion, &c->by, words, with_opinion, &head, &answer);
    return err ? err : answer_telling(r, tx, c, answer);
}

enum err telling_hold_write(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct str reason;
    enum telling_answer answer;
    if (!request_only(r, (const char *const[]){"reason", NULL}) ||
        !need_text(r, "reason", REASON_MAX, &reason))
        return OK;
    enum err err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    err = telling_hold(tx, &c->opinion, &c->by, reason, &answer);
    return err ? err : answer_telling(r, tx, c, answer);
}

/* -- follow-ups -- */

enum err follow_ups_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct json_out out;
    enum err err = record_parts_reader(r, tx, &who);
    if (err) return err;
    r->answer.body.bytes_max = 4 * 1024 * 1024;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    err = follow_up_write(tx, &who, &out);
    json_close(&out);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

enum err follow_up_done_write(struct request *r, struct tx *tx)
{
    struct record_reader who, all;
    struct record_head head;
    struct str words = {0};
    struct opinion_by by = {.account = r->who.account, .display = r->who.display, .acting = r->acting};
    bool may;
    if (!request_only(r, (const char *const[]){"words", NULL}) ||
        !request_text_optional(r, "words", WORDS_MAX, &words))
        return OK;
    enum err err = record_parts_reader(r, tx, &who);
    all = opinion_server(&who);
    if (!err) err = follow_up_done(tx, &who, &all, r->captures[0], &by, str_trim(words), &may, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    if (!may) return answer_fault(r, 409, "advice_state", NULL);
    opinion_hand_back(&who, &all);
    const char *target = record_parts_target(r, &head);
    err = target ? record_traced(&who, &head) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, tx, &who);
    if (!err) err = request_trace(r, &who, r->route->audit, target, "");
    return err ? err : answer_empty(r, 204);
}
