#include "desk/advice.h"
#include "desk/chart_write.h"
#include "desk/opinion_own.h"
#include "desk/telling.h"

static const struct {
    const char *name, *status;
} states[ADVICE_STATES] = {
    [ADVICE_OPEN] = {"open", "requested"},
    [ADVICE_ORDERED] = {"ordered", "accepted"},
    [ADVICE_DECLINED] = {"declined", "rejected"},
    [ADVICE_DONE] = {"done", "completed"},
};

const char *advice_state_name(enum advice_state state)
{
    ASSERT(state < ADVICE_STATES);
    return states[state].name;
}

/* -- made -- */

static void put_coding(struct json_out *o, const char *system, const char *code)
{
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    json_close(o);
}

static enum err put_task(struct tx *tx, struct record_reader *all, const struct opinion *p,
                         const struct opinion_item *item, struct str due)
{
    struct buf body;
    struct json_out o;
    struct str text;
    struct record_head head;
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Task");
    json_put_text(&o, "status", "requested");
    json_put_text(&o, "intent", "proposal");
    json_open(&o, "code");
    json_open_array(&o, "coding");
    put_coding(&o, TASK_SYSTEM, "advice");
    put_coding(&o, OPINION_ADVICE_SYSTEM, opinion_kind_name(item->kind));
    json_close_array(&o);
    json_close(&o);
    if (item->words.bytes) json_put_str(&o, "description", item->words);
    opinion_put_reference(&o, all->arena, "focus", "Composition", p->composition.id);
    opinion_put_reference(&o, all->arena, "for", "Patient", p->patient);
    opinion_put_reference(&o, all->arena, "encounter", "Encounter", p->visit.id);
    json_put_instant(&o, "authoredOn", tx->now);
    json_open_array(&o, "input");
    json_open(&o, NULL);
    json_open(&o, "type");
    json_put_text(&o, "text", "item");
    json_close(&o);
    json_put_str(&o, "valueString", item->id);
    json_close(&o);
    if (due.bytes) {
        json_open(&o, NULL);
        json_open(&o, "type");
        json_put_text(&o, "text", "due");
        json_close(&o);
        json_put_str(&o, "valueDate", due);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    enum err err = chart_take(all, &body, &text);
    return err ? err : chart_write(tx, all, fhir_resource_of(STR("Task")), STR(""), 0, text, &head, NULL);
}

enum err advice_begin(struct tx *tx, struct record_reader *all, const struct opinion *o)
{
    struct opinion_text *t = arena_alloc(all->arena, sizeof *t);
    if (!t) return ERR_NOMEM;
    enum err err = opinion_text_from(all, &o->body, t); /* what was signed, not what was typed */
    for (uint32_t i = 0; i < t->item_count && !err; i++)
        err = put_task(tx, all, o, &t->items[i], (struct str){0});
    struct opinion_item review = {STR(ADVICE_FOLLOW_UP_ID), OPINION_REVIEW, t->words[OPINION_FOLLOW_UP]};
    bool is_asked = review.words.bytes > 0 || t->due.bytes > 0;
    if (!err && is_asked) err = put_task(tx, all, o, &review, t->due);
    return err;
}

/* -- read -- */

static bool kind_of(struct record_reader *all, const struct chart_item *task, enum opinion_kind *ret)
{
    uint32_t codings = chart_node(task, 0, "code");
    codings = codings == TAPE_NONE ? TAPE_NONE : tape_get(&task->tape, codings, STR("coding"));
    for (uint32_t i = 0, at; codings != TAPE_NONE && (at = tape_at(&task->tape, codings, i)) != TAPE_NONE;
         i++) {
        if (!str_is_text(chart_text(all, task, at, "system"), OPINION_ADVICE_SYSTEM)) continue;
        for (enum opinion_kind k = 0; k < OPINION_KINDS; k++)
            if (str_is_text(chart_text(all, task, at, "code"), opinion_kind_name(k))) return *ret = k, true;
    }
    return false;
}

static struct str input_of(struct record_reader *all, const struct chart_item *task, const char *name,
                           const char *value)
{
    uint32_t list = tape_get(&task->tape, 0, STR("input"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&task->tape, list, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(all, task, at, "type.text"), name))
            return chart_text(all, task, at, value);
    return (struct str){0};
}

static enum err read_order(struct tx *tx, struct record_reader *all, struct advice *a)
{
    struct chart_item order;
    char name[32];
    struct str id = a->order, type = str_cut(&id, '/');
    if (type.bytes == 0 || type.bytes >= sizeof name) return OK;
    memcpy(name, type.at, type.bytes);
    name[type.bytes] = 0;
    enum err err = chart_one(tx, all, name, id, &order);
    if (!err) a->order_status = chart_text(all, &order, 0, "status");
    return err == ERR_NOT_FOUND ? OK : err;
}

static bool read_task(struct record_reader *all, const struct chart_item *task, struct advice *ret)
{
    struct str status = chart_text(all, task, 0, "status");
    *ret = (struct advice){.task = *task,
                           .id = input_of(all, task, "item", "valueString"),
                           .due = input_of(all, task, "due", "valueDate"),
                           .words = chart_text(all, task, 0, "description"),
                           .reason = chart_text(all, task, 0, "statusReason.text"),
                           .by = chart_text(all, task, 0, "owner.display"),
                           .at = chart_text(all, task, 0, "lastModified"),
                           .order = chart_text(all, task, 0, "output.valueReference.reference")};
    for (enum advice_state s = 0; s < ADVICE_STATES; s++)
        if (str_is_text(status, states[s].status)) return ret->state = s, kind_of(all, task, &ret->kind);
    return false;
}

enum err advice_list(struct tx *tx, struct record_reader *all, const struct opinion *o,
                     struct advice ret[ADVICE_MAX], uint32_t *ret_n)
{
    struct chart_list tasks;
    uint32_t n = 0;
    *ret_n = 0;
    if (o->state == OPINION_DRAFT) return OK;
    const char *more = arena_printf(all->arena, "&encounter=Encounter/%.*s&code=" TASK_SYSTEM "%%7Cadvice",
                                    (int)o->visit.id.bytes, o->visit.id.at);
    enum err err = more ? chart_list(tx, all, "Task", o->patient, more, &tasks) : ERR_NOMEM;
    /* In the order of the opinion; the follow-up last. */
    for (uint32_t i = 0; !err && i <= o->text.item_count; i++) {
        struct str id = i < o->text.item_count ? o->text.items[i].id : STR(ADVICE_FOLLOW_UP_ID);
        for (uint32_t k = 0; k < tasks.count && !err && n < ADVICE_MAX; k++) {
            if (!read_task(all, &tasks.at[k], &ret[n]) || !str_is(ret[n].id, id)) continue;
            err = read_order(tx, all, &ret[n++]);
            break;
        }
    }
    if (!err) *ret_n = n;
    return err;
}

enum err advice_find(struct tx *tx, struct record_reader *all, const struct opinion *o, struct str id,
                     struct advice *ret)
{
    struct advice *list = arena_alloc(all->arena, ADVICE_MAX * sizeof *list);
    uint32_t n = 0;
    enum err err = list ? advice_list(tx, all, o, list, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++)
        if (str_is(list[i].id, id)) return *ret = list[i], OK;
    return err ? err : ERR_NOT_FOUND;
}

enum err advice_write(struct tx *tx, struct record_reader *all, const struct opinion *o, struct json_out *to)
{
    struct advice *list = arena_alloc(all->arena, ADVICE_MAX * sizeof *list);
    uint32_t n = 0;
    enum err err = list ? advice_list(tx, all, o, list, &n) : ERR_NOMEM;
    json_open_array(to, "advice");
    for (uint32_t i = 0; i < n && !err; i++) {
        const struct advice *a = &list[i];
        const struct {
            const char *key;
            struct str value;
        } texts[] = {
            {"id", a->id}, {"words", a->words}, {"due", a->due},     {"reason", a->reason},
            {"by", a->by}, {"at", a->at},       {"order", a->order}, {"order_status", a->order_status}};
        json_open(to, NULL);
        json_put_text(to, "kind", opinion_kind_name(a->kind));
        json_put_text(to, "state", states[a->state].name);
        for (size_t k = 0; k < COUNT_OF(texts); k++)
            json_put_str(to, texts[k].key, texts[k].value.at ? texts[k].value : STR(""));
        json_close(to);
    }
    json_close_array(to);
    return err;
}

/* -- decided -- */

struct step {
    struct tx *tx;
    struct record_reader *all;
    const struct advice *a;
    struct buf steps;
    struct json_out o;
    enum err err;
};

/* The Task has this status now, by whom (when it was anybody) and when. */
static void begin(struct step *s, struct tx *tx, struct record_reader *all, const struct advice *a,
                  const struct opinion_by *by, enum advice_state to)
{
    *s = (struct step){.tx = tx, .all = all, .a = a};
    buf_init(&s->steps, OPINION_BODY_MAX);
    json_out_init(&s->o, &s->steps);
    json_open_array(&s->o, NULL);
    chart_put_step(&s->o, "replace", "/status");
    json_put_text(&s->o, "value", states[to].status);
    json_close(&s->o);
    if (by->account.bytes) {
        chart_put_step(&s->o, "add", "/owner");
        s->err = opinion_put_person(tx, all->arena, by->account, by->display, &s->o, "value");
        json_close(&s->o);
    }
    chart_put_step(&s->o, "add", "/lastModified");
    json_put_instant(&s->o, "value", tx->now);
    json_close(&s->o);
}

static void put_reason(struct step *s, struct str reason)
{
    chart_put_step(&s->o, "add", "/statusReason");
    json_open(&s->o, "value");
    json_put_str(&s->o, "text", reason);
    json_close(&s->o);
    json_close(&s->o);
}

static enum err end(struct step *s)
{
    struct str text;
    json_close_array(&s->o);
    enum err taken = chart_take(s->all, &s->steps, &text);
    if (!s->err) s->err = taken;
    if (s->err) return s->err;
    return chart_write_steps(s->tx, s->all, &s->a->task.head, s->a->task.head.version, text, NULL, NULL);
}

enum err advice_order(struct tx *tx, struct record_reader *all, const struct advice *a,
                      const struct opinion_by *by, struct str order, bool *ret_may)
{
    struct step s;
    *ret_may = a->state == ADVICE_OPEN || a->state == ADVICE_DECLINED;
    if (!*ret_may) return OK;
    begin(&s, tx, all, a, by, ADVICE_ORDERED);
    if (order.bytes) {
        chart_put_step(&s.o, "add", "/output");
        json_open_array(&s.o, "value");
        json_open(&s.o, NULL);
        json_open(&s.o, "type");
        json_put_text(&s.o, "text", "order");
        json_close(&s.o);
        json_open(&s.o, "valueReference");
        json_put_str(&s.o, "reference", order);
        json_close(&s.o);
        json_close(&s.o);
        json_close_array(&s.o);
        json_close(&s.o);
    }
    return end(&s);
}

enum err advice_decline(struct tx *tx, struct record_reader *all, const struct advice *a,
                        const struct opinion_by *by, struct str reason, bool *ret_may)
{
    struct step s;
    *ret_may = a->state == ADVICE_OPEN;
    if (!*ret_may) return OK;
    begin(&s, tx, all, a, by, ADVICE_DECLINED);
    put_reason(&s, reason);
    return end(&s);
}

enum err advice_done(struct tx *tx, struct record_reader *all, const struct advice *a,
                     const struct opinion_by *by, bool *ret_may)
{
    struct step s;
    *ret_may = a->state == ADVICE_ORDERED;
    if (!*ret_may) return OK;
    begin(&s, tx, all, a, by, ADVICE_DONE);
    return end(&s);
}

static enum err reopen_one(struct tx *tx, struct record_reader *all, const struct advice *a,
                           const struct opinion_by *by, struct str reason)
{
    struct step s;
    begin(&s, tx, all, a, by, ADVICE_OPEN);
    chart_put_step(&s.o, "remove", "/output");
    json_close(&s.o);
    if (reason.bytes) put_reason(&s, reason);
    return end(&s);
}

enum err advice_reopen(struct tx *tx, struct record_reader *all, const struct opinion_by *by,
                       const struct advice_undone *u)
{
    struct chart_list tasks;
    struct str patient = u->patient;
    if (!u->visit.bytes) return OK;
    (void)str_cut(&patient, '/');
    const char *more = arena_printf(all->arena, "&encounter=%.*s&code=" TASK_SYSTEM "%%7Cadvice",
                                    (int)u->visit.bytes, u->visit.at);
    enum err err = more ? chart_list(tx, all, "Task", patient, more, &tasks) : ERR_NOMEM;
    for (uint32_t i = 0; !err && i < tasks.count; i++) {
        struct advice a;
        if (read_task(all, &tasks.at[i], &a) && a.state == ADVICE_ORDERED && str_is(a.order, u->order))
            return reopen_one(tx, all, &a, by, u->reason);
    }
    return err;
}

enum err advice_examine(struct tx *tx, struct record_reader *all, const struct opinion *p,
                        const struct opinion_by *by, struct str words, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "ServiceRequest");
    json_put_text(&o, "status", "active");
    json_put_text(&o, "intent", "order");
    json_open_array(&o, "category");
    json_open(&o, NULL);
    json_open_array(&o, "coding");
    put_coding(&o, OPINION_ADVICE_SYSTEM, opinion_kind_name(OPINION_EXAMINATION));
    json_close_array(&o);
    json_close(&o);
    json_close_array(&o);
    json_open(&o, "code");
    json_put_str(&o, "text", words);
    json_close(&o);
    opinion_put_reference(&o, all->arena, "subject", "Patient", p->patient);
    opinion_put_reference(&o, all->arena, "encounter", "Encounter", p->visit.id);
    json_put_instant(&o, "authoredOn", tx->now);
    enum err err = opinion_put_person(tx, all->arena, by->account, by->display, &o, "requester");
    json_open_array(&o, "supportingInfo");
    opinion_put_reference(&o, all->arena, NULL, "Composition", p->composition.id);
    json_close_array(&o);
    json_close(&o);
    enum err taken = chart_take(all, &body, &text);
    if (!err) err = taken;
    return err ? err
               : chart_write(tx, all, fhir_resource_of(STR("ServiceRequest")), STR(""), 0, text, ret, NULL);
}

/* -- what is left to do -- */

enum err opinion_open_ends(struct tx *tx, struct record_reader *all, const struct opinion *o,
                           struct opinion_ends *ret)
{
    struct advice *list = arena_alloc(all->arena, ADVICE_MAX * sizeof *list);
    uint32_t n = 0;
    bool is_decided = false;
    *ret = (struct opinion_ends){.is_unsigned = o->state != OPINION_FINAL};
    enum err err = list ? advice_list(tx, all, o, list, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++)
        ret->undecided += list[i].state == ADVICE_OPEN;
    if (!err && o->composition.row) err = telling_is_decided(tx, o->composition.row, &is_decided);
    ret->is_unreleased = !is_decided;
    return err;
}
