/* due: what must be looked at when: holds that expire, answers that are late, offers, reminders. A bounded heap,
 * earliest first. Entries are answered by id and version, so nothing is ever taken out early: whoever gets a
 * stale one finds that the appointment has moved on, and drops it. One thread. */
#ifndef SCHEDULER_DUE_H
#define SCHEDULER_DUE_H
#include "base/clock.h"
#include "base/err.h"
#include <stdbool.h>

enum due_kind { DUE_HOLD, DUE_ANSWER, DUE_REPAIR, DUE_OFFER, DUE_REMINDER };

struct due_entry {
    struct instant at;
    enum due_kind kind;
    uint32_t version;
    uint64_t id;
};

struct due;
struct due *due_new(uint32_t entries_max) MUST_USE;
void due_free(struct due *d);
enum err due_add(struct due *d, const struct due_entry *e) MUST_USE; /* ERR_LIMIT, ERR_NOMEM */
/* Takes out the earliest entry when its time has come; equal times come in the order of kind, id and version. */
bool due_take(struct due *d, struct instant now, struct due_entry *ret_entry);
bool due_next(const struct due *d, struct instant *ret_at); /* false: nothing waits */
uint32_t due_count(const struct due *d);

#endif
