/* Answers to an opinion: signatures, dissents, the clinic's receipt, who is not waited for any longer; and what is said later beside it. */
#include "base/mem.h"
#include "desk/advice.h"
#include "desk/chart_write.h"
#include "desk/opinion_own.h"
#include "desk/opinion_texts.h"
#include "desk/site_key.h"
#include "desk/xhtml.h"
#include "records/amend.h"
#include "records/person.h"
#include "records/seal.h"
#include <stdio.h>

/* -- the first signature closes the draft -- */

static enum err put_condition(struct tx *tx, struct record_reader *all, const struct opinion *o,
                              const struct opinion_by *by, const struct opinion_code *code, const char **ret)
{
    static const char terms[] = "http://terminology.hl7.org/CodeSystem/";
    struct buf body;
    struct json_out to;
    struct str text;
    struct record_head head;
    const struct {
        const char *key, *system, *code;
    } states[] = {{"clinicalStatus", "condition-clinical", "active"},
                  {"verificationStatus", "condition-ver-status", "provisional"}};
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&to, &body);
    json_open(&to, NULL);
    json_put_text(&to, "resourceType", "Condition");
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        char system[96];
        snprintf(system, sizeof system, "%s%s", terms, states[i].system);
        json_open(&to, states[i].key);
        json_open_array(&to, "coding");
        json_open(&to, NULL);
        json_put_text(&to, "system", system);
        json_put_text(&to, "code", states[i].code);
        json_close(&to);
        json_close_array(&to);
        json_close(&to);
    }
    json_open_array(&to, "category");
    json_open(&to, NULL);
    json_open_array(&to, "coding");
    json_open(&to, NULL);
    json_put_text(&to, "system", "http://terminology.hl7.org/CodeSystem/condition-category");
    json_put_text(&to, "code", "encounter-diagnosis");
    json_close(&to);
    json_close_array(&to);
    json_close(&to);
    json_close_array(&to);
    json_open(&to, "code");
    json_open_array(&to, "coding");
    json_open(&to, NULL);
    json_put_text(&to, "system", OPINION_ICD10_SYSTEM);
    json_put_str(&to, "code", code->code);
    json_put_str(&to, "display", code->display);
    json_close(&to);
    json_close_array(&to);
    json_put_str(&to, "text", code->display);
    json_close(&to);
    opinion_put_reference(&to, all->arena, "subject", "Patient", o->patient);
    opinion_put_reference(&to, all->arena, "encounter", "Encounter", o->visit.id);
    json_put_instant(&to, "recordedDate", tx->now);
    enum err err = opinion_put_person(tx, all->arena, by->account, by->display, &to, "recorder");
    json_close(&to);
    enum err taken = chart_take(all, &body, &text);
    if (!err) err = taken;
    if (!err) err = chart_write(tx, all, fhir_resource_of(STR("Condition")), STR(""), 0, text, &head, NULL);
    if (!err) {
        *ret = arena_printf(all->arena, "Condition/%.*s", (int)head.id.bytes, head.id.at);
        if (!*ret) err = ERR_NOMEM;
    }
    return err;
}

static enum err let_see(struct tx *tx, struct str account, const struct opinion *o)
{
    int64_t grant;
    enum err err = grant_live(tx, account, o->visit.row, &grant);
    if (!err) err = grant_attach(tx, grant, o->composition.row, false);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* Everybody with a grant, the signer too: who answers is told by who was asked. */
static enum err ask_all(struct tx *tx, struct record_reader *all, struct opinion *o,
                        const struct opinion_by *by)
{
    struct grant_person granted[GRANT_PEOPLE_MAX];
    uint32_t n = 0;
    enum err err = grant_people(tx, all->arena, o->visit.row, granted, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = cosign_ask(tx, &o->composition, granted[i].account, by->account);
        if (err == ERR_EXISTS) err = OK;
        if (!err) err = let_see(tx, granted[i].account, o);
    }
    return err;
}

static enum err close_draft(struct tx *tx, struct record_reader *all, struct opinion *o,
                            const struct opinion_by *by)
{
    const char *conditions[OPINION_CODES_MAX];
    struct str body;
    struct site_key key;
    enum err err = OK;
    for (uint32_t i = 0; i < o->text.code_count && !err; i++)
        err = put_condition(tx, all, o, by, &o->text.codes[i], &conditions[i]);
    if (!err) err = opinion_note_author(tx, o, by->account);
    if (!err) err = opinion_compose(tx, all, o, "final", conditions, &body);
    if (!err) err = opinion_put_composition(tx, all, o, body);
    if (!err) err = opinion_drop_parts(tx, o);
    if (!err) err = ask_all(tx, all, o, by);
    if (!err) err = advice_begin(tx, all, o);
    if (!err) err = site_key_make(tx, by->algorithm, &key);
    mem_wipe(&key, sizeof key);
    if (!err) o->state = OPINION_SIGNING;
    return err;
}

static enum err seal(struct tx *tx, struct record_reader *all, const struct record_head *head,
                     struct str body, const struct opinion_by *by)
{
    struct record record = {.head = *head, .body = body};
    struct seal_ask ask = {
        .record = &record, .account = by->account, .role = role_name(by->acting), .algorithm = by->algorithm};
    int64_t id;
    return seal_sign(tx, all->arena, &ask, &id);
}

static struct opinion_person *person_of(struct opinion *o, struct str account)
{
    for (uint32_t i = 0; i < o->people_count; i++)
        if (str_is(o->people[i].account, account)) return &o->people[i];
    return NULL;
}

static enum opinion_refusal may_answer(struct opinion *o, struct str account, int64_t version)
{
    struct opinion_person *p = person_of(o, account);
    if (o->state == OPINION_DRAFT) return OPINION_NOT_SIGNED;
    if (version != o->composition.version) return OPINION_STALE;
    if (!p) return OPINION_NOT_ASKED;
    return p->answer == OPINION_SIGNED || p->answer == OPINION_DISSENTED ? OPINION_ANSWERED : OPINION_DONE;
}

static enum err receive(struct tx *tx, struct record_reader *all, struct opinion *o,
                        const struct opinion_by *by, int64_t version, enum opinion_refusal *ret)
{
    *ret = o->state == OPINION_DRAFT           ? OPINION_NOT_SIGNED
           : version != o->composition.version ? OPINION_STALE
                                               : OPINION_DONE;
    if (*ret != OPINION_DONE) return OK;
    enum err err = seal(tx, all, &o->composition, o->body.tape.body, by);
    if (err == ERR_EXISTS) return *ret = OPINION_ANSWERED, OK;
    return err ? err : opinion_load_people(tx, all, o);
}

enum err opinion_sign(struct tx *tx, struct record_reader *all, struct opinion *o,
                      const struct opinion_by *by, int64_t rev, int64_t version, enum opinion_refusal *ret)
{
    bool may;
    if (by->acting == ROLE_CLINIC_DOCTOR) return receive(tx, all, o, by, version, ret);
    enum err err = opinion_may_write(tx, by->account, o, &may);
    if (err || !may) return *ret = OPINION_NOT_YOURS, err;
    bool is_first = o->state == OPINION_DRAFT;
    *ret = !is_first                         ? may_answer(o, by->account, version)
           : rev != o->rev                   ? OPINION_STALE
           : opinion_text_is_empty(&o->text) ? OPINION_EMPTY
                                             : OPINION_DONE;
    if (*ret != OPINION_DONE) return OK;
    if (is_first) err = close_draft(tx, all, o, by);
    if (!err) err = seal(tx, all, &o->composition, o->body.tape.body, by);
    if (!err) err = grant_note_signed(tx, by->account, o->visit.row);
    return err ? err : opinion_load_people(tx, all, o);
}

/* -- otherwise -- */

static enum err note_dissent(struct tx *tx, struct record_reader *all, const struct opinion *o,
                             const struct opinion_by *by, struct str reason)
{
    char at[INSTANT_TEXT_BYTES];
    struct seal_text value;
    struct stmt *s;
    instant_text(tx->now, at);
    const struct record_head *h = &o->composition;
    const char *text = arena_printf(
        all->arena, "yunqiao dissent 1 Composition/%.*s version=%lld account=%.*s at=%s algorithm=%s\n%.*s",
        (int)h->id.bytes, h->id.at, (long long)h->version, (int)by->account.bytes, by->account.at, at,
        sign_name(by->algorithm), (int)reason.bytes, reason.at);
    if (!text) return ERR_NOMEM;
    enum err err = seal_text(tx, by->account, by->algorithm, str_of(text), &value);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO opinion_dissent (version, account, at, algorithm, public, text, value)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      &s);
    if (err) return err;
    stmt_int(s, 1, h->seq);
    stmt_str(s, 2, by->account);
    stmt_instant(s, 3, tx->now);
    stmt_text(s, 4, sign_name(by->algorithm));
    stmt_text(s, 5, value.public);
    stmt_text(s, 6, text);
    stmt_blob(s, 7, value.value, value.value_bytes);
    return stmt_run(s);
}

enum err opinion_dissent(struct tx *tx, struct record_reader *all, struct opinion *o,
                         const struct opinion_by *by, int64_t version, struct str reason,
                         enum opinion_refusal *ret)
{
    bool may;
    enum err err = opinion_may_write(tx, by->account, o, &may);
    if (err || !may) return *ret = OPINION_NOT_YOURS, err;
    *ret = may_answer(o, by->account, version);
    if (*ret != OPINION_DONE) return OK;
    err = cosign_dissent(tx, o->composition.seq, by->account, reason);
    if (!err) err = note_dissent(tx, all, o, by, reason);
    if (!err) err = grant_note_signed(tx, by->account, o->visit.row);
    return err ? err : opinion_load_people(tx, all, o);
}

static bool keep(struct arena *arena, struct str s, struct str *ret)
{
    *ret = (struct str){arena_copy(arena, s.bytes ? s.at : "", s.bytes + !s.bytes), s.bytes};
    return ret->at != NULL;
}

enum err opinion_dissents(struct tx *tx, struct arena *arena, int64_t version,
                          struct opinion_dissent ret[COSIGNERS_MAX + 1], uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT a.id, a.display, d.text, d.public, d.value, d.algorithm, d.at"
                           " FROM opinion_dissent d JOIN account a ON a.id = d.account WHERE d.version = ?1"
                           " ORDER BY d.at, a.id LIMIT ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, version);
    stmt_int(s, 2, COSIGNERS_MAX + 1);
    while (!(err = stmt_step(s, &row)) && row) {
        struct opinion_dissent *d = &ret[n++];
        bool is_kept =
            keep(arena, stmt_get_str(s, 0), &d->account) && keep(arena, stmt_get_str(s, 1), &d->display) &&
            keep(arena, stmt_get_str(s, 2), &d->text) && keep(arena, stmt_get_str(s, 3), &d->public) &&
            keep(arena, stmt_get_blob(s, 4), &d->value);
        d->at = stmt_get_instant(s, 6);
        err = !is_kept ? ERR_NOMEM : sign_from_name(stmt_get_str(s, 5), &d->algorithm) ? OK : ERR_CORRUPT;
        if (err) break;
    }
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}

enum err opinion_excuse(struct tx *tx, struct opinion *o, const struct opinion_by *by, struct str account,
                        struct str reason, enum opinion_refusal *ret)
{
    struct stmt *s;
    struct opinion_person *p = person_of(o, account);
    *ret = o->state == OPINION_DRAFT     ? OPINION_NOT_SIGNED
           : !p                          ? OPINION_NOT_ASKED
           : p->answer != OPINION_WAITED ? OPINION_ANSWERED
                                         : OPINION_DONE;
    if (*ret != OPINION_DONE) return OK;
    enum err err = db_stmt(
        tx->db, "INSERT INTO opinion_excuse (version, account, by, at, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
        &s);
    if (err) return err;
    stmt_int(s, 1, o->composition.seq);
    stmt_str(s, 2, account);
    stmt_str(s, 3, by->account);
    stmt_instant(s, 4, tx->now);
    stmt_str(s, 5, reason);
    err = stmt_run(s);
    if (!err) p->answer = OPINION_EXCUSED, p->at = tx->now, p->reason = reason;
    uint32_t waited = 0;
    for (uint32_t i = 0; i < o->people_count; i++)
        waited += o->people[i].answer == OPINION_WAITED;
    if (waited == 0) o->state = OPINION_FINAL;
    return err;
}

/* -- amendments -- */

static enum err compose_amendment(struct tx *tx, struct record_reader *all, const struct opinion *o,
                                  const struct opinion_by *by, struct str reason, struct str words,
                                  struct str *ret)
{
    struct buf body;
    struct json_out to;
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&to, &body);
    json_open(&to, NULL);
    opinion_put_frame(&to, all->arena, o, "final", tx->now);
    json_open_array(&to, "author");
    enum err err = opinion_put_person(tx, all->arena, by->account, by->display, &to, NULL);
    json_close_array(&to);
    json_put_text(&to, "title", opinion_word(OPINION_WORD_AMENDED, false));
    json_open_array(&to, "extension");
    json_open(&to, NULL);
    json_put_text(&to, "url", AMEND_REASON_URL);
    json_put_str(&to, "valueString", reason);
    json_close(&to);
    json_close_array(&to);
    json_open_array(&to, "relatesTo");
    json_open(&to, NULL);
    json_put_text(&to, "code", "appends");
    opinion_put_reference(&to, all->arena, "targetReference", "Composition", o->composition.id);
    json_close(&to);
    json_close_array(&to);
    json_open_array(&to, "section");
    json_open(&to, NULL);
    json_put_text(&to, "title", opinion_word(OPINION_WORD_AMENDMENT, false));
    opinion_text_narrative(&to, all->arena, words);
    json_close(&to);
    json_close_array(&to);
    json_close(&to);
    enum err taken = chart_take(all, &body, ret);
    return err ? err : taken;
}

enum err opinion_amend(struct tx *tx, struct record_reader *all, struct opinion *o,
                       const struct opinion_by *by, struct str reason, struct str words,
                       struct record_head *ret, enum opinion_refusal *ret_refusal)
{
    bool may;
    struct str body;
    struct chart_item item;
    enum err err = opinion_may_write(tx, by->account, o, &may);
    *ret_refusal = !may ? OPINION_NOT_YOURS : o->state == OPINION_DRAFT ? OPINION_NOT_SIGNED : OPINION_DONE;
    if (err || *ret_refusal != OPINION_DONE) return err;
    err = compose_amendment(tx, all, o, by, reason, words, &body);
    if (!err) err = chart_write(tx, all, fhir_resource_of(STR("Composition")), STR(""), 0, body, ret, NULL);
    if (!err) err = chart_one(tx, all, "Composition", ret->id, &item);
    if (!err) err = seal(tx, all, ret, item.tape.body, by);
    for (uint32_t i = 0; i < o->people_count && !err; i++) {
        int64_t grant;
        err = grant_live(tx, o->people[i].account, o->visit.row, &grant);
        if (!err) err = grant_attach(tx, grant, ret->row, false);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}

enum err opinion_amendments(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct chart_list *ret)
{
    *ret = (struct chart_list){0};
    if (o->state == OPINION_DRAFT) return OK;
    const char *more =
        arena_printf(all->arena, "&status=final,amended&_sort=date&related-ref=Composition/%.*s",
                     (int)o->composition.id.bytes, o->composition.id.at);
    return more ? chart_list(tx, all, "Composition", o->patient, more, ret) : ERR_NOMEM;
}

struct str opinion_amendment_reason(struct record_reader *all, const struct chart_item *amendment)
{
    uint32_t list = tape_get(&amendment->tape, 0, STR("extension"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&amendment->tape, list, i)) != TAPE_NONE; i++)
        if (tape_is_text(&amendment->tape, tape_get(&amendment->tape, at, STR("url")), AMEND_REASON_URL))
            return chart_text(all, amendment, at, "valueString");
    return (struct str){0};
}

enum err opinion_amendment_read(struct record_reader *all, const struct chart_item *item,
                                struct opinion_amendment *ret)
{
    *ret = (struct opinion_amendment){.by = chart_text(all, item, 0, "author.display"),
                                      .at = chart_text(all, item, 0, "date"),
                                      .reason = opinion_amendment_reason(all, item)};
    return xhtml_plain(all->arena, chart_text(all, item, 0, "section.text.div"), &ret->words);
}
