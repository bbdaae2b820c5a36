/* override: time for an emergency, and what it displaces. First without displacing anything, if that meets the
 * target; else the earliest time that can be had at all, and for that time the people and things whose taking
 * displaces least. What may be displaced, by what stands in the way:
 *
 *   booking      by its own triage: routine, soon and urgent yields, another emergency never
 *   meal, count  yields
 *   interrogation yields: custody cannot delay an emergency (MR 27)
 *   lawyer, court yield only by the duty command's written order, given for just that one
 *   leave, under way  never
 *
 * The answer names every claim that must go, so that each is told and repaired. Pure; the workspace is joint's. */
#ifndef SCHEDULER_OVERRIDE_H
#define SCHEDULER_OVERRIDE_H
#include "scheduler/triage.h"

#define OVERRIDE_DISPLACED_MAX 64

enum override_kind {
    OVERRIDE_BOOKING,
    OVERRIDE_MEAL,
    OVERRIDE_COUNT,
    OVERRIDE_INTERROGATION,
    OVERRIDE_LAWYER,
    OVERRIDE_COURT,
    OVERRIDE_FIXED, /* leave, or a consultation that is under way */
    OVERRIDE_KINDS
};
struct override_claim {
    uint16_t resource; /* of the ask */
    struct span span;
    enum override_kind kind;
    enum triage triage; /* of a booking */
    bool has_order;     /* court and lawyer: the duty command's written order stands for this one */
    uint64_t id;        /* the appointment, or the caller's word for the fact */
};
enum override_way {
    OVERRIDE_NOTHING_DISPLACED,
    OVERRIDE_DISPLACES,
    OVERRIDE_NEEDS_ORDER, /* what is shown displaces court or lawyer: it holds once the order is there */
    OVERRIDE_IMPOSSIBLE
};
struct override_answer {
    enum override_way way;
    struct joint_proposal proposal;
    uint16_t displaced_count;
    uint16_t displaced[OVERRIDE_DISPLACED_MAX]; /* places in claims; claims of one id are all there */
};

/* has_order: the written order stands. */
bool override_may(enum override_kind kind, enum triage triage, bool has_order);
/* The ask's bitmaps are the hours of each resource, without any of the claims. Window, duration, now and target
 * are the emergency's. ERR_LIMIT: more would be displaced than can be named. */
enum err override_find(struct joint *j, const struct joint_ask *ask, const struct override_claim *claims,
                       uint32_t claim_count, struct override_answer *ret_answer) MUST_USE;

#endif
