/* outbox_own: what the files outbox_*.c share: a post that is due, with its message. */
#ifndef DESK_OUTBOX_OWN_H
#define DESK_OUTBOX_OWN_H
#include "desk/outbox.h"

struct outbox_due {
    int64_t number, person, appointment,
        ring;               /* rows; of a ring's message appointment is 0, of a booking's ring is */
    int64_t rule, sequence; /* of a ring: rule is its round */
    enum parcel_way way;
    struct str token, kind; /* in the arena */
    struct instant start, end, made;
    int64_t tries;
};
/* What is carried, in both languages (outbox_say.c). b: NULL of a ring. */
enum err outbox_parcel(struct schedule *s, const struct outbox_due *d, const struct booking *b,
                       const struct outbox_way *how, const char *address, const char *site_zone,
                       struct parcel *ret) MUST_USE;

#endif
