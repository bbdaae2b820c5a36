#include "scheduler/appt.h"
#include "scheduler/appt_table.h"
#include "scheduler/hold.h"
#include "tests/unit/check.h"

enum { OPH = 1, NEURO, DOCTOR, ROOM, DETAINEE, OTHER_NEURO };
static const struct instant noon = {1000 * DAY_MS + 12 * HOUR_MS};

static struct instant in_min(int64_t minutes)
{
    return instant_add(noon, minutes * MINUTE_MS);
}

static const struct appt_seat five[] = {{{OPH}, 1, 0, 0, APPT_UNASKED, true},
                                        {{NEURO}, 2, 0, 0, APPT_UNASKED, true},
                                        {{DOCTOR}, 3, 0, 0, APPT_NOT_NEEDED, true},
                                        {{ROOM}, 4, 5, 5, APPT_NOT_NEEDED, false},
                                        {{DETAINEE}, 5, 15, 15, APPT_NOT_NEEDED, true}};

static struct appt proposed(void)
{
    struct appt a;
    CHECK_INT(appt_propose((struct appt_id){77}, (struct request_id){5}, TRIAGE_ROUTINE, 3,
                           (struct span){in_min(24 * 60), in_min(24 * 60 + 40)}, five, 5, &a),
              APPT_YES);
    return a;
}

static struct appt_change last;

static enum appt_no go(struct appt *a, struct appt_event e)
{
    e.version = a->version;
    if (!e.now.ms) e.now = noon;
    enum appt_no no = appt_decide(a, &e, &last);
    if (no == APPT_YES) appt_apply(a, &last);
    return no;
}

static int count(enum appt_act act)
{
    int n = 0;
    for (uint8_t i = 0; i < last.action_count; i++)
        n += last.actions[i].act == act;
    return n;
}

static int told(uint64_t who, enum appt_news news)
{
    int n = 0;
    for (uint8_t i = 0; i < last.action_count; i++)
        n += last.actions[i].act == APPT_TELL && last.actions[i].resource.n == who &&
             last.actions[i].news == news;
    return n;
}

static bool invites(uint64_t who)
{
    for (uint8_t i = 0; i < last.action_count; i++)
        if (last.actions[i].act == APPT_INVITE && last.actions[i].resource.n == who) return true;
    return false;
}

static struct appt pending(void)
{
    struct appt a = proposed();
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_HOLD, .until = in_min(10)}), APPT_YES);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ASK, .until = in_min(240)}), APPT_YES);
    return a;
}

static struct appt booked(void)
{
    struct appt a = pending();
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {OPH}}), APPT_YES);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {NEURO}}), APPT_YES);
    CHECK_INT(a.state, APPT_BOOKED);
    return a;
}

TEST(a_booking_goes_from_proposal_to_fulfilment)
{
    struct appt a = proposed();
    struct plan_claim claims[APPT_SEATS_MAX];
    CHECK_INT(appt_claims(&a, claims), 0);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_HOLD, .until = in_min(10)}), APPT_YES);
    CHECK_INT(a.state, APPT_HELD);
    CHECK_INT(last.action_count, 1);
    CHECK_INT(last.actions[0].act, APPT_WAKE);
    CHECK_INT(last.actions[0].due, DUE_HOLD);
    CHECK_INT(appt_claims(&a, claims), 5);
    CHECK_INT(claims[4].span.from.ms, in_min(24 * 60 - 15).ms);
    CHECK_INT(claims[3].span.until.ms, in_min(24 * 60 + 45).ms);
    CHECK_INT(claims[0].expires.ms, in_min(10).ms);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ASK, .until = in_min(240)}), APPT_YES);
    CHECK_INT(a.state, APPT_PENDING);
    CHECK(invites(OPH) && invites(NEURO));
    CHECK_INT(count(APPT_INVITE), 2);
    CHECK_INT(appt_claims(&a, claims), 5);
    CHECK_INT(claims[0].expires.ms, 0);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {NEURO}}), APPT_YES);
    CHECK_INT(a.state, APPT_PENDING);
    CHECK_INT(last.action_count, 0);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {NEURO}}), APPT_NO_SAID);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {ROOM}}), APPT_NO_SEAT);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {99}}), APPT_NO_SEAT);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {OPH}}), APPT_YES);
    CHECK_INT(a.state, APPT_BOOKED);
    CHECK(told(OPH, APPT_NEWS_BOOKED) && told(DETAINEE, APPT_NEWS_BOOKED) && !told(ROOM, APPT_NEWS_BOOKED));
    CHECK_INT(count(APPT_ORDER_ESCORT), 1);
    CHECK_INT(count(APPT_PLAN_REMINDERS), 1);
    CHECK_INT(a.until.ms, 0);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ARRIVE, .now = in_min(11 * 60)}), APPT_NO_EARLY);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_CHECK_IN, .now = in_min(23 * 60)}), APPT_YES);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ARRIVE, .now = in_min(24 * 60)}), APPT_YES);
    CHECK_INT(last.action_count, 0);
    CHECK(!appt_is_forgotten(&a, in_min(25 * 60)) && appt_is_forgotten(&a, in_min(26 * 60)));
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_FULFIL, .now = in_min(25 * 60)}), APPT_YES);
    CHECK_INT(a.state, APPT_FULFILLED);
    CHECK_INT(last.action_count, 1);
    CHECK_INT(last.actions[0].act, APPT_CLOSE_REQUEST);
    CHECK_INT(a.version, 8);
    CHECK_INT(a.sequence, 0);
    CHECK(!appt_is_forgotten(&a, in_min(26 * 60)));
}

TEST(a_hold_that_lapses_gives_its_time_back_and_loses_no_request)
{
    struct appt a = proposed();
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_HOLD, .until = in_min(10)}), APPT_YES);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_EXTEND, .until = in_min(15), .now = in_min(5)}), APPT_YES);
    CHECK_INT(a.extended, 1);
    CHECK_INT(count(APPT_WAKE), 1);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_EXTEND, .until = in_min(14), .now = in_min(5)}),
              APPT_NO_FORM);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_LAPSE, .now = in_min(10)}), APPT_NO_EARLY);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ASK, .until = in_min(99), .now = in_min(15)}), APPT_NO_LATE);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_EXTEND, .until = in_min(99), .now = in_min(15)}),
              APPT_NO_LATE);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_LAPSE, .now = in_min(15)}), APPT_YES);
    CHECK_INT(a.state, APPT_EXPIRED);
    CHECK_INT(count(APPT_FREE), 5);
    CHECK_INT(count(APPT_REQUEUE), 1);
    CHECK_INT(count(APPT_TELL), 0);
}

TEST(who_declines_is_replaced_and_the_others_keep_their_yes)
{
    struct appt a = pending();
    struct appt_seat other[5];
    struct plan_claim claims[APPT_SEATS_MAX];
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {OPH}}), APPT_YES);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_DECLINE, .seat = {NEURO}, .until = in_min(300)}),
              APPT_NO_FORM);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_DECLINE, .seat = {NEURO}, .reason = APPT_ILL,
                                         .until = in_min(300)}),
              APPT_YES);
    CHECK_INT(a.state, APPT_DECLINED);
    CHECK_INT(count(APPT_SEEK_REPAIR), 1);
    CHECK_INT(count(APPT_FREE), 1);
    CHECK_INT(appt_claims(&a, claims), 4);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {NEURO}}), APPT_NO_LATE);
    memcpy(other, five, sizeof five);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_REPAIR, .span = a.span, .seats = other, .seat_count = 5,
                                         .until = in_min(400)}),
              APPT_NO_FORM);
    other[1].resource.n = OTHER_NEURO;
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_REPAIR, .span = a.span, .seats = other, .seat_count = 5,
                                         .until = in_min(400)}),
              APPT_YES);
    CHECK_INT(a.state, APPT_PENDING);
    CHECK_INT(count(APPT_INVITE), 1);
    CHECK(invites(OTHER_NEURO));
    CHECK_INT(appt_seat_of(&a, (struct resource_id){OPH})->answer, APPT_ACCEPTED);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {OTHER_NEURO}}), APPT_YES);
    CHECK_INT(a.state, APPT_BOOKED);
    CHECK_INT(a.id.n, 77);
    CHECK_INT(a.sequence, 1);
}

TEST(who_does_not_answer_in_time_has_declined)
{
    struct appt a = pending();
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_ACCEPT, .seat = {OPH}, .now = in_min(240)}), APPT_NO_LATE);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_LAPSE, .now = in_min(239), .until = in_min(300)}),
              APPT_NO_EARLY);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_LAPSE, .now = in_min(240), .until = in_min(300)}), APPT_YES);
    CHECK_INT(a.state, APPT_DECLINED);
    CHECK_INT(a.reason, APPT_NO_ANSWER);
    CHECK_INT(count(APPT_FREE), 2);
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_LAPSE, .now = in_min(300)}), APPT_YES);
    CHECK_INT(a.state, APPT_EXPIRED);
    CHECK_INT(count(APPT_REQUEUE), 1);
}

TEST(of_two_who_move_one_booking_one_wins_and_the_other_is_told)
{
    struct appt a = booked();
    struct appt_event first = {APPT_DO_MOVE,       .version = a.version,
                               .now = noon,        .seats = five,
                               .seat_count = 5,    .span = {in_min(30 * 60), in_min(30 * 60 + 40)},
                               .until = in_min(99)};
    struct appt_event second = first;
    CHECK_INT(appt_decide(&a, &first, &last), APPT_YES);
    appt_apply(&a, &last);
    CHECK_INT(appt_decide(&a, &second, &last), APPT_NO_STALE);
}

TEST(a_move_keeps_the_identity_and_asks_again_for_the_new_time)
{
    struct appt a = booked();
    struct appt_event move = {APPT_DO_MOVE, .seats = five, .seat_count = 5,
                              .span = {in_min(30 * 60), in_min(30 * 60 + 40)}};
    CHECK_INT(go(&a, move), APPT_NO_FORM); /* by when? */
    move.until = in_min(99);
    CHECK_INT(go(&a, move), APPT_YES);
    CHECK_INT(a.state, APPT_PENDING);
    CHECK_INT(a.id.n, 77);
    CHECK_INT(a.sequence, 1);
    CHECK_INT(a.moved, 1);
    CHECK_INT(count(APPT_FREE), 5);
    CHECK_INT(count(APPT_INVITE), 2);
    CHECK_INT(count(APPT_RECALL_ESCORT), 1);
    CHECK_INT(count(APPT_DROP_REMINDERS), 1);
    CHECK(told(DETAINEE, APPT_NEWS_MOVED) && told(DOCTOR, APPT_NEWS_MOVED));
    CHECK_INT(last.step.before.from.ms, in_min(24 * 60).ms);
    CHECK_INT(last.step.after.from.ms, in_min(30 * 60).ms);
    CHECK_INT(go(&a, move), APPT_NO_FORM); /* it is there already */
    move.span.from = in_min(31 * 60), move.span.until = in_min(32 * 60), move.is_agreed = true;
    CHECK_INT(go(&a, move), APPT_YES);
    CHECK_INT(a.state, APPT_BOOKED);
    move.span.from = in_min(33 * 60), move.span.until = in_min(34 * 60);
    CHECK_INT(go(&a, move), APPT_YES);
    CHECK(told(OPH, APPT_NEWS_MOVED));
    CHECK_INT(count(APPT_RECALL_ESCORT) + count(APPT_ORDER_ESCORT), 2);
    move.seat_count = 4; /* the detainee's seat is given up */
    CHECK_INT(go(&a, move), APPT_YES);
    CHECK(told(DETAINEE, APPT_NEWS_ENDED));
    CHECK_INT(count(APPT_FREE), 1);
    move.span.until = in_min(-60), move.span.from = in_min(-70);
    CHECK_INT(go(&a, move), APPT_NO_LATE);
}

TEST(what_loses_its_place_is_repaired_or_goes_back_to_the_list)
{
    struct appt a = booked();
    struct plan_claim claims[APPT_SEATS_MAX];
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_DISPLACE, .until = in_min(60)}), APPT_NO_FORM);
    CHECK_INT(
        go(&a, (struct appt_event){APPT_DO_DISPLACE, .reason = APPT_EMERGENCY_FIRST, .until = in_min(60)}),
        APPT_YES);
    CHECK_INT(a.state, APPT_DISPLACED);
    CHECK_INT(count(APPT_FREE), 5);
    CHECK_INT(appt_claims(&a, claims), 0);
    CHECK(told(OPH, APPT_NEWS_DISPLACED) && told(DETAINEE, APPT_NEWS_DISPLACED));
    CHECK_INT(count(APPT_SEEK_REPAIR), 1);
    struct appt b = a;
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_LAPSE, .now = in_min(60)}), APPT_YES);
    CHECK_INT(count(APPT_REQUEUE), 1);
    CHECK_INT(go(&b, (struct appt_event){APPT_DO_REPAIR, .seats = five, .seat_count = 5, .is_agreed = true,
                                         .span = {in_min(30 * 60), in_min(30 * 60 + 40)}}),
              APPT_YES);
    CHECK_INT(b.state, APPT_BOOKED);
}

TEST(a_no_show_has_a_side_and_a_reason)
{
    struct appt a = booked();
    struct appt_event e = {APPT_DO_NOSHOW, .now = in_min(25 * 60)};
    CHECK_INT(go(&a, e), APPT_NO_FORM);
    e.side = APPT_CUSTODY, e.reason = APPT_NO_ESCORT, e.now = in_min(23 * 60);
    CHECK_INT(go(&a, e), APPT_NO_EARLY);
    struct appt b = a;
    e.now = in_min(24 * 60);
    CHECK_INT(go(&a, e), APPT_YES);
    CHECK_INT(a.side, APPT_CUSTODY);
    CHECK_INT(count(APPT_REQUEUE), 1);
    CHECK_INT(go(&b, (struct appt_event){APPT_DO_ARRIVE, .now = in_min(24 * 60)}), APPT_YES);
    CHECK_INT(go(&b, e), APPT_NO_FORM);
    e.side = APPT_HOSPITAL, e.reason = APPT_OTHER_DUTY;
    CHECK_INT(go(&b, e), APPT_YES);
}

TEST(a_cancellation_closes_the_request_only_when_the_need_is_gone)
{
    struct appt a = booked(), b = a;
    CHECK_INT(go(&a, (struct appt_event){APPT_DO_CANCEL, .side = APPT_TECHNICAL, .reason = APPT_NETWORK}),
              APPT_YES);
    CHECK_INT(count(APPT_REQUEUE), 1);
    CHECK_INT(count(APPT_FREE), 5);
    CHECK(told(OPH, APPT_NEWS_ENDED));
    CHECK_INT(go(&b, (struct appt_event){APPT_DO_CANCEL, .side = APPT_DETAINEE, .reason = APPT_CARE_REFUSED}),
              APPT_YES);
    CHECK_INT(count(APPT_CLOSE_REQUEST), 1);
    CHECK_INT(count(APPT_REQUEUE), 0);
}

TEST(an_appointment_that_cannot_be_meant_is_not_proposed)
{
    struct appt a;
    struct span span = {in_min(60), in_min(90)}, none = {in_min(60), in_min(60)};
    struct appt_seat twice[] = {five[0], five[0]}, nobody[] = {{{0}}}, early[] = {five[0]};
    early[0].answer = APPT_ACCEPTED;
#define PROPOSE(id, span, seats, count)                                                                      \
    appt_propose((struct appt_id){id}, (struct request_id){0}, TRIAGE_SOON, 1, span, seats, count, &a)
    CHECK_INT(PROPOSE(1, span, five, 5), APPT_YES);
    CHECK_INT(PROPOSE(0, span, five, 5), APPT_NO_FORM);
    CHECK_INT(PROPOSE(1, none, five, 5), APPT_NO_FORM);
    CHECK_INT(PROPOSE(1, span, five, 0), APPT_NO_FORM);
    CHECK_INT(PROPOSE(1, span, five, APPT_SEATS_MAX + 1), APPT_NO_FORM);
    CHECK_INT(PROPOSE(1, span, twice, 2), APPT_NO_FORM);
    CHECK_INT(PROPOSE(1, span, nobody, 1), APPT_NO_FORM);
    CHECK_INT(PROPOSE(1, span, early, 1), APPT_NO_FORM);
#undef PROPOSE
}

TEST(every_refused_pair_of_the_table_is_refused_with_its_reason)
{
    int refused = 0, goes = 0;
    for (int s = 0; s < APPT_STATES; s++)
        for (int v = 0; v < APPT_VERBS; v++) {
            const struct appt_cell *cell = appt_cell((enum appt_state)s, (enum appt_verb)v);
            struct appt a = booked();
            a.state = (enum appt_state)s;
            struct appt_event e = {(enum appt_verb)v, .version = a.version, .now = noon};
            struct appt_change c = {.action_count = 99};
            enum appt_no no = appt_decide(&a, &e, &c);
            if (cell->no) {
                CHECK_INT(no, cell->no);
                CHECK_INT(c.action_count, 99);
                CHECK(!appt_is_over((enum appt_state)s) || cell->no == APPT_NO_OVER);
                refused++;
            } else {
                CHECK(cell->next < APPT_STATES && cell->done < APPT_STATES);
                CHECK(no < APPT_NO_NOT_HELD || no > APPT_NO_STALE); /* not by the table */
                goes++;
            }
        }
    CHECK_INT(refused + goes, APPT_STATES * APPT_VERBS);
    CHECK_INT(goes, 37);
}

TEST(every_word_of_the_table_has_its_text)
{
    for (int i = 0; i < APPT_NOS; i++)
        CHECK(appt_no_text((enum appt_no)i)[0]);
    for (int i = 0; i < APPT_SIDES; i++)
        CHECK(appt_side_text((enum appt_side)i)[0]);
    for (int i = 0; i < APPT_REASONS; i++)
        CHECK(appt_reason_text((enum appt_reason)i)[0]);
    for (int i = 0; i < APPT_VERBS; i++)
        CHECK(appt_verb_text((enum appt_verb)i)[0]);
}

TEST(a_holder_has_only_so_many_holds_and_each_grows_only_so_often)
{
    struct instant until = {0}, longer = {0};
    CHECK_INT(hold_begin(&hold_default, 4, noon, &until), HOLD_MAY);
    CHECK_INT(until.ms, in_min(10).ms);
    CHECK_INT(hold_begin(&hold_default, 5, noon, &until), HOLD_TOO_MANY);
    CHECK_INT(hold_extend(&hold_default, until, 0, in_min(9), &longer), HOLD_MAY);
    CHECK_INT(longer.ms, in_min(19).ms);
    CHECK_INT(hold_extend(&hold_default, longer, 1, in_min(10), &until), HOLD_LONG_ENOUGH);
    CHECK_INT(hold_extend(&hold_default, longer, 0, in_min(19), &until), HOLD_OVER);
    CHECK_INT(hold_extend(&hold_default, in_min(60), 0, in_min(1), &until), HOLD_MAY);
    CHECK_INT(until.ms, in_min(60).ms);
    CHECK(hold_is_live(in_min(1), noon) && !hold_is_live(noon, noon));
    CHECK(hold_bar_text(HOLD_OVER)[0]);
}
