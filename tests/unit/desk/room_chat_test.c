/* The chat of a consultation over a store of records: each line whole or not at all, read by the own rights. */
#include "auth/account.h"
#include "desk/room_chat.h"
#include "records/grant.h"
#include "tests/unit/records/chart.h"

struct visit_house {
    struct chart chart;
    struct arena *arena; /* of one job */
    char doctor[ACCOUNT_ID_TEXT], guest[ACCOUNT_ID_TEXT], patient[65], visit[65];
    int64_t grant;
};

typedef enum err act(struct visit_house *h, struct tx *tx, void *with);
struct run {
    struct job job; /* first */
    struct visit_house *house;
    act *act;
    void *with;
};

static enum err run_act(struct job *job, struct tx *tx)
{
    struct run *r = (struct run *)(void *)job;
    return r->act(r->house, tx, r->with);
}

static void run_done(struct job *job, enum err err)
{
    (void)job, (void)err;
}

static enum err run(struct visit_house *h, act *what, void *with)
{
    struct run r = {.job = {.run = run_act, .done = run_done}, .house = h, .act = what, .with = with};
    h->arena = arena_new((size_t)64 << 20);
    if (!h->arena) return ERR_NOMEM;
    enum err err = store_run(h->chart.store, &r.job);
    arena_free(h->arena);
    h->arena = NULL;
    return err;
}

static enum err account(struct tx *tx, const char *name, enum role role, char ret[ACCOUNT_ID_TEXT])
{
    const char *code;
    struct account_start start = {.name = str_of(name),
                                  .display = str_of(name),
                                  .staff_number = str_of(name),
                                  .roles = {ROLE_BIT(role)},
                                  .password = STR("x")};
    return account_add(tx, &start, ret, &code);
}

static enum err people(struct visit_house *h, struct tx *tx, void *with)
{
    (void)with;
    enum err err = account(tx, "gu", ROLE_CLINIC_DOCTOR, h->doctor);
    return err ? err : account(tx, "wen", ROLE_SPECIALIST, h->guest);
}

static enum err grant(struct visit_house *h, struct tx *tx, void *with)
{
    struct record_head encounter;
    (void)with;
    enum err err =
        record_head_find(tx, h->arena, fhir_resource_of(STR("Encounter")), str_of(h->visit), &encounter);
    if (err) return err;
    struct grant_start start = {.account = str_of(h->guest),
                                .given_by = str_of(h->doctor),
                                .patient = encounter.patient,
                                .encounter = encounter.row,
                                .from = {tx->now.ms - 1000}};
    return grant_give(tx, &start, &h->grant);
}

static enum err make(struct visit_house *h, const char *type, const char *body, char ret_id[65])
{
    enum err err = chart_create(&h->chart, type, body);
    if (!err) snprintf(ret_id, 65, "%.*s", (int)h->chart.last.head.id.bytes, h->chart.last.head.id.at);
    return err;
}

static enum err house_open(struct visit_house *h)
{
    struct instant now;
    char body[600], appointment[65];
    *h = (struct visit_house){0};
    CHECK(instant_from_text(STR("2026-11-26T02:00:00.000Z"), &now));
    clock_fake(now, (struct tick){1000000});
    enum err err = chart_open(&h->chart);
    if (!err) err = run(h, people, NULL);
    if (!err)
        err =
            make(h, "Patient", "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"淳于鹭\"}]}", h->patient);
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Appointment\",\"status\":\"booked\",\"start\":\"2026-11-26T02:00:00Z\","
             "\"end\":\"2026-11-26T02:40:00Z\","
             "\"participant\":[{\"actor\":{\"reference\":\"Patient/%s\"},\"status\":\"accepted\"}]}",
             h->patient);
    if (!err) err = make(h, "Appointment", body, appointment);
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Encounter\",\"status\":\"in-progress\",\"class\":{\"system\":\"http://"
             "terminology.hl7.org/CodeSystem/v3-ActCode\","
             "\"code\":\"VR\"},\"subject\":{\"reference\":\"Patient/"
             "%s\"},\"appointment\":[{\"reference\":\"Appointment/%s\"}]}",
             h->patient, appointment);
    if (!err) err = make(h, "Encounter", body, h->visit);
    if (!err)
        err =
            chart_sql(&h->chart,
                      "CREATE TABLE booking_room (appointment INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE,"
                      " opens INTEGER, closes INTEGER) STRICT");
    snprintf(body, sizeof body,
             "INSERT INTO booking_room (appointment, room) SELECT row, 'r1' FROM record WHERE id = '%s'",
             appointment);
    if (!err) err = chart_sql(&h->chart, body);
    return err ? err : run(h, grant, NULL);
}

struct said {
    struct room_line line;
    struct str text;
    char id[65];
    const char *code;
};

static struct said line_of(struct visit_house *h, bool of_guest, const char *text)
{
    struct said s = {.text = str_of(text)};
    snprintf(s.line.room, sizeof s.line.room, "r1");
    snprintf(s.line.visit, sizeof s.line.visit, "%s", h->visit);
    snprintf(s.line.account, sizeof s.line.account, "%s", of_guest ? h->guest : h->doctor);
    snprintf(s.line.session, sizeof s.line.session, "s");
    snprintf(s.line.display, sizeof s.line.display, "%s", of_guest ? "温知远" : "顾清和");
    s.line.roles = (struct role_set){ROLE_BIT(of_guest ? ROLE_SPECIALIST : ROLE_CLINIC_DOCTOR)};
    return s;
}

static enum err say(struct visit_house *h, struct tx *tx, void *with)
{
    struct said *s = with;
    struct room_chat_kept kept;
    enum err err = room_chat_keep(tx, h->chart.records, h->arena, &s->line, s->text, &kept);
    if (err) return err;
    s->code = kept.code;
    if (kept.code) return OK;
    CHECK_INT(kept.at.ms, tx->now.ms);
    CHECK(kept.patient && strstr(kept.detail, "\"versions\":["));
    snprintf(s->id, sizeof s->id, "%s", kept.id);
    return OK;
}

struct heard {
    bool of_guest, is_there;
    char lines[2000];
    char visit[65];
};

static enum err hear(struct visit_house *h, struct tx *tx, void *with)
{
    struct heard *r = with;
    struct room_chat chat;
    struct role_set roles = {ROLE_BIT(r->of_guest ? ROLE_SPECIALIST : ROLE_CLINIC_DOCTOR)};
    enum err err = room_chat_read(tx, h->chart.records, h->arena, str_of(r->of_guest ? h->guest : h->doctor),
                                  roles, STR("r1"), &chat);
    if (err) return err;
    snprintf(r->lines, sizeof r->lines, "%.*s", (int)chat.lines.bytes, chat.lines.at);
    snprintf(r->visit, sizeof r->visit, "%s", chat.visit ? chat.visit : "");
    r->is_there = chat.patient != 0;
    return OK;
}

TEST(a_line_is_kept_with_its_visit_and_read_by_the_grant_but_not_by_whom_it_is_kept_from)
{
    struct visit_house h;
    CHECK_OK(house_open(&h));
    struct said one = line_of(&h, false, "右眼\n\"视盘\""), two = line_of(&h, true, "私下");
    struct said three = line_of(&h, true, "左眼");
    CHECK_OK(run(&h, say, &one));
    CHECK(!one.code && one.id[0]);
    two.line.cut_n = 1;
    snprintf(two.line.cut[0], sizeof two.line.cut[0], "%s", h.guest);
    CHECK_OK(run(&h, say, &two));
    CHECK_OK(run(&h, say, &three));
    CHECK_OK(chart_read(&h.chart, "Communication", one.id));
    CHECK(chart_says(&h.chart, "\"contentString\":\"右眼\\n\\\"视盘\\\"\"") && chart_says(&h.chart, h.visit));
    CHECK_INT(chart_count(&h.chart, "Provenance", ""), 3);
    struct heard clinic = {0}, guest = {.of_guest = true};
    CHECK_OK(run(&h, hear, &clinic));
    CHECK_STR(str_of(clinic.visit), h.visit);
    CHECK(strstr(clinic.lines, "视盘") && strstr(clinic.lines, "私下") && strstr(clinic.lines, "左眼") &&
          clinic.is_there);
    CHECK(strstr(clinic.lines, "视盘") < strstr(clinic.lines, "左眼")); /* oldest first */
    CHECK_OK(run(&h, hear, &guest));
    CHECK(strstr(guest.lines, "视盘") && !strstr(guest.lines, "私下") && strstr(guest.lines, "左眼"));
    /* The visit is over: nothing more is kept. */
    CHECK_OK(chart_patch(&h.chart, "Encounter", h.visit,
                         "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"cancelled\"}]"));
    struct said late = line_of(&h, false, "晚了");
    CHECK_OK(run(&h, say, &late));
    CHECK_STR(str_of(late.code), "visit_over");
    snprintf(late.line.room, sizeof late.line.room, "r2");
    CHECK_OK(run(&h, say, &late));
    CHECK_STR(str_of(late.code), "visit_over"); /* nobody's room */
    CHECK_INT(chart_count(&h.chart, "Communication", ""), 3);
    chart_close(&h.chart);
}

SWEEP(a_line_of_chat_without_memory_is_nowhere)
{
    struct visit_house h;
    enum err err = house_open(&h);
    struct said one = line_of(&h, true, "右眼");
    struct heard guest = {.of_guest = true};
    if (!err) err = run(&h, say, &one);
    if (!err) err = run(&h, hear, &guest);
    if (!err) CHECK(strstr(guest.lines, "右眼"));
    chart_close(&h.chart);
    return err;
}
