/* Orders, doses and papers over a store of records: a controlled drug takes two, a note prints with who signed it and what amends it. */
#include "auth/account.h"
#include "desk/chart.h"
#include "desk/order.h"
#include "desk/sheet.h"
#include "records/amend.h"
#include "records/seal.h"
#include "tests/unit/records/chart.h"

struct clinic {
    struct chart chart;
    struct arena *arena; /* of one job */
    char patient[65], order[65], dose[65], note[65];
    char accounts[2][ACCOUNT_ID_TEXT];
};

typedef enum err act(struct clinic *c, struct tx *tx, struct record_reader *who, void *with);

struct run {
    struct job job; /* first */
    struct clinic *clinic;
    act *act;
    void *with;
};

static enum err run_act(struct job *job, struct tx *tx)
{
    struct run *r = (struct run *)(void *)job;
    struct record_reader who = {.records = r->clinic->chart.records, .arena = r->clinic->arena};
    return r->act(r->clinic, tx, &who, r->with);
}

static void run_done(struct job *job, enum err err)
{
    (void)job, (void)err;
}

static enum err run(struct clinic *c, act *what, void *with)
{
    struct run r = {.job = {.run = run_act, .done = run_done}, .clinic = c, .act = what, .with = with};
    c->arena = arena_new((size_t)64 << 20);
    if (!c->arena) return ERR_NOMEM;
    enum err err = store_run(c->chart.store, &r.job);
    arena_free(c->arena);
    c->arena = NULL;
    return err;
}

static void keep(char to[65], struct str id)
{
    snprintf(to, 65, "%.*s", (int)id.bytes, id.at);
}

static enum err people(struct clinic *c, struct tx *tx, struct record_reader *who, void *with)
{
    static const char *const names[] = {"gu", "lu"};
    (void)who, (void)with;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *code;
        struct account_start start = {.name = str_of(names[i]),
                                      .display = str_of(names[i]),
                                      .staff_number = str_of(names[i]),
                                      .roles = {ROLE_BIT(ROLE_CLINIC_DOCTOR)},
                                      .password = STR("x")};
        enum err err = account_add(tx, &start, c->accounts[i], &code);
        if (err) return err;
    }
    return OK;
}

static enum err clinic_open(struct clinic *c)
{
    struct instant now;
    *c = (struct clinic){0};
    CHECK(instant_from_text(STR("2026-11-26T02:00:00.000Z"), &now));
    clock_fake(now, (struct tick){1000000});
    enum err err = chart_open(&c->chart);
    if (!err) err = run(c, people, NULL);
    if (!err)
        err = chart_create(
            &c->chart, "Patient",
            "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"淳于鹭\"}],\"gender\":\"male\"}");
    if (!err) keep(c->patient, c->chart.last.head.id);
    return err;
}

static void clinic_close(struct clinic *c)
{
    chart_close(&c->chart);
}

static struct order_by by(struct clinic *c, int who, enum role role)
{
    static const char *const displays[] = {"顾清和", "陆白苏"};
    return (struct order_by){str_of(c->accounts[who]), str_of(displays[who]), {ROLE_BIT(role)}, role};
}

static enum err prescribe(struct clinic *c, struct tx *tx, struct record_reader *who, void *with)
{
    struct order_start start = {
        .patient = str_of(c->patient), .drug = str_of(with), .dose = STR("10"), .per_day = 1};
    struct order_by doctor = by(c, 0, ROLE_CLINIC_DOCTOR);
    enum order_refusal refusal;
    struct order_verdict verdict;
    struct record_head head;
    enum err err = order_prescribe(tx, who, &doctor, &start, &refusal, &verdict, &head);
    if (err) return err;
    CHECK_INT(refusal, ORDER_DONE);
    keep(c->order, head.id);
    struct order_by pharmacist = by(c, 1, ROLE_PHARMACIST);
    err = order_change(tx, who, &pharmacist, str_of(c->order), ORDER_APPROVE, STR("looked at"), &refusal,
                       &head);
    if (!err) CHECK_INT(refusal, ORDER_DONE);
    return err;
}

static enum err give(struct clinic *c, struct tx *tx, struct record_reader *who, void *with)
{
    struct order_by nurse = by(c, 1, ROLE_NURSE);
    enum order_refusal refusal;
    struct record_head head;
    (void)with;
    enum err err =
        order_dose(tx, who, &nurse, str_of(c->order), STR("given"), (struct str){0}, &refusal, &head);
    if (err) return err;
    CHECK_INT(refusal, ORDER_DONE);
    keep(c->dose, head.id);
    return OK;
}

struct second {
    int who;
    enum order_refusal refusal;
};

static enum err witness(struct clinic *c, struct tx *tx, struct record_reader *who, void *with)
{
    struct second *s = with;
    struct order_by person = by(c, s->who, ROLE_NURSE);
    struct record_head head;
    return order_witness(tx, who, &person, str_of(c->dose), &s->refusal, &head);
}

static enum order_refusal witnessed_by(struct clinic *c, int who)
{
    struct second s = {.who = who};
    CHECK_OK(run(c, witness, &s));
    return s.refusal;
}

TEST(a_controlled_drug_is_given_when_another_person_has_signed)
{
    struct clinic c;
    CHECK_OK(clinic_open(&c));
    CHECK_OK(run(&c, prescribe, (void *)(uintptr_t) "morphine"));
    CHECK_OK(run(&c, give, NULL));
    CHECK_OK(chart_read(&c.chart, "MedicationAdministration", c.dose));
    CHECK(chart_says(&c.chart, "\"in-progress\""));
    CHECK_INT(witnessed_by(&c, 1), ORDER_SAME_PERSON);
    CHECK_INT(witnessed_by(&c, 0), ORDER_DONE);
    CHECK_OK(chart_read(&c.chart, "MedicationAdministration", c.dose));
    CHECK(chart_says(&c.chart, "\"completed\"") && chart_says(&c.chart, "陆白苏") &&
          chart_says(&c.chart, "顾清和"));
    CHECK_INT(witnessed_by(&c, 0), ORDER_WRONG_STATE);
    clinic_close(&c);
}

TEST(any_other_drug_takes_one)
{
    struct clinic c;
    CHECK_OK(clinic_open(&c));
    CHECK_OK(run(&c, prescribe, (void *)(uintptr_t) "paracetamol"));
    CHECK_OK(run(&c, give, NULL));
    CHECK_OK(chart_read(&c.chart, "MedicationAdministration", c.dose));
    CHECK(chart_says(&c.chart, "\"completed\""));
    CHECK_INT(witnessed_by(&c, 0), ORDER_WRONG_STATE);
    clinic_close(&c);
}

/* -- papers -- */

static enum err write_note(struct clinic *c, const char *status, const char *words, const char *more)
{
    char body[2048];
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Composition\",\"status\":\"%s\",\"type\":{\"text\":\"note\"},\"subject\":{"
             "\"reference\":"
             "\"Patient/"
             "%s\"},\"date\":\"2026-11-26T10:00:00+08:00\",\"author\":[{\"display\":\"顾清和\"}],\"title\":"
             "\"门诊记录\""
             "%s,\"section\":[{\"title\":\"主诉\",\"text\":{\"status\":\"additional\",\"div\":\"<div "
             "xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p>%s</p></div>\"}}]}",
             status, c->patient, more, words);
    return chart_create(&c->chart, "Composition", body);
}

static enum err sign(struct clinic *c, struct tx *tx, struct record_reader *who, void *with)
{
    struct record record;
    struct record_fault fault = {0};
    int64_t id;
    (void)with;
    enum err err =
        record_read(tx, who, fhir_resource_of(STR("Composition")), str_of(c->note), &record, &fault);
    struct seal_ask ask = {
        .record = &record, .account = str_of(c->accounts[0]), .role = "clinic-doctor", .algorithm = SIGN_SM2};
    return err ? err : seal_sign(tx, who->arena, &ask, &id);
}

static enum err noted(struct clinic *c)
{
    char more[512];
    enum err err = write_note(c, "final", "头痛两天", "");
    if (err) return err;
    keep(c->note, c->chart.last.head.id);
    snprintf(more, sizeof more,
             ",\"extension\":[{\"url\":\"" AMEND_REASON_URL
             "\",\"valueString\":\"笔误\"}],\"relatesTo\":[{\"code\":\"appends\","
             "\"targetReference\":{\"reference\":\"Composition/%s\"}}]",
             c->note);
    err = write_note(c, "final", "头痛三天", more);
    if (!err) err = write_note(c, "preliminary", "还没有想好", more);
    return err ? err : run(c, sign, NULL);
}

struct printing {
    bool is_summary;
    char text[16384]; /* all cells */
};

static enum err print(struct clinic *c, struct tx *tx, struct record_reader *who, void *with)
{
    struct printing *p = with;
    struct paper paper = {0};
    struct sheet_by foot = {
        .site = STR("岚桥"), .display = STR("顾清和"), .zone = records_zone(c->chart.records)};
    enum err err = p->is_summary ? sheet_summary(tx, who, &foot, str_of(c->patient), &paper)
                                 : sheet_note(tx, who, &foot, str_of(c->note), &paper);
    size_t n = 0;
    for (const struct paper_block *b = paper.first; b && !err; b = b->next)
        for (size_t k = 0; k < PAPER_CELLS; k++)
            if (b->cells[k].bytes && n + b->cells[k].bytes + 2 < sizeof p->text)
                n += (size_t)snprintf(p->text + n, sizeof p->text - n, "%.*s|", (int)b->cells[k].bytes,
                                      b->cells[k].at);
    return err;
}

static bool prints(struct printing *p, const char *words)
{
    return strstr(p->text, words) != NULL;
}

TEST(a_note_prints_with_who_signed_it_and_with_its_final_amendments_beside)
{
    static struct printing p;
    struct clinic c;
    CHECK_OK(clinic_open(&c));
    CHECK_OK(noted(&c));
    p = (struct printing){.is_summary = false};
    CHECK_OK(run(&c, print, &p));
    CHECK(prints(&p, "头痛两天") && prints(&p, "头痛三天") && prints(&p, "修正原因：笔误"));
    CHECK(prints(&p, "gu 签名于 2026-11-26 10:00，核验通过"));
    CHECK(!prints(&p, "还没有想好")); /* a draft is nobody's paper */
    CHECK(!prints(&p, "签名|日期"));
    p = (struct printing){.is_summary = true};
    CHECK_OK(run(&c, print, &p));
    CHECK(prints(&p, "没有过敏记录") && prints(&p, "头痛两天"));
    clinic_close(&c);
}

static enum err measured(struct clinic *c, const char *day, int pulse)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Observation\",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":"
             "\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"vital-signs\"}]}],"
             "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},\"subject\":{"
             "\"reference\":\"Patient/%s\"},\"effectiveDateTime\":\"%sT10:00:00+08:00\",\"valueQuantity\":{"
             "\"value\":%d,\"unit\":\"/min\",\"code\":\"/min\"}}",
             c->patient, day, pulse);
    return chart_create(&c->chart, "Observation", body);
}

TEST(the_last_measure_stands_on_the_paper_in_whatever_order_they_were_written)
{
    static struct printing p;
    struct clinic c;
    CHECK_OK(clinic_open(&c));
    CHECK_OK(measured(&c, "2026-11-20", 88));
    CHECK_OK(measured(&c, "2026-11-01", 61)); /* written later, measured before */
    p = (struct printing){.is_summary = true};
    CHECK_OK(run(&c, print, &p));
    CHECK(prints(&p, "88次/分") && !prints(&p, "61次/分"));
    clinic_close(&c);
}

/* -- memory -- */

SWEEP(a_controlled_drug_is_prescribed_and_given_by_two)
{
    struct clinic c;
    struct second s = {.who = 0};
    enum err err = clinic_open(&c);
    if (!err) err = run(&c, prescribe, (void *)(uintptr_t) "morphine");
    if (!err) err = run(&c, give, NULL);
    if (!err) err = run(&c, witness, &s);
    clinic_close(&c);
    return err;
}

SWEEP(a_note_and_a_summary_are_gathered)
{
    static struct printing p;
    struct clinic c;
    enum err err = clinic_open(&c);
    if (!err) err = noted(&c);
    p = (struct printing){.is_summary = false};
    if (!err) err = run(&c, print, &p);
    p.is_summary = true;
    if (!err) err = run(&c, print, &p);
    clinic_close(&c);
    return err;
}
