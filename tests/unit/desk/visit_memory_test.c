/* A consultation and its opinion with memory failing at the 1st, 2nd, 3rd … allocation of each step: whatever fails says so, nothing leaks, and
 * nothing of it stays. Each turn is a job of its own that is taken back, on one site. */
#include "../check.h"
#include "auth/account.h"
#include "desk/opinion_sheet.h"
#include "desk/still.h"
#include "desk/visit_grant.h"
#include "desk/visit_guest.h"
#include "desk/visit_preview.h"
#include "desk/visit_request.h"
#include "desk/visit_write.h"
#include "plan_house.h"
#include "records/records.h"
#include <stdio.h>
#include <stdlib.h>

enum { TURNS_MAX = 20000 };

static struct visit_by doctor = {{"", 0}, STR("顾清和")};
static char kept[80]; /* the visit that all steps are of */
static char eye[ACCOUNT_ID_TEXT], brain[ACCOUNT_ID_TEXT], clinic[ACCOUNT_ID_TEXT]; /* who takes part */

/* -- one step, with memory failing in it -- */

static struct {
    enum err (*step)(struct turn *t);
    long at;
    enum err err;
    bool is_reached;
} trial;

static enum err run_trial(struct turn *t)
{
    mem_fail_at(trial.at);
    trial.err = trial.step(t);
    trial.is_reached = trial.at > 0 && mem_fail_left() == 0;
    mem_fail_at(0);
    return ERR_DENIED; /* nothing of it is kept */
}

static void once(enum err (*step)(struct turn *t), long at)
{
    struct turn t = {0};
    trial.step = step, trial.at = at;
    turn_refused(&t, run_trial);
}

/* Blocks that stay behind each time: what the house's other threads take or give back meanwhile (a list that is read again) comes once. */
static long left_behind(enum err (*step)(struct turn *t), long at)
{
    long least = 0;
    for (int tries = 0; tries < 3; tries++) {
        long before = mem_live();
        once(step, at);
        long left = mem_live() - before;
        if (left <= 0) return 0;
        if (!tries || left < least) least = left;
    }
    return least;
}

static void starve(const char *what, enum err (*step)(struct turn *t))
{
    bool each = getenv("YQ_LONG") != NULL;
    once(step, 0); /* what is kept from then on (statements, tables) is there */
    if (trial.err) check_fail(__FILE__, __LINE__, "%s, with all its memory: %s", what, err_text(trial.err));
    once(step, 0);
    for (long n = 1; n < TURNS_MAX; n += each || n < 256 ? 1 : 7) {
        long left = left_behind(step, n);
        if (left)
            check_fail(__FILE__, __LINE__, "%s: %ld blocks leak when allocation %ld fails", what, left, n);
        if (!trial.is_reached) {
            CHECK_OK(trial.err);
            printf("  %s: %ld allocations\n", what, n - 1);
            return;
        }
        if (trial.err && trial.err != ERR_NOMEM)
            check_fail(__FILE__, __LINE__, "%s: allocation %ld failed: %s", what, n, err_text(trial.err));
    }
    check_fail(__FILE__, __LINE__, "%s: still failing", what);
}

static enum err visit_here(struct turn *t, struct visit *ret)
{
    return visit_find(t->s.tx, &t->s.server, str_of(kept), ret);
}

/* -- the visit that stands -- */

static void fill_ask(struct visit_ask *ask)
{
    *ask = (struct visit_ask){.patient = STR("demo-p030"),
                              .question = STR("左眼红肿一周，视物模糊"),
                              .triage = TRIAGE_SOON,
                              .minutes = 40};
    ask->needs[ask->need_count++] = (struct booking_need){AGENDA_SPECIALIST, STR("ophthalmology")};
    ask->needs[ask->need_count++] = (struct booking_need){AGENDA_SPECIALIST, STR("neurosurgery")};
}

static enum err account_of(struct turn *t, struct str name, char ret[ACCOUNT_ID_TEXT])
{
    struct account a;
    enum err err = account_find_name(t->s.tx, t->s.server.arena, name, &a);
    if (!err) snprintf(ret, ACCOUNT_ID_TEXT, "%.*s", (int)a.id.bytes, a.id.at);
    return err;
}

static enum err consent(struct turn *t, const struct visit *v, enum visit_consent_kind kind)
{
    struct record_head head;
    struct visit_person people[] = {{str_of(eye), STR("温知远"), STR("specialist")},
                                    {STR(""), STR("guard"), STR("guard")}};
    struct visit_consent_start start = {.kind = kind,
                                        .agrees = true,
                                        .witness = STR("陆白苏"),
                                        .reason = kind == VISIT_CONSENT_EXCEPTION ? STR("昏迷") : STR(""),
                                        .people = people,
                                        .people_count = kind == VISIT_CONSENT_CAMERA ? 2 : 0};
    return visit_consent_put(t->s.tx, &t->s.server, &doctor, v, &start, &head);
}

static enum err stand(struct turn *t)
{
    struct visit_ask *ask = arena_zalloc(t->s.server.arena, sizeof *ask);
    struct visit v;
    int64_t grant;
    CHECK(ask != NULL);
    fill_ask(ask);
    CHECK_OK(account_of(t, STR("wenzhiyuan"), eye));
    CHECK_OK(account_of(t, STR("peiyan"), brain));
    CHECK_OK(account_of(t, STR("guqinghe"), clinic));
    doctor.account = str_of(clinic);
    CHECK_OK(visit_request_write(t->s.tx, &t->s.server, &doctor, ask, NULL, &v));
    snprintf(kept, sizeof kept, "%.*s", (int)v.encounter.head.id.bytes, v.encounter.head.id.at);
    CHECK_OK(consent(t, &v, VISIT_CONSENT_REQUEST));
    CHECK_OK(visit_put_state(t->s.tx, &t->s.server, &v, VISIT_ACTIVE, NULL));
    for (int i = 0; i < 2; i++) {
        struct grant_start start = {.account = str_of(i ? brain : eye),
                                    .given_by = str_of(i ? brain : eye),
                                    .patient = v.patient,
                                    .encounter = v.encounter.head.row,
                                    .from = t->s.tx->now,
                                    .room = {NULL, 0}};
        CHECK_OK(grant_give(t->s.tx, &start, &grant));
    }
    return OK;
}

static void open_house(void)
{
    struct turn t = {0};
    fill();
    turn(&t, stand);
}

/* -- asking, consent, reception -- */

static enum err ask_and_agree(struct turn *t)
{
    struct visit_ask *ask = arena_zalloc(t->s.server.arena, sizeof *ask);
    struct visit v, again;
    struct visit_consents all;
    if (!ask) return ERR_NOMEM;
    fill_ask(ask);
    enum err err = visit_request_write(t->s.tx, &t->s.server, &doctor, ask, NULL, &v);
    ask->minutes = 20;
    if (!err) err = visit_request_write(t->s.tx, &t->s.server, &doctor, ask, &v, &again);
    if (!err) err = consent(t, &again, VISIT_CONSENT_REQUEST);
    if (!err) err = visit_put_state(t->s.tx, &t->s.server, &again, VISIT_ACTIVE, NULL);
    if (!err) err = consent(t, &again, VISIT_CONSENT_EXCEPTION);
    if (!err) err = visit_consents_read(t->s.tx, &t->s.server, &again, &all);
    if (!err)
        err = visit_exception_confirm(t->s.tx, &t->s.server, &(struct visit_by){STR("other"), STR("陆白苏")},
                                      visit_consent_last(&all, VISIT_CONSENT_EXCEPTION));
    if (!err) err = visit_consents_read(t->s.tx, &t->s.server, &again, &all);
    if (!err) CHECK(visit_exception(&all) != NULL);
    if (!err) err = visit_consent_withdraw(t->s.tx, &t->s.server, &all);
    return err ? err : visit_put_state(t->s.tx, &t->s.server, &again, VISIT_REVOKED, "need-gone");
}

static enum err ask_back_and_attach(struct turn *t)
{
    struct visit v;
    struct record_head head, *rows;
    uint32_t n;
    struct buf text;
    struct json_out o;
    enum err err = visit_here(t, &v);
    if (!err) err = visit_word_add(t->s.tx, &t->s.server, &doctor, &v, false, STR("眼压？"), &head);
    if (!err) err = visit_word_add(t->s.tx, &t->s.server, &doctor, &v, true, STR("右18左17"), &head);
    if (!err)
        err = visit_request_attach(t->s.tx, &t->s.server, &v, &(struct str){"Patient/demo-p030", 17}, 1);
    if (!err) err = visit_grant_attach(t->s.tx, &t->s.server, &v);
    if (!err) err = visit_grant_rows(t->s.tx, &t->s.server, &v, &rows, &n);
    if (err) return err;
    buf_init(&text, 1 << 20);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    err = visit_preview_write(t->s.tx, &t->s.server, v.patient, v.encounter.head.row, rows, n, 0, &o);
    json_close(&o);
    if (!err) err = text.err;
    buf_done(&text);
    return err;
}

static enum err receive_and_let_in(struct turn *t)
{
    struct visit v;
    struct buf text;
    struct json_out o;
    struct instant opens;
    enum visit_door door;
    enum err err = visit_here(t, &v);
    if (!err) err = visit_put_state(t->s.tx, &t->s.server, &v, VISIT_ARRIVED, NULL);
    if (!err) err = consent(t, &v, VISIT_CONSENT_CAMERA);
    if (!err) err = consent(t, &v, VISIT_CONSENT_RECORDING);
    if (!err) err = visit_guest_wait(t->s.tx, &v, str_of(eye));
    if (!err) err = visit_guest_admit(t->s.tx, &v, str_of(eye), doctor.account);
    if (!err)
        err = visit_door(t->s.tx, &t->s.server, v.room, str_of(eye),
                         (struct role_set){ROLE_BIT(ROLE_SPECIALIST)}, false, &door, &opens);
    if (!err) err = visit_put_state(t->s.tx, &t->s.server, &v, VISIT_IN_PROGRESS, NULL);
    if (err) return err;
    buf_init(&text, 1 << 20);
    json_out_init(&o, &text);
    struct visit_asker who = {doctor.account, {ROLE_BIT(ROLE_CLINIC_DOCTOR)}, VISIT_WHOLE};
    err = visit_write(t->s.tx, &t->s.server, &v, &who, true, NULL, &o);
    if (!err) err = text.err;
    if (!err) CHECK(memmem(text.at, text.bytes, eye, strlen(eye)) != NULL);
    buf_done(&text);
    if (!err) err = visit_guest_forget(t->s.tx, &v);
    return err ? err : visit_put_state(t->s.tx, &t->s.server, &v, VISIT_FINISHED, NULL);
}

TEST(a_visit_without_memory_is_refused_and_nowhere)
{
    open_house();
    starve("ask and agree", ask_and_agree);
    starve("ask back and attach", ask_back_and_attach);
    starve("receive and let in", receive_and_let_in);
    close_store();
}

/* -- its place -- */

static struct schedule_start place;

static enum err find_place(struct turn *t)
{
    struct visit v;
    struct seek seek = {.need_count = 4,
                        .minutes = 30,
                        .from = t->s.tx->now,
                        .triage = TRIAGE_SOON,
                        .since = t->s.tx->now,
                        .proposals_max = 1};
    struct seek_found found;
    CHECK_OK(visit_here(t, &v));
    seek.until = instant_add(seek.from, 20 * DAY_MS);
    seek.patient = v.patient;
    seek.needs[0] = (struct seek_need){.need = {AGENDA_SPECIALIST, STR("ophthalmology")}, .count = 1};
    seek.needs[1] = (struct seek_need){.need = {AGENDA_DOCTOR, {"", 0}}, .count = 1};
    seek.needs[2] = (struct seek_need){.need = {AGENDA_ROOM, STR("video-room")}, .count = 1};
    seek.needs[3] = (struct seek_need){.need = {AGENDA_ESCORT, {"", 0}}, .count = 1};
    CHECK_OK(seek_run(t->s.tx, &t->s.server, t->s.view, t->s.joint, &seek, &found));
    CHECK(found.count == 1);
    place = (struct schedule_start){
        .patient = v.patient, .request = v.request.head.row, .triage = TRIAGE_SOON, .asks = true};
    place.span = (struct span){found.at[0].span.from, instant_add(found.at[0].span.from, 30 * MINUTE_MS)};
    for (uint8_t i = 0; i < found.at[0].seat_count; i++) {
        const struct seek_seat *seat = &found.at[0].seats[i];
        if (seat->need < seek.need_count) /* and not the patient's */
            place.seats[place.seat_count++] =
                (struct schedule_seat){seek.needs[seat->need].need, seat->resource};
    }
    return OK;
}

static enum err book_and_lose(struct turn *t)
{
    struct visit v;
    t->s.account = doctor.account;
    enum err err = schedule_start(&t->s, &place, &t->answer);
    if (err) return err;
    CHECK_INT(t->answer.refusal, SCHEDULE_DONE);
    struct str id = t->answer.booking.head.id;
    struct appt_seat seats[APPT_SEATS_MAX];
    uint8_t n = t->answer.booking.appt.seat_count;
    memcpy(seats, t->answer.booking.appt.seats, sizeof seats);
    for (uint8_t i = 0; i < n && !err; i++) {
        struct appt_event e = {.verb = APPT_DO_ACCEPT, .seat = seats[i].resource};
        if (seats[i].answer == APPT_ASKED) err = schedule_event(&t->s, id, &e, &t->answer);
    }
    if (!err) err = visit_here(t, &v);
    if (err) return err;
    CHECK(v.appointment != 0);
    err = visit_grant_end_all(&t->s, &v);
    struct appt_event e = {.verb = APPT_DO_CANCEL, .side = APPT_CLINIC, .reason = APPT_NEED_GONE};
    return err ? err : schedule_event(&t->s, id, &e, &t->answer);
}

TEST(a_visits_place_without_memory_is_refused_and_nowhere)
{
    struct turn t = {0};
    open_house();
    turn(&t, find_place);
    starve("book and lose", book_and_lose);
    close_store();
}

/* -- stills and the opinion -- */

static enum err take_still(struct turn *t)
{
    static const struct file_seal seal = {.name = "0123456789abcdef0123456789abcdef", .bytes = 4096};
    struct visit v;
    struct still_made made;
    int status;
    enum err err = visit_here(t, &v);
    if (err) return err;
    struct still s = {.visit = &v.encounter.head,
                      .patient_id = v.patient_id,
                      .seal = &seal,
                      .type = "image/png",
                      .at = t->s.tx->now,
                      .clock = STILL_CLOCK_SOURCE,
                      .width = 640,
                      .height = 480,
                      .source = STR("检查摄像头"),
                      .track = 7,
                      .account = str_of(eye),
                      .display = STR("温知远")};
    err = still_put(t->s.tx, &t->s.server, &s, &made, &status);
    if (!err) CHECK_INT(status, 0);
    return err ? err : still_share(t->s.tx, &s, &made);
}

static enum err save_part(struct turn *t, struct opinion *o, const char *account, enum opinion_part part,
                          const char *json)
{
    struct opinion_text *text = arena_zalloc(t->s.server.arena, sizeof *text);
    struct json *v;
    const char *where;
    int64_t rev;
    enum opinion_refusal no;
    if (!text) return ERR_NOMEM;
    enum err err = json_parse(str_of(json), &v, NULL);
    if (err) return err;
    err = opinion_text_read(t->s.server.arena, part, v, text, &where);
    json_free(v);
    if (!err)
        err = opinion_save(t->s.tx, &t->s.server, o, str_of(account), part, o->parts[part].rev, text, &rev,
                           &no);
    if (!err) CHECK_INT(no, OPINION_DONE);
    return err;
}

static enum err opinion_here(struct turn *t, struct opinion **ret)
{
    *ret = arena_zalloc(t->s.server.arena, sizeof **ret);
    return *ret ? opinion_load(t->s.tx, &t->s.server, str_of(kept), *ret) : ERR_NOMEM;
}

static enum err draft(struct turn *t)
{
    struct opinion *o;
    enum err err = opinion_here(t, &o);
    if (!err) err = save_part(t, o, eye, OPINION_FINDINGS, "{\"text\":\"右眼睑肿胀，眼压 38 mmHg\"}");
    if (!err) err = opinion_here(t, &o);
    if (!err)
        err = save_part(t, o, brain, OPINION_ASSESSMENT,
                        "{\"text\":\"青光眼\",\"codes\":[{\"code\":\"H40.2\",\"display\":\"青光眼\"}]}");
    if (!err) err = opinion_here(t, &o);
    if (!err)
        err = save_part(t, o, eye, OPINION_ADVICE,
                        "{\"items\":[{\"id\":\"a1\",\"kind\":\"referral\",\"words\":\"24 小时内转眼科\"}]}");
    return err;
}

static enum err sign_and_dissent(struct turn *t)
{
    struct opinion *o;
    enum opinion_refusal no;
    struct record_head amended;
    struct opinion_by first = {str_of(eye), STR("温知远"), ROLE_SPECIALIST, SIGN_ECDSA};
    struct opinion_by second = {str_of(brain), STR("裴砚"), ROLE_SPECIALIST, SIGN_SM2};
    enum err err = opinion_here(t, &o);
    if (!err) err = opinion_sign(t->s.tx, &t->s.server, o, &first, o->rev, 0, &no);
    if (err) return err;
    CHECK_INT(no, OPINION_DONE);
    err = opinion_here(t, &o);
    if (!err)
        err = opinion_dissent(t->s.tx, &t->s.server, o, &second, o->composition.version, STR("先保守治疗"),
                              &no);
    if (err) return err;
    CHECK_INT(no, OPINION_DONE);
    err = opinion_here(t, &o);
    if (!err) CHECK_INT(o->state, OPINION_FINAL);
    if (!err)
        err = opinion_amend(t->s.tx, &t->s.server, o, &first, STR("侧别遗漏"), STR("补充：右眼。"), &amended,
                            &no);
    if (!err) CHECK_INT(no, OPINION_DONE);
    return err;
}

static enum err print_it(struct turn *t)
{
    struct opinion *o;
    struct opinion_paper *paper = arena_zalloc(t->s.server.arena, sizeof *paper);
    struct sheet_by by = {STR("岚桥看守所"), STR("顾清和"), STR("clinic-doctor"), false,
                          records_zone(site.records)};
    struct buf text;
    enum err err = paper ? opinion_here(t, &o) : ERR_NOMEM;
    if (!err) err = opinion_sheet(t->s.tx, &t->s.server, &by, o, paper);
    if (err) return err;
    buf_init(&text, OPINION_BUNDLE_BYTES_MAX);
    err = opinion_bundle_close(&paper->bundle, t->s.server.arena, STR("%PDF pages"), &text);
    if (!err) CHECK(text.bytes > 1000);
    buf_done(&text);
    opinion_paper_done(paper);
    return err;
}

static enum err keep_draft(struct turn *t)
{
    struct site_key key;
    CHECK_OK(site_key_make(t->s.tx, SIGN_ECDSA, &key));
    CHECK_OK(take_still(t));
    return draft(t);
}

TEST(stills_and_opinions_without_memory_are_refused_and_nowhere)
{
    struct turn t = {0};
    open_house();
    starve("a still", take_still);
    starve("a draft", draft);
    turn(&t, keep_draft);
    starve("sign and dissent", sign_and_dissent);
    turn(&t, sign_and_dissent);
    starve("print it", print_it);
    close_store();
}
