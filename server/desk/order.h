/* order: prescribing and giving (rules 36, 37). A doctor on site prescribes, which makes a draft; a pharmacist's check makes it active;
 * doses are recorded against active ones only. Each prescription is checked against allergies and orders in force, in the transaction
 * that makes it.
 *
 *   (prescribe) -> draft -> approve -> active <-> on-hold        draft, active, on-hold -> stop -> cancelled, stopped
 *
 *
 * A dose of a controlled drug is recorded by one person and signed by another (workflow, step 13): in-progress -> completed.
 *
 * who sees what: the asker's reader decides whether patient and order are there; the check itself reads all of the patient's allergies and
 * orders, also those that the asker may not see: an alert names them, for the patient's sake. look functions on a reader or the desk, the
 * rest on the desk. */
#ifndef DESK_ORDER_H
#define DESK_ORDER_H
#include "auth/role.h"
#include "desk/chart.h"
#include "desk/order_check.h"
#include "records/record.h"

struct order_by { /* who acts */
    struct str account, display;
    struct role_set roles;
    enum role acting;
};

/* ERR_NOT_FOUND: no such patient, or not to be seen. */
enum err order_look(struct tx *tx, struct record_reader *who, struct str patient, struct str drug,
                    struct order_verdict *ret) MUST_USE;

/* For record_reader.judge: orders and doses that came by /fhir (order_judge.c says what may). */
enum err order_judge(struct tx *tx, struct record_reader *who, const struct record_head *old,
                     const struct record *written, struct record_fault *fault) MUST_USE;

struct order_start {
    struct str patient, encounter, drug; /* encounter at NULL: none */
    struct str dose;                     /* a decimal, as written */
    struct str words, override;          /* may be empty */
    int64_t per_day, days;               /* days 0: goes on; per_day 0: as needed */
};
enum order_refusal {
    ORDER_DONE,
    ORDER_NOT_DOCTOR,  /* rule 36: prescribing is the doctor's */
    ORDER_ALERTED,     /* rule 37: an alert, or no check, and no reason to go on */
    ORDER_CONTROLLED,  /* rule 36: not from a consultation by video */
    ORDER_NO_DRUG,     /* not in the formulary */
    ORDER_NO_CHECKER,  /* rule 36: the pharmacist checks; where the site has none, a second doctor */
    ORDER_WRONG_STATE, /* the order stands otherwise */
    ORDER_SAME_PERSON  /* a controlled drug takes two */
};
/* ret_verdict is filled for ORDER_ALERTED and ORDER_DONE. With a refusal nothing is written. ERR_NOT_FOUND: patient or encounter. */
enum err order_prescribe(struct tx *tx, struct record_reader *who, const struct order_by *by,
                         const struct order_start *start, enum order_refusal *ret_refusal,
                         struct order_verdict *ret_verdict, struct record_head *ret_head) MUST_USE;

enum order_act { ORDER_APPROVE, ORDER_HOLD, ORDER_RESUME, ORDER_STOP };
enum err order_change(struct tx *tx, struct record_reader *who, const struct order_by *by, struct str id,
                      enum order_act act, struct str reason, enum order_refusal *ret_refusal,
                      struct record_head *ret_head) MUST_USE;

bool order_outcome_is(struct str outcome); /* "given", "refused", "held", "missed", "absent" */
enum err order_dose(struct tx *tx, struct record_reader *who, const struct order_by *by, struct str id,
                    struct str outcome, struct str reason, enum order_refusal *ret_refusal,
                    struct record_head *ret_head) MUST_USE;
/* Written by the server of a patient who was out of the house at that round: not done, absent, and why, a code of custody's. The id is the
 * caller's. */
enum err order_dose_absent(struct tx *tx, struct record_reader *all, const struct chart_item *order,
                           struct str id, struct instant at, const char *why) MUST_USE;
/* The second of two signs for a controlled drug that was given: until then the dose is in-progress, and nobody counts it as given. */
enum err order_witness(struct tx *tx, struct record_reader *who, const struct order_by *by, struct str id,
                       enum order_refusal *ret_refusal, struct record_head *ret_head) MUST_USE;

#endif
