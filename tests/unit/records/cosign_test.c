/* Signing together: who is asked, who signed, who says why not; and what was released beside a final record. */
#include "../check.h"
#include "records/cosign.h"
#include "records/grant.h"
#include "records/person.h"
#include "records/release.h"
#include "records/seal.h"
#include "ward.h"

enum { ANNA = 10, OPINION = 202, SEQ = 77 };

struct together {
    struct ward *w;
    const char *account;
    const char *reason;
    struct guard guard;
    int64_t waiting;
    struct buf out;
};

static struct record opinion(void)
{
    return (struct record){.head = {.resource = fhir_resource_of(STR("Composition")),
                                    .row = OPINION,
                                    .seq = SEQ,
                                    .id = STR("ab"),
                                    .version = 2,
                                    .patient = ANNA,
                                    .lifecycle = RECORD_FINAL},
                           .body =
                               STR("{\"resourceType\":\"Composition\",\"id\":\"ab\",\"status\":\"final\"}")};
}

static enum err ask(struct tx *tx, void *with)
{
    struct together *t = with;
    struct record record = opinion();
    return cosign_ask(tx, &record.head, str_of(t->account), str_of(t->w->doctor));
}

static enum err sign(struct tx *tx, void *with)
{
    struct together *t = with;
    struct record record = opinion();
    int64_t id;
    struct seal_ask by = {
        .record = &record, .account = str_of(t->account), .role = "specialist", .algorithm = SIGN_ECDSA};
    return seal_sign(tx, t->w->arena, &by, &id);
}

static enum err dissent(struct tx *tx, void *with)
{
    struct together *t = with;
    return cosign_dissent(tx, SEQ, str_of(t->account), str_of(t->reason));
}

static enum err list(struct tx *tx, void *with)
{
    struct together *t = with;
    struct json_out out;
    buf_init(&t->out, 1 << 16);
    json_out_init(&out, &t->out);
    json_open_array(&out, NULL);
    enum err err = cosign_list(tx, SEQ, &out, &t->waiting);
    json_close_array(&out);
    if (!err) err = t->out.err;
    buf_done(&t->out);
    return err;
}

static int64_t waiting(struct together *t)
{
    CHECK_OK(ward_write(t->w, list, t));
    return t->waiting;
}

TEST(everybody_who_is_asked_signs_or_says_why_not_and_says_it_once)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct together t = {.w = &w, .account = w.specialist, .reason = "the scan shows no bleeding"};
    CHECK_OK(ward_write(&w, ask, &t));
    CHECK_ERR(ward_write(&w, ask, &t), ERR_EXISTS);
    t.account = w.nurse;
    CHECK_ERR(ward_write(&w, dissent, &t), ERR_NOT_FOUND);
    CHECK_OK(ward_write(&w, ask, &t));
    CHECK_INT(waiting(&t), 2);
    t.account = w.specialist;
    CHECK_OK(ward_write(&w, sign, &t));
    CHECK_INT(waiting(&t), 1);
    CHECK_ERR(ward_write(&w, dissent, &t), ERR_EXISTS);
    t.account = w.nurse;
    CHECK_OK(ward_write(&w, dissent, &t));
    CHECK_INT(waiting(&t), 0);
    CHECK_ERR(ward_write(&w, sign, &t), ERR_DENIED);
    CHECK_ERR(ward_write(&w, dissent, &t), ERR_EXISTS);
    t.account = w.doctor;
    CHECK_OK(ward_write(&w, sign, &t));
    CHECK_ERR(ward_write(&w, ask, &t), ERR_EXISTS); /* has signed unasked */
    CHECK_ERR(ward_exec(&w, "UPDATE cosigner SET dissent = 'no' WHERE dissent IS NULL"), ERR_DENIED);
    CHECK_ERR(ward_exec(&w, "DELETE FROM cosigner"), ERR_DENIED);
    ward_close(&w);
}

/* -- released -- */

static enum err give(struct tx *tx, void *with)
{
    struct together *t = with;
    struct record record = opinion();
    return release_give(tx, &record.head, str_of(t->w->doctor));
}

static enum err bind(struct tx *tx, void *with)
{
    struct together *t = with;
    return person_bind(tx, str_of(t->account), ANNA, true, 0);
}

static enum err load(struct tx *tx, void *with)
{
    struct together *t = with;
    return grant_load(tx, t->w->arena, str_of(t->account), (struct role_set){ROLE_BIT(ROLE_DETAINEE)},
                      &t->guard);
}

TEST(what_is_released_beside_a_final_record_is_seen_by_its_patient_alone)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    struct together t = {.w = &w, .account = w.nurse}; /* any account will do as the patient's */
    struct record record = opinion();
    CHECK_OK(ward_write(&w, bind, &t));
    CHECK_OK(ward_write(&w, load, &t));
    CHECK(!guard_may_see(&t.guard, &record.head));
    CHECK_OK(ward_write(&w, give, &t));
    CHECK_ERR(ward_write(&w, give, &t), ERR_EXISTS);
    CHECK_OK(ward_write(&w, load, &t));
    CHECK(guard_may_see(&t.guard, &record.head));
    record.head.patient = ANNA + 1;
    CHECK(!guard_may_see(&t.guard, &record.head));
    record.head.patient = ANNA;
    record.head.row++;
    CHECK(!guard_may_see(&t.guard, &record.head));
    CHECK_ERR(ward_exec(&w, "DELETE FROM release"), ERR_DENIED);
    ward_close(&w);
}

SWEEP(an_opinion_is_asked_for_signed_and_released)
{
    struct ward w;
    enum err err = ward_open(&w);
    if (err) return err;
    struct together t = {.w = &w, .account = w.specialist};
    err = ward_write(&w, ask, &t);
    if (!err) err = ward_write(&w, list, &t);
    if (!err) err = ward_write(&w, sign, &t);
    if (!err) err = ward_write(&w, give, &t);
    ward_close(&w);
    return err;
}
