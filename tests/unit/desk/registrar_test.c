/* A registry's events become a person and a stay, in whatever order they come. */
#include "../records/chart.h"
#include "desk/registrar.h"
#include "desk/stay_watch.h"
#include "registry/inbox.h"

static const struct str source = {"reg", 3};

static enum err opened(struct chart *c)
{
    enum err err = chart_open(c);
    for (const struct migration *m = registry_migrations; m->number && !err; m++)
        err = chart_sql(c, m->sql);
    for (const struct migration *m = registrar_migrations; m->number && !err; m++)
        err = chart_sql(c, m->sql);
    for (const struct migration *m = stay_watch_migrations; m->number && !err; m++)
        err = chart_sql(c, m->sql);
    return err;
}

struct step {
    struct job job; /* first */
    struct chart *chart;
    const struct event *event; /* NULL: decide */
    const char *number;
    int64_t patient;
    enum registrar_did did;
    struct registrar_doubt doubts[4];
    size_t doubt_count;
};

static enum err run(struct job *job, struct tx *tx)
{
    struct step *s = (struct step *)(void *)job;
    struct record_reader server = {.records = s->chart->records, .arena = s->chart->arena};
    enum err err = OK;
    if (s->event)
        err = registrar_take(tx, &server, source, s->event, &s->did);
    else if (s->number)
        err = registrar_decide(tx, &server, source, str_of(s->number), s->patient);
    return err ? err : registrar_doubts(tx, &server, 4, s->doubts, &s->doubt_count);
}

static enum err step(struct chart *c, struct step *s)
{
    s->job.run = run;
    s->chart = c;
    return store_run(c->store, &s->job);
}

static enum registrar_did take(struct chart *c, struct event e)
{
    struct step s = {.event = &e};
    CHECK_OK(step(c, &s));
    return s.did;
}

static int controls;

static struct event of(enum event_kind kind, const char *number, int64_t minute, const char *cell)
{
    static char texts[256][8];
    char *control = texts[controls++ % 256];
    snprintf(control, 8, "m%d", controls);
    struct event e = {.kind = kind,
                      .control = str_of(control),
                      .at = {1795737600000 + minute * 60000},
                      .recorded = {1795737600000 + minute * 60000},
                      .number = str_of(number),
                      .stay = str_of(number),
                      .family = STR("淳于"),
                      .given = STR("鹭"),
                      .birth = {6575},
                      .has_birth = true,
                      .sex = SEX_MALE};
    if (cell) {
        e.where = WHERE_CELL;
        e.block = STR("B");
        e.cell = str_of(cell);
    }
    return e;
}

TEST(an_admission_makes_a_person_a_cell_and_a_stay)
{
    struct chart c;
    CHECK_OK(opened(&c));
    struct event e = of(EVENT_ADMIT, "77", 0, "3-07");
    CHECK_INT(take(&c, e), REGISTRAR_TAKEN);
    CHECK_INT(take(&c, e), REGISTRAR_AGAIN);
    CHECK_INT(chart_count(&c, "Patient", "identifier=urn:yunqiao:detainee-number|77&name=淳于鹭"), 1);
    CHECK_INT(chart_count(&c, "Location", "identifier=urn:yunqiao:cell|B/3-07"), 1);
    CHECK_INT(chart_count(&c, "Encounter", "status=in-progress&class=IMP&type=urn:yunqiao:encounter|custody"),
              1);
    e.cell = STR("3-08");
    CHECK_INT(take(&c, e), REGISTRAR_DIFFERS);
    CHECK_INT(take(&c, of(EVENT_TRANSFER, "77", 60, "3-08")), REGISTRAR_TAKEN);
    CHECK_INT(take(&c, of(EVENT_DISCHARGE, "77", 120, NULL)), REGISTRAR_TAKEN);
    CHECK_INT(chart_count(&c, "Encounter", "status=finished"), 1);
    char id[REGISTRAR_ID_BYTES];
    registrar_stay_id(source, STR("77"), STR("77"), 0, id);
    CHECK_OK(chart_read(&c, "Encounter", id));
    CHECK(chart_says(&c, "3-07") && chart_says(&c, "3-08"));
    CHECK_INT(take(&c, of(EVENT_CANCEL_DISCHARGE, "77", 130, NULL)), REGISTRAR_TAKEN);
    CHECK_INT(chart_count(&c, "Encounter", "status=in-progress"), 1);
    chart_close(&c);
}

/* -- what custody says of somebody -- */

struct asking {
    struct job job; /* first */
    struct chart *chart;
    const char *patient;
    struct custody is;
    int64_t due;
};

static enum err ask(struct job *job, struct tx *tx)
{
    struct asking *a = (struct asking *)(void *)job;
    struct record_reader server = {.records = a->chart->records, .arena = a->chart->arena};
    struct stmt *q;
    bool row;
    enum err err = custody_of(tx, &server, str_of(a->patient), &a->is);
    if (!err) err = db_stmt(tx->db, "SELECT count(*) FROM custody_due", &q);
    if (err) return err;
    err = stmt_step(q, &row);
    if (!err) a->due = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

static struct custody custody(struct chart *c, const char *patient)
{
    struct asking a = {.job.run = ask, .chart = c, .patient = patient};
    CHECK_OK(store_run(c->store, &a.job));
    CHECK_INT(a.due, 1); /* the person is put down to be looked after, once */
    return a.is;
}

TEST(where_the_law_has_somebody_is_one_word)
{
    struct chart c;
    CHECK_OK(opened(&c));
    CHECK_OK(chart_create(&c, "Patient",
                          "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":"
                          "\"urn:yunqiao:detainee-number\",\"value\":\"77\"}],"
                          "\"name\":[{\"text\":\"淳于鹭\"}],\"birthDate\":\"1988-01-02\"}"));
    char patient[RECORD_ID_BYTES_MAX + 1];
    snprintf(patient, sizeof patient, "%.*s", (int)c.last.head.id.bytes, c.last.head.id.at);
    struct {
        enum event_kind kind;
        enum event_where where;
        enum event_end end;
        const char *cell, *word;
        bool is_announced;
    } steps[] = {{EVENT_ADMIT, WHERE_UNSAID, END_UNSAID, "3-07", "housed", false},
                 {EVENT_TRANSFER, WHERE_COURT, END_UNSAID, NULL, "court", false},
                 {EVENT_TRANSFER, WHERE_HOSPITAL, END_UNSAID, NULL, "hospital", false},
                 {EVENT_TRANSFER, WHERE_UNSAID, END_UNSAID, "3-08", "housed", false},
                 {EVENT_PENDING, WHERE_UNSAID, END_UNSAID, NULL, "housed", true},
                 {EVENT_DISCHARGE, WHERE_UNSAID, END_DEAD, NULL, "died", false},
                 {EVENT_CANCEL_DISCHARGE, WHERE_UNSAID, END_UNSAID, NULL, "housed", true},
                 {EVENT_DISCHARGE, WHERE_UNSAID, END_TRANSFERRED, NULL, "transferred", false},
                 {EVENT_CANCEL_DISCHARGE, WHERE_UNSAID, END_UNSAID, NULL, "housed", true},
                 {EVENT_DISCHARGE, WHERE_UNSAID, END_RELEASED, NULL, "released", false},
                 {EVENT_ADMIT, WHERE_UNSAID, END_UNSAID, "4-01", "housed", false},
                 {EVENT_CANCEL_ADMIT, WHERE_UNSAID, END_UNSAID, NULL, "released", false}};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct event e = of(steps[i].kind, "77", (int64_t)i * 60, steps[i].cell);
        if (!steps[i].cell) e.where = steps[i].where;
        e.end = steps[i].end;
        CHECK_INT(take(&c, e), REGISTRAR_TAKEN);
        struct custody is = custody(&c, patient);
        CHECK_STR(str_of(custody_text(is.state)), steps[i].word);
        CHECK_INT(is.is_announced, steps[i].is_announced);
        if (steps[i].cell) CHECK_STR(is.cell_words, steps[i].cell);
        if (i != 6 && i != 8 && i != 11) CHECK_INT(is.since.ms, i == 4 ? e.at.ms - 3600000 : e.at.ms);
    }
    chart_close(&c);
}

/* The stay's record, apart from its versions and when they were made. */
static void told(struct chart *c, const char *number, unsigned ordinal, char ret[4096])
{
    char id[REGISTRAR_ID_BYTES];
    registrar_stay_id(source, str_of(number), str_of(number), ordinal, id);
    ret[0] = '\0';
    if (chart_read(c, "Encounter", id) || c->fault.status) return;
    struct str body = c->last.body;
    const char *from = memmem(body.at, body.bytes, "\"identifier\"", 12),
               *subject = memmem(body.at, body.bytes, "\"subject\"", 9),
               *period = memmem(body.at, body.bytes, "\"period\"", 8);
    CHECK(from && subject && period);
    snprintf(ret, 4096, "%.*s%.*s", (int)(subject - from), from, (int)(body.at + body.bytes - period),
             period);
}

TEST(any_order_ends_in_the_same_stay)
{
    static const int orders[6][5] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3},
                                     {1, 3, 0, 2, 4}, {3, 4, 0, 1, 2}, {0, 0, 4, 2, 1}};
    char first[2][4096];
    for (size_t o = 0; o < COUNT_OF(orders); o++) {
        struct chart c;
        CHECK_OK(opened(&c));
        const struct event all[] = {of(EVENT_ADMIT, "77", 0, "3-07"), of(EVENT_TRANSFER, "77", 60, "3-08"),
                                    of(EVENT_TRANSFER, "77", 90, "4-01"),
                                    of(EVENT_CANCEL_TRANSFER, "77", 95, NULL),
                                    of(EVENT_DISCHARGE, "77", 120, NULL)};
        for (size_t i = 0; i < 5; i++)
            (void)take(&c, all[orders[o][i]]);
        for (size_t i = 0; i < 5; i++)
            (void)take(&c, all[i]); /* and all of it again */
        for (unsigned ordinal = 0; ordinal < 2; ordinal++) {
            char now[4096];
            told(&c, "77", ordinal, now);
            if (o == 0) memcpy(first[ordinal], now, sizeof now);
            if (strcmp(first[ordinal], now) != 0 && !(ordinal == 1 && strstr(now, "entered-in-error")))
                check_fail(__FILE__, __LINE__, "order %zu: %s\nnot %s", o, now, first[ordinal]);
        }
        chart_close(&c);
    }
}

TEST(the_same_card_and_name_under_a_new_number_is_the_same_person)
{
    struct chart c;
    CHECK_OK(opened(&c));
    struct event e = of(EVENT_ADMIT, "77", 0, "3-07");
    e.national = STR("510104198801020017");
    CHECK_INT(take(&c, e), REGISTRAR_TAKEN);
    e = of(EVENT_ADMIT, "91", 5000, "4-01");
    e.national = STR("510104198801020017");
    CHECK_INT(take(&c, e), REGISTRAR_TAKEN);
    CHECK_INT(chart_count(&c, "Patient", ""), 1);
    CHECK_INT(chart_count(&c, "Patient", "identifier=urn:yunqiao:detainee-number|77"), 1);
    CHECK_INT(chart_count(&c, "Encounter", ""), 2);
    chart_close(&c);
}

TEST(who_is_in_doubt_waits_until_somebody_decides)
{
    struct chart c;
    CHECK_OK(opened(&c));
    CHECK_INT(take(&c, of(EVENT_ADMIT, "77", 0, "3-07")), REGISTRAR_TAKEN);
    CHECK_INT(take(&c, of(EVENT_ADMIT, "91", 10, "4-01")),
              REGISTRAR_WAITS); /* the same name and day of birth */
    CHECK_INT(take(&c, of(EVENT_TRANSFER, "91", 20, "4-02")), REGISTRAR_WAITS);
    struct event e = of(EVENT_ADMIT, "92", 30, "4-03");
    CHECK_INT(take(&c, e), REGISTRAR_WAITS);
    struct step s = {0};
    CHECK_OK(step(&c, &s));
    CHECK_INT(s.doubt_count, 2);
    CHECK_STR(s.doubts[0].number, "91");
    CHECK_STR(s.doubts[0].why, "name-and-birth");
    CHECK(s.doubts[0].candidate != 0);
    CHECK_STR(s.doubts[0].said.family, "淳于");
    CHECK_INT(chart_count(&c, "Encounter", ""), 1);
    int64_t candidate = s.doubts[0].candidate;
    s = (struct step){.number = "91", .patient = candidate};
    CHECK_OK(step(&c, &s));
    CHECK_INT(chart_count(&c, "Patient", ""), 1);
    CHECK_INT(chart_count(&c, "Encounter", ""), 2);
    s = (struct step){.number = "92"};
    CHECK_OK(step(&c, &s));
    CHECK_INT(s.doubt_count, 0);
    CHECK_INT(chart_count(&c, "Patient", ""), 2);
    s = (struct step){.number = "92"};
    CHECK_ERR(step(&c, &s), ERR_DENIED);
    s = (struct step){.number = "none"};
    CHECK_ERR(step(&c, &s), ERR_NOT_FOUND);
    CHECK_INT(take(&c, of(EVENT_DISCHARGE, "92", 60, NULL)), REGISTRAR_TAKEN);
    chart_close(&c);
}

TEST(a_number_that_belongs_to_another_card_is_in_doubt)
{
    struct chart c;
    CHECK_OK(opened(&c));
    CHECK_OK(chart_create(
        &c, "Patient",
        "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:yunqiao:detainee-number\",\"value\":"
        "\"77\"},"
        "{\"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\"1\"}],\"name\":[{\"text\":\"淳于鹭\"}]}"));
    struct event e = of(EVENT_ADMIT, "77", 0, "3-07");
    e.national = STR("2");
    CHECK_INT(take(&c, e), REGISTRAR_WAITS);
    chart_close(&c);
}

TEST(two_numbers_that_are_one_person_are_merged_whichever_is_known_first)
{
    for (int is_early = 0; is_early < 2; is_early++) {
        struct chart c;
        CHECK_OK(opened(&c));
        struct event a = of(EVENT_ADMIT, "77", 0, "3-07"), b = of(EVENT_ADMIT, "78", 10, "3-08"),
                     m = of(EVENT_MERGE, "77", 20, NULL);
        b.given = STR("露");
        m.prior = STR("78");
        m.stay = STR("");
        if (is_early) CHECK_INT(take(&c, m), REGISTRAR_TAKEN);
        CHECK_INT(take(&c, a), REGISTRAR_TAKEN);
        CHECK_INT(take(&c, b), REGISTRAR_TAKEN);
        if (!is_early) CHECK_INT(take(&c, m), REGISTRAR_TAKEN);
        CHECK_INT(chart_count(&c, "Patient", "active=true"), 1);
        CHECK_INT(chart_count(&c, "Patient", ""), 2);
        CHECK_INT(chart_count(&c, "Encounter", ""), 2);
        CHECK_INT(take(&c, of(EVENT_TRANSFER, "78", 30, "3-09")),
                  REGISTRAR_TAKEN); /* its stay goes on under its own number */
        chart_close(&c);
    }
}

TEST(what_is_said_later_corrects_the_person)
{
    struct chart c;
    CHECK_OK(opened(&c));
    CHECK_INT(take(&c, of(EVENT_ADMIT, "77", 0, "3-07")), REGISTRAR_TAKEN);
    struct event e = of(EVENT_UPDATE, "77", 30, NULL);
    e.given = STR("露");
    e.national = STR("510104198801020017");
    e.sex = SEX_FEMALE;
    CHECK_INT(take(&c, e), REGISTRAR_TAKEN);
    CHECK_INT(
        chart_count(&c, "Patient",
                    "gender=female&identifier=urn:oid:2.16.156.10011.1.3|510104198801020017&name=淳于露"),
        1);
    e = of(EVENT_UPDATE, "77", 10, NULL); /* older than what stands */
    CHECK_INT(take(&c, e), REGISTRAR_TAKEN);
    CHECK_INT(chart_count(&c, "Patient", "gender=female"), 1);
    chart_close(&c);
}

SWEEP(an_admission_is_taken)
{
    struct chart c;
    struct event e = of(EVENT_ADMIT, "77", 0, "3-07");
    struct step s = {.event = &e};
    enum err err = opened(&c);
    if (!err) err = step(&c, &s);
    chart_close(&c);
    return err;
}
