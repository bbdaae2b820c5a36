/* Grants, broken glasses and persons in the store. */
#include "../check.h"
#include "records/glass.h"
#include "records/grant.h"
#include "records/person.h"
#include "ward.h"

enum { ANNA = 10, BEN = 20, VISIT = 100, NOTE = 200, OPINION = 202 };
enum { HOUR = 3600 * 1000 };

struct given {
    struct ward *w;
    int64_t id;
    int64_t to_ms;    /* from now; 0: open */
    int64_t ahead_ms; /* begins so much later than now */
};

static enum err give(struct tx *tx, void *with)
{
    struct given *g = with;
    struct grant_start start = {.account = str_of(g->w->specialist),
                                .given_by = str_of(g->w->doctor),
                                .patient = ANNA,
                                .encounter = VISIT,
                                .from = {tx->now.ms - GUARD_EARLY_MS + g->ahead_ms}};
    if (g->to_ms) start.to.ms = tx->now.ms + g->to_ms;
    enum err err = grant_give(tx, &start, &g->id);
    if (!err) err = grant_attach(tx, g->id, OPINION, true);
    if (!err) err = grant_attach(tx, g->id, NOTE, false);
    if (!err) err = grant_attach(tx, g->id, NOTE, false); /* twice is no error */
    return err;
}

struct look {
    struct ward *w;
    const char *account;
    enum role role;
    struct guard guard;
};

static enum err load(struct tx *tx, void *with)
{
    struct look *l = with;
    return grant_load(tx, l->w->arena, str_of(l->account), (struct role_set){ROLE_BIT(l->role)}, &l->guard);
}

static bool specialist_sees(struct ward *w, int64_t row)
{
    struct look l = {.w = w, .account = w->specialist, .role = ROLE_SPECIALIST};
    struct record_head h = {.resource = fhir_resource_of(STR("Observation")), .row = row, .patient = ANNA};
    CHECK_OK(ward_write(w, load, &l));
    return guard_may_see(&l.guard, &h);
}

static enum err revoke(struct tx *tx, void *with)
{
    struct given *g = with;
    struct grant_end end;
    enum err err = grant_revoke(tx, g->w->arena, g->id, str_of(g->w->doctor), &end);
    if (!err) CHECK_STR(end.account, g->w->specialist);
    return err;
}

TEST(a_grant_opens_what_is_attached_until_it_is_revoked)
{
    struct ward w;
    struct given g = {.w = &w};
    CHECK_OK(ward_open(&w));
    CHECK(!specialist_sees(&w, NOTE));
    CHECK_OK(ward_write(&w, give, &g));
    CHECK(specialist_sees(&w, NOTE));
    CHECK(specialist_sees(&w, OPINION));
    CHECK(!specialist_sees(&w, NOTE + 1));
    CHECK_OK(ward_write(&w, revoke, &g));
    CHECK(!specialist_sees(&w, NOTE));
    CHECK_ERR(ward_write(&w, revoke, &g), ERR_NOT_FOUND);
    ward_close(&w);
}

/* A booking that moves twice before it begins. */
TEST(one_taken_back_before_it_began_is_not_in_the_way_of_the_next)
{
    struct ward w;
    struct given g = {.w = &w, .ahead_ms = 86400000};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    CHECK_OK(ward_write(&w, revoke, &g));
    CHECK_ERR(ward_write(&w, revoke, &g), ERR_NOT_FOUND);
    CHECK_OK(ward_write(&w, give, &g));
    CHECK_OK(ward_write(&w, revoke, &g));
    ward_close(&w);
}

static enum err note_signed(struct tx *tx, void *with)
{
    struct given *g = with;
    return grant_note_signed(tx, str_of(g->w->specialist), VISIT);
}

TEST(a_grant_closes_72_hours_after_the_signature_to_the_millisecond)
{
    struct ward w;
    struct given g = {.w = &w};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    clock_fake_advance((int64_t)1000 * HOUR);
    CHECK(specialist_sees(&w, NOTE)); /* open until it is signed */
    CHECK_OK(ward_write(&w, note_signed, &g));
    clock_fake_advance(72 * (int64_t)HOUR - 1);
    CHECK(specialist_sees(&w, NOTE));
    clock_fake_advance(1);
    CHECK(!specialist_sees(&w, NOTE));
    ward_close(&w);
}

TEST(a_signature_does_not_lengthen_a_grant)
{
    struct ward w;
    struct given g = {.w = &w, .to_ms = HOUR};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    CHECK_OK(ward_write(&w, note_signed, &g));
    clock_fake_advance(HOUR - 1);
    CHECK(specialist_sees(&w, NOTE));
    clock_fake_advance(1);
    CHECK(!specialist_sees(&w, NOTE));
    ward_close(&w);
}

TEST(the_store_itself_refuses_to_pass_on_lengthen_or_delete_a_grant)
{
    struct ward w;
    struct given g = {.w = &w, .to_ms = HOUR};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    CHECK_ERR(ward_exec(&w, "UPDATE access_grant SET ends = ends + 1"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "UPDATE access_grant SET ends = NULL"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "UPDATE access_grant SET account = given_by"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "UPDATE access_grant SET patient = 20"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "DELETE FROM access_grant"), ERR_DENIED);
    CHECK_OK(ward_write(&w, revoke, &g));
    CHECK_ERR(ward_exec(&w, "UPDATE access_grant SET revoked = NULL, revoked_by = NULL"), ERR_DENIED);
    ward_close(&w);
}

/* -- going on, and ending by itself -- */

struct going {
    struct ward *w;
    int64_t id, fresh, to_ms; /* from now */
    struct instant since;
    struct grant_end ends[4];
    uint32_t n;
};

static enum err extend(struct tx *tx, void *with)
{
    struct going *g = with;
    return grant_extend(tx, g->id, (struct instant){tx->now.ms + g->to_ms}, str_of(g->w->doctor), &g->fresh);
}

static enum err ended(struct tx *tx, void *with)
{
    struct going *g = with;
    return grant_ended(tx, g->w->arena, g->since, g->ends, COUNT_OF(g->ends), &g->n);
}

TEST(a_longer_grant_goes_on_from_the_old_one_with_all_that_was_attached_and_is_revoked_whole)
{
    struct ward w;
    struct given g = {.w = &w, .to_ms = HOUR};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    struct going more = {.w = &w, .id = g.id, .to_ms = HOUR};
    CHECK_ERR(ward_write(&w, extend, &more), ERR_BAD_INPUT);
    more.to_ms = 3 * HOUR;
    CHECK_OK(ward_write(&w, extend, &more));
    CHECK(more.fresh != g.id);
    more.since = clock_now();
    clock_fake_advance(2 * (int64_t)HOUR);
    CHECK(specialist_sees(&w, NOTE));
    CHECK_OK(ward_write(&w, ended, &more));
    CHECK_INT(more.n, 0); /* the first is over, the person has another way in */
    g.id = more.fresh;
    CHECK_OK(ward_write(&w, revoke, &g));
    CHECK(!specialist_sees(&w, NOTE));
    CHECK_ERR(ward_write(&w, extend, &more), ERR_NOT_FOUND);
    ward_close(&w);
}

TEST(revoking_either_of_two_grants_for_one_encounter_closes_both)
{
    struct ward w;
    struct given g = {.w = &w, .to_ms = HOUR}, other = {.w = &w};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    CHECK_OK(ward_write(&w, give, &other));
    CHECK_OK(ward_write(&w, revoke, &g));
    CHECK(!specialist_sees(&w, NOTE));
    ward_close(&w);
}

TEST(what_ended_by_itself_is_told_once_with_whose_it_was)
{
    struct ward w;
    struct given g = {.w = &w, .to_ms = HOUR};
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, give, &g));
    struct going look = {.w = &w, .since = clock_now()};
    clock_fake_advance(HOUR - 1);
    CHECK_OK(ward_write(&w, ended, &look));
    CHECK_INT(look.n, 0);
    look.since = clock_now();
    clock_fake_advance(1);
    CHECK_OK(ward_write(&w, ended, &look));
    CHECK_INT(look.n, 1);
    CHECK_STR(look.ends[0].account, w.specialist);
    CHECK_INT(look.ends[0].id, g.id);
    look.since = clock_now();
    CHECK_OK(ward_write(&w, ended, &look));
    CHECK_INT(look.n, 0);
    ward_close(&w);
}

SWEEP(a_grant_is_extended_and_what_ended_is_found)
{
    struct ward w;
    struct given g = {.w = &w, .to_ms = HOUR};
    enum err err = ward_open(&w);
    if (err) return err;
    struct going more = {.w = &w, .to_ms = 3 * HOUR};
    err = ward_write(&w, give, &g);
    more.id = g.id;
    if (!err) err = ward_write(&w, extend, &more);
    if (!err) err = ward_write(&w, ended, &more);
    if (!err) err = ward_write(&w, revoke, &g);
    ward_close(&w);
    return err;
}

/* -- the glass -- */

struct breaking {
    struct ward *w;
    const char *account, *reviewer;
    enum role role;
    int64_t id;
    struct instant ends;
};

static enum err break_it(struct tx *tx, void *with)
{
    struct breaking *b = with;
    struct guard guard;
    enum err err =
        grant_load(tx, b->w->arena, str_of(b->account), (struct role_set){ROLE_BIT(b->role)}, &guard);
    if (err) return err;
    return glass_break(tx, &guard, str_of(b->account), role_name(b->role), ANNA,
                       STR("seizure, unknown drugs"), &b->id, &b->ends);
}

static enum err review(struct tx *tx, void *with)
{
    struct breaking *b = with;
    return glass_review(tx, b->id, str_of(b->reviewer),
                        &(struct glass_verdict){.is_justified = true, .remark = STR("seen")});
}

static bool nurse_sees_hiv(struct ward *w, int64_t patient)
{
    struct look l = {.w = w, .account = w->nurse, .role = ROLE_NURSE};
    struct record_head h = {.resource = fhir_resource_of(STR("Observation")),
                            .row = NOTE,
                            .patient = patient,
                            .labels = RECORD_LABEL_HIV};
    CHECK_OK(ward_write(w, load, &l));
    return guard_may_see(&l.guard, &h);
}

TEST(the_glass_opens_one_patient_for_an_hour_and_is_reviewed_once_by_another)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct breaking b = {.w = &w, .account = w.nurse, .reviewer = w.nurse, .role = ROLE_NURSE};
    CHECK(!nurse_sees_hiv(&w, ANNA));
    CHECK_OK(ward_write(&w, break_it, &b));
    CHECK_ERR(ward_write(&w, break_it, &b), ERR_EXISTS);
    CHECK(nurse_sees_hiv(&w, ANNA));
    CHECK(!nurse_sees_hiv(&w, BEN));
    clock_fake_advance(HOUR - 1);
    CHECK(nurse_sees_hiv(&w, ANNA));
    clock_fake_advance(1);
    CHECK(!nurse_sees_hiv(&w, ANNA));
    CHECK_ERR(ward_write(&w, review, &b), ERR_DENIED);
    b.reviewer = w.officer;
    CHECK_OK(ward_write(&w, review, &b));
    CHECK_ERR(ward_write(&w, review, &b), ERR_NOT_FOUND);
    ward_close(&w);
}

TEST(the_store_itself_keeps_a_broken_glass_and_lets_nobody_review_the_own)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct breaking b = {.w = &w, .account = w.nurse, .role = ROLE_NURSE};
    CHECK_OK(ward_write(&w, break_it, &b));
    CHECK_ERR(ward_exec(&w, "UPDATE glass SET reviewed = 1, reviewed_by = account, verdict = 'justified'"),
              ERR_BAD_INPUT);
    CHECK_ERR(ward_exec(&w, "UPDATE glass SET ends = ends + 1"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "UPDATE glass SET reason = 'none'"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "DELETE FROM glass"), ERR_DENIED);
    ward_close(&w);
}

TEST(a_specialist_cannot_break_the_glass)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct breaking b = {.w = &w, .account = w.specialist, .role = ROLE_SPECIALIST};
    CHECK_ERR(ward_write(&w, break_it, &b), ERR_DENIED);
    ward_close(&w);
}

/* -- erasure: the table's own rules -- */

TEST(an_erasure_is_decided_by_another_than_asked_for_it_and_once)
{
    struct ward w;
    char sql[512];
    CHECK_OK(ward_open(&w));
    snprintf(sql, sizeof sql,
             "INSERT INTO erasure (patient, reason, asked, asked_by) VALUES (10, 'court order', 1, '%s')",
             w.officer);
    CHECK_OK(ward_exec(&w, sql));
    CHECK_ERR(ward_exec(&w, sql), ERR_EXISTS);
    CHECK_ERR(ward_exec(&w, "UPDATE erasure SET decided = 2, decided_by = asked_by, is_done = 1"),
              ERR_BAD_INPUT);
    snprintf(sql, sizeof sql, "UPDATE erasure SET decided = 2, decided_by = '%s', is_done = 1", w.doctor);
    CHECK_OK(ward_exec(&w, sql));
    CHECK_ERR(ward_exec(&w, sql), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "DELETE FROM erasure"), ERR_DENIED);
    ward_close(&w);
}

/* -- persons -- */

static enum err bind(struct tx *tx, void *with)
{
    struct look *l = with;
    enum err err = person_bind(tx, str_of(l->account), ANNA, true, RECORD_LABEL_HIV);
    return err ? err : load(tx, with);
}

TEST(an_account_is_one_record_and_no_two_accounts_are_the_same)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct look l = {.w = &w, .account = w.nurse, .role = ROLE_NURSE};
    CHECK_OK(ward_write(&w, bind, &l));
    CHECK_INT(l.guard.patient, ANNA);
    CHECK_INT(l.guard.practitioner, 0);
    CHECK_INT(l.guard.cleared, RECORD_LABEL_HIV);
    l.account = w.doctor;
    CHECK_ERR(ward_write(&w, bind, &l), ERR_EXISTS);
    ward_close(&w);
}

SWEEP(a_grant_is_given_and_loaded)
{
    struct ward w;
    struct given g = {.w = &w};
    struct look l = {.w = &w, .role = ROLE_SPECIALIST};
    enum err err = ward_open(&w);
    if (err) return err;
    l.account = w.specialist;
    err = ward_write(&w, give, &g);
    if (!err) err = ward_write(&w, load, &l);
    if (!err) CHECK_INT(l.guard.grants[0].attached_count, 2);
    ward_close(&w);
    return err;
}
