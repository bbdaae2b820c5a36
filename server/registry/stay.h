/* stay: what a person's events add up to: when the person came, in which cell when, when and how the person left. It is a fold over the set of
 * events, in the order of event_order and of nothing else: events that come twice, late or in any order add up to the same (rule 39). Pure;
 * any thread. Texts are the events'.
 *
 *   event             no stay        open                 ended                 cancelled
 *   admit             open           the place            open, the next one    open, the next one
 *   transfer          open, implied  the place            –                     –
 *   pending           –              is announced         –                     –
 *   discharge         –              ended                –                     –
 *   update            –              –                    –                     –
 *   cancel-admit      –              cancelled            cancelled             –
 *   cancel-transfer   takes back the last transfer before it that was not taken back yet: as if it had never come
 *   cancel-discharge  the same of the last discharge
 *
 * An implied stay is one whose admission has not come (yet). */
#ifndef REGISTRY_STAY_H
#define REGISTRY_STAY_H
#include "registry/event.h"

struct stay_period {
    enum event_where where;
    struct str block, cell, bed;
    struct instant start, end;
    bool is_open;
};
enum stay_state { STAY_OPEN, STAY_ENDED, STAY_CANCELLED };
struct stay {
    struct str id;
    unsigned ordinal; /* of the stays of one id, from 0 */
    enum stay_state state;
    bool is_implied, is_announced; /* announced: the release is pending */
    struct instant start, end;     /* end: unless it is open */
    enum event_end how;
    struct stay_period *periods; /* one after the other, without a gap */
    size_t period_count;
};
struct stays {
    struct stay *stays; /* by start */
    size_t count;
    size_t idle; /* events that change nothing where they stand (–) */
};
/* `events` are those of one stay id, in any order; what is there twice (by control) counts once. ERR_NOMEM. */
enum err stays_fold(struct arena *arena, const struct event *events, size_t n, struct stays *ret) MUST_USE;

/* Who the person is by what was written down last: each value by itself; what a message does not say it does not take away. */
struct person_said {
    struct str national, family, given;
    struct date birth;
    bool has_birth;
    enum event_sex sex;
};
void person_fold(const struct event *events, size_t n, struct person_said *ret);

#endif
