/* Who has come into custody: opened and closed by the stay alone, answered, signed, and made into records; what custody learns of it. */
#include "../records/chart.h"
#include "desk/escalate.h"
#include "desk/housing.h"
#include "desk/intake.h"
#include "desk/registrar.h"
#include "registry/inbox.h"
#include <stdio.h>

static const int64_t arrived_ms = 1795737600000;
static const struct str source = {"reg", 3};
static const struct sickcall_by nurse = {STR("nurse"), STR("陆白苏"), STR("Practitioner/n")};
static const struct sickcall_by doctor = {STR("doctor"), STR("顾清和"), STR("Practitioner/d")};

static enum err opened(struct chart *c)
{
    static const struct migration *const more[] = {registry_migrations, registrar_migrations,
                                                   stay_watch_migrations, escalate_migrations};
    enum err err = chart_open(c);
    for (size_t i = 0; i < COUNT_OF(more); i++)
        for (const struct migration *m = more[i]; m->number && !err; m++)
            err = chart_sql(c, m->sql);
    return err;
}

/* -- one job at the desk -- */

struct turn {
    struct job job; /* first */
    struct chart *chart;
    enum err (*f)(struct turn *t);
    struct tx *tx;
    struct record_reader server;
    /* what a story gives and gets */
    const struct event *event;
    const struct sickcall_by *by;
    struct intake_event e;
    enum intake_part part;
    const char *answers, *where;
    enum intake_no no;
    struct intake in;
    struct intake_allegation allegation;
    uint32_t made;
    struct buf out;
    bool is_kept;
};

static char intake_id[64];

static enum err run(struct job *job, struct tx *tx)
{
    struct turn *t = (struct turn *)(void *)job;
    t->tx = tx;
    t->server = (struct record_reader){.records = t->chart->records, .arena = t->chart->arena};
    return t->f(t);
}

static enum err turn(struct chart *c, struct turn *t, enum err (*f)(struct turn *t))
{
    t->job.run = run, t->chart = c, t->f = f;
    return store_run(c->store, &t->job);
}

static enum err take(struct turn *t)
{
    enum registrar_did did;
    return registrar_take(t->tx, &t->server, source, t->event, &did);
}

static int controls;

static enum err says(struct chart *c, enum event_kind kind, int64_t minute, const char *cell)
{
    static char control[16];
    snprintf(control, sizeof control, "m%d", ++controls);
    struct event e = {.kind = kind,
                      .control = str_of(control),
                      .at = {arrived_ms + minute * 60000},
                      .recorded = {arrived_ms + minute * 60000},
                      .number = STR("77"),
                      .stay = STR("77"),
                      .family = STR("淳于"),
                      .given = STR("鹭"),
                      .sex = SEX_MALE};
    if (cell) e.where = WHERE_CELL, e.block = STR("B"), e.cell = str_of(cell);
    char stay[REGISTRAR_ID_BYTES];
    registrar_stay_id(source, STR("77"), STR("77"), 0, stay);
    snprintf(intake_id, sizeof intake_id, "intake-%s", stay + 5);
    struct turn t = {.event = &e};
    return turn(c, &t, take);
}

static enum err read_it(struct turn *t)
{
    return intake_read(t->tx, &t->server, str_of(intake_id), &t->in);
}

static struct intake now_is(struct chart *c)
{
    struct turn t = {0};
    CHECK_OK(turn(c, &t, read_it));
    return t.in;
}

static enum err happen(struct turn *t)
{
    enum err err = read_it(t);
    if (!err) err = intake_happen(t->tx, &t->server, t->by, &t->in, &t->e, &t->no);
    return err;
}

static enum err does(struct chart *c, const struct sickcall_by *by, struct intake_event e,
                     enum intake_no *ret)
{
    struct turn t = {.by = by, .e = e};
    enum err err = turn(c, &t, happen);
    *ret = t.no;
    return err;
}

static enum err save(struct turn *t)
{
    struct json *answers;
    enum err err = json_parse(str_of(t->answers), &answers, NULL);
    if (err) return err;
    err = read_it(t);
    if (!err) err = intake_save(t->tx, &t->server, t->by, &t->in, t->part, answers, &t->where, &t->no);
    json_free(answers);
    return err ? err : t->where ? ERR_DENIED : OK;
}

static enum err saves(struct chart *c, enum intake_part part, const char *answers, const char **ret_where)
{
    struct turn t = {.by = &nurse, .part = part, .answers = answers};
    enum err err = turn(c, &t, save);
    if (ret_where) *ret_where = t.where;
    return err == ERR_DENIED && t.where ? OK : err;
}

static enum err close_it(struct turn *t)
{
    struct record record;
    enum err err = read_it(t);
    if (!err) err = intake_close_part(t->tx, &t->server, &t->in, t->part, &record);
    if (!err) CHECK_INT(record.head.lifecycle, RECORD_FINAL);
    return err;
}

static enum err closes(struct chart *c, enum intake_part part)
{
    struct turn t = {.part = part};
    return turn(c, &t, close_it);
}

static const char answers[] =
    "{\"identity\":\"checked\",\"consent\":\"given\",\"present.conscious\":\"alert\",\"present.walks\":"
    "\"alone\","
    "\"history.disease\":\"yes\",\"problems\":[{\"code\":\"I10\",\"words\":\"高血压\"}],\"history.mental\":"
    "\"no\","
    "\"allergy\":\"yes\",\"allergies\":[{\"substance\":\"青霉素\",\"reaction\":\"皮疹\"}],\"family\":"
    "\"unknown\","
    "\"vital.systolic\":\"132\",\"vital.diastolic\":\"84\",\"vital.temperature\":\"36.8\","
    "\"exam.blood\":\"done\",\"exam.blood.words\":\"白细胞 "
    "6.1\",\"exam.ecg\":\"done\",\"exam.ultrasound\":\"ordered\","
    "\"exam.chest\":\"refused\",\"infect.cough\":\"no\",\"infect.blood\":\"no\",\"infect.sweats\":\"no\","
    "\"infect.fever\":\"no\",\"infect.rash\":\"no\",\"infect.contact\":\"unknown\",\"harm.thoughts\":\"no\","
    "\"harm.before\":\"no\",\"harm.level\":\"low\",\"withdrawal\":\"none\",\"pregnancy\":\"not-applicable\"}";
static const char wounds[] =
    "{\"injuries\":\"found\",\"statement\":\"摔倒\",\"marks\":[{\"side\":\"front\",\"x\":\"412\",\"y\":"
    "\"305\","
    "\"kind\":\"bruise\",\"words\":\"3×2 cm，青紫\"}],\"findings\":\"左上臂\",\"allegation\":\"yes\"}";

/* -- by the stay -- */

TEST(an_admission_opens_it_and_the_same_told_twice_opens_no_other)
{
    struct chart c;
    CHECK_OK(opened(&c));
    CHECK_OK(says(&c, EVENT_ADMIT, 0, "3-07"));
    struct intake in = now_is(&c);
    CHECK_INT(in.facts.state, INTAKE_DUE);
    CHECK_INT(in.facts.arrived.ms, arrived_ms);
    CHECK_OK(says(&c, EVENT_TRANSFER, 60, "3-08"));
    CHECK_OK(says(&c, EVENT_UPDATE, 61, NULL));
    CHECK_INT(chart_count(&c, "Task", "code=urn:yunqiao:task|intake"), 1);
    CHECK_INT(now_is(&c).item.head.version, 1); /* a change of the cell is none of it */
    chart_close(&c);
}

TEST(a_release_ends_it_an_admission_taken_back_cancels_it_and_both_are_taken_back_to_where_it_was)
{
    struct chart c;
    enum intake_no no;
    CHECK_OK(opened(&c));
    CHECK_OK(says(&c, EVENT_ADMIT, 0, "3-07"));
    CHECK_OK(does(&c, &nurse, (struct intake_event){.verb = INTAKE_DO_BEGIN}, &no));
    CHECK_INT(no, INTAKE_YES);
    CHECK_OK(says(&c, EVENT_DISCHARGE, 120, NULL));
    struct intake in = now_is(&c);
    CHECK_INT(in.facts.state, INTAKE_ENDED);
    CHECK_INT(in.ended.ms, arrived_ms + 120 * 60000);
    CHECK_OK(does(&c, &nurse, (struct intake_event){.verb = INTAKE_DO_HAND}, &no));
    CHECK_INT(no, INTAKE_NO_OVER);
    CHECK_OK(says(&c, EVENT_CANCEL_DISCHARGE, 130, NULL));
    CHECK_INT(now_is(&c).facts.state, INTAKE_BEGUN);
    CHECK_INT(now_is(&c).ended.ms, 0);
    CHECK_OK(says(&c, EVENT_CANCEL_ADMIT, 140, NULL));
    CHECK_INT(now_is(&c).facts.state, INTAKE_CANCELLED);
    CHECK_INT(now_is(&c).facts.begun.ms == 0, 0);
    chart_close(&c);
}

/* -- answers -- */

TEST(what_cannot_be_meant_is_named_and_nothing_is_kept)
{
    static const struct {
        const char *answers, *where;
    } all[] = {{"{\"consent\":\"perhaps\"}", "consent"},
               {"{\"vital.systolic\":\"1320\"}", "vital.systolic"},
               {"{\"vital.systolic\":\"132.55\"}", "vital.systolic"},
               {"{\"vital.systolic\":\"-9\"}", "vital.systolic"},
               {"{\"vital.systolic\":132}", "vital.systolic"},
               {"{\"other\":\"1\"}", "answers"},
               {"{\"allergies\":[{\"substance\":\"a\",\"dose\":\"1\"}]}", "allergies"},
               {"{\"allergies\":\"a\"}", "allergies"},
               {"[]", "answers"}};
    struct chart c;
    enum intake_no no;
    CHECK_OK(opened(&c));
    CHECK_OK(says(&c, EVENT_ADMIT, 0, "3-07"));
    struct turn early = {.by = &nurse, .part = INTAKE_FORM, .answers = answers};
    CHECK_OK(turn(&c, &early, save));
    CHECK_INT(early.no, INTAKE_NO_UNBEGUN);
    CHECK_OK(does(&c, &nurse, (struct intake_event){.verb = INTAKE_DO_BEGIN}, &no));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const char *where = NULL;
        CHECK_OK(saves(&c, INTAKE_FORM, all[i].answers, &where));
        CHECK(where != NULL);
        CHECK_STR(str_of(where), all[i].where);
    }
    const char *where = NULL;
    CHECK_OK(saves(&c, INTAKE_INJURIES, "{\"injuries\":\"found\",\"marks\":[{\"side\":\"front\"}]}", &where));
    CHECK(where && strcmp(where, "marks") == 0);
    CHECK_INT(chart_count(&c, "QuestionnaireResponse", ""), 0);
    CHECK_INT(chart_count(&c, "Questionnaire", ""), 0);
    chart_close(&c);
}

static enum err missing(struct turn *t)
{
    struct chart_item item;
    enum err err = read_it(t);
    if (!err) err = intake_part_read(t->tx, &t->server, &t->in, t->part, &item);
    if (!err) t->where = intake_form_missing(t->part, &t->server, &item);
    return err;
}

static const char *lacks(struct chart *c, enum intake_part part)
{
    struct turn t = {.part = part};
    CHECK_OK(turn(c, &t, missing));
    return t.where;
}

static enum err say(struct turn *t)
{
    struct chart_item item;
    struct json_out o;
    enum err err = read_it(t);
    if (!err) err = intake_part_read(t->tx, &t->server, &t->in, t->part, &item);
    if (err) return err;
    buf_init(&t->out, 65536);
    json_out_init(&o, &t->out);
    json_open(&o, NULL);
    err = intake_form_say(t->part, &t->server, &item, &o);
    json_close(&o);
    return err;
}

TEST(answers_come_back_as_they_were_given_and_what_is_missing_for_a_signature_is_named)
{
    struct chart c;
    struct turn t = {.part = INTAKE_FORM};
    enum intake_no no;
    CHECK_OK(opened(&c));
    CHECK_OK(says(&c, EVENT_ADMIT, 0, "3-07"));
    CHECK_OK(does(&c, &nurse, (struct intake_event){.verb = INTAKE_DO_BEGIN}, &no));
    CHECK_OK(saves(&c, INTAKE_FORM, "{\"identity\":\"checked\"}", NULL));
    CHECK_STR(str_of(lacks(&c, INTAKE_FORM)), "consent");
    CHECK_OK(saves(&c, INTAKE_FORM, "{\"identity\":\"checked\",\"consent\":\"refused\"}", NULL));
    CHECK(lacks(&c, INTAKE_FORM) == NULL); /* a refusal is a state, and no gap */
    CHECK_STR(now_is(&c).consent, "refused");
    CHECK_OK(saves(&c, INTAKE_FORM, answers, NULL));
    CHECK(lacks(&c, INTAKE_FORM) == NULL);
    CHECK_STR(now_is(&c).consent, "given");
    CHECK_OK(turn(&c, &t, say));
    CHECK_STR(((struct str){t.out.at, t.out.bytes}), answers);
    buf_done(&t.out);
    CHECK_INT(chart_count(&c, "Questionnaire", "url=https://yunqiao.invalid/fhir/Questionnaire/intake-form"),
              1);
    CHECK_OK(saves(&c, INTAKE_INJURIES, wounds, NULL));
    CHECK_STR(str_of(lacks(&c, INTAKE_INJURIES)), "consistency"); /* whoever signs judges it */
    chart_close(&c);
}

/* -- signed -- */

static enum err make_allegation(struct turn *t)
{
    enum err err = read_it(t);
    return err ? err : intake_allegation_make(t->tx, &t->server, &t->in);
}

static enum err send_allegation(struct turn *t)
{
    enum err err = read_it(t);
    if (!err) err = intake_allegation_send(t->tx, &t->server, &doctor, &t->in, STR("procuratorate"));
    return err ? err : intake_allegation_read(t->tx, &t->server, &t->in, &t->allegation);
}

static enum err make_records(struct turn *t)
{
    enum err err = read_it(t);
    return err ? err : intake_make_records(t->tx, &t->server, &doctor, &t->in, &t->made);
}

static enum err screened(struct chart *c)
{
    enum intake_no no = INTAKE_YES;
    struct intake_event sign = {.verb = INTAKE_DO_SIGN,
                                .fitness = INTAKE_CONDITIONS,
                                .housing = INTAKE_LOWER_BUNK,
                                .until = {arrived_ms + 30 * DAY_MS}};
    enum err err = opened(c);
    if (!err) err = says(c, EVENT_ADMIT, 0, "3-07");
    if (!err) err = does(c, &nurse, (struct intake_event){.verb = INTAKE_DO_BEGIN}, &no);
    if (!err) err = saves(c, INTAKE_FORM, answers, NULL);
    if (!err) err = saves(c, INTAKE_INJURIES, wounds, NULL);
    if (!err) err = does(c, &nurse, (struct intake_event){.verb = INTAKE_DO_HAND}, &no);
    if (!err) err = closes(c, INTAKE_FORM);
    if (!err) err = closes(c, INTAKE_INJURIES);
    if (!err) err = turn(c, &(struct turn){0}, make_allegation);
    if (!err) err = does(c, &doctor, sign, &no);
    return err;
}

TEST(what_is_signed_is_final_injuries_bear_their_label_and_the_chart_gets_each_record_once)
{
    struct chart c;
    struct turn t = {0};
    enum intake_no no;
    CHECK_OK(screened(&c));
    CHECK_INT(now_is(&c).facts.state, INTAKE_SCREENED);
    CHECK_STR(now_is(&c).signed_by, "顾清和");
    CHECK_ERR(closes(&c, INTAKE_FORM), ERR_NOT_FOUND);
    struct turn late = {.by = &nurse, .part = INTAKE_FORM, .answers = answers};
    CHECK_OK(turn(&c, &late, save));
    CHECK_INT(late.no, INTAKE_NO_SIGNED);
    CHECK_INT(chart_count(&c, "QuestionnaireResponse", "_security=R"), 1);
    CHECK_INT(chart_count(&c, "Task", "_security=R"), 1);
    CHECK_OK(turn(&c, &t, make_records));
    CHECK_INT(t.made, 4); /* an allergy, a problem, the pressure, the temperature */
    CHECK_OK(turn(&c, &t, make_records));
    CHECK_INT(t.made, 0);
    CHECK_INT(chart_count(&c, "AllergyIntolerance", "clinical-status=active"), 1);
    CHECK_INT(chart_count(&c, "Condition", "code=I10&category=problem-list-item"), 1);
    CHECK_INT(chart_count(&c, "Observation", "component-code=8480-6"), 1);
    CHECK_OK(turn(&c, &t, send_allegation));
    CHECK_STR(t.allegation.to, "procuratorate");
    CHECK(t.allegation.sent.ms > 0 && t.allegation.made.ms > 0);
    CHECK_OK(does(&c, &doctor, (struct intake_event){.verb = INTAKE_DO_REVIEW}, &no));
    CHECK_INT(no, INTAKE_NO_UNASSESSED);
    chart_close(&c);
}

TEST(the_assessment_comes_once_and_then_again_each_year_each_its_own_record)
{
    struct chart c;
    enum intake_no no;
    CHECK_OK(screened(&c));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(saves(&c, INTAKE_ASSESSMENT, "{\"summary\":\"稳定\",\"chronic\":\"none\"}", NULL));
        CHECK(lacks(&c, INTAKE_ASSESSMENT) == NULL);
        CHECK_OK(closes(&c, INTAKE_ASSESSMENT));
        CHECK_OK(
            does(&c, &doctor, (struct intake_event){.verb = i ? INTAKE_DO_REVIEW : INTAKE_DO_ASSESS}, &no));
        CHECK_INT(no, INTAKE_YES);
        CHECK_INT(now_is(&c).assessments, i + 1);
    }
    CHECK_INT(chart_count(&c, "QuestionnaireResponse", "status=completed"), 2 + 3);
    chart_close(&c);
}

/* -- custody -- */

static enum err house(struct turn *t)
{
    struct json_out o;
    buf_init(&t->out, 65536);
    json_out_init(&o, &t->out);
    json_open(&o, NULL);
    enum err err = housing_write(t->tx, &t->server, &intake_limits_default, &o);
    json_close(&o);
    return err;
}

TEST(custody_gets_codes_and_no_word_of_what_was_found)
{
    struct chart c;
    struct turn t = {0};
    CHECK_OK(screened(&c));
    CHECK_OK(turn(&c, &t, house));
    buf_add_char(&t.out, 0);
    CHECK(
        strstr(t.out.at, "\"cell\":\"3-07\",\"fitness\":\"fit-with-conditions\",\"housing\":\"lower-bunk\""));
    static const char *const words[] = {"青霉素", "高血压", "I10",  "摔倒",   "青紫",   "左上臂", "bruise",
                                        "132",    "拒绝",   "顾清", "陆白苏", "intake", "consent"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strstr(t.out.at, words[i])) check_fail(__FILE__, __LINE__, "it says %s", words[i]);
    buf_done(&t.out);
    chart_close(&c);
}

/* -- memory -- */

SWEEP(somebody_is_admitted_screened_and_told_to_custody)
{
    struct chart c;
    struct turn t = {0};
    enum err err = screened(&c);
    if (!err) err = turn(&c, &t, make_records);
    if (!err) err = turn(&c, &t, send_allegation);
    if (!err) {
        err = turn(&c, &t, house);
        buf_done(&t.out);
    }
    if (!err) err = says(&c, EVENT_DISCHARGE, 120, NULL);
    chart_close(&c);
    return err;
}
