/* calendar_feed: one's bookings as an iCalendar by a secret address, for the calendar on one's phone: times, "consultation" or "escort", and
 * for who works on the site the room. No name of a patient, no specialty, no question (rules 3, 5). Filtered by role: one's own seats;
 * who schedules sees all. The store keeps the secret's hash. find and write on a reader or the desk, the rest on the desk. */
#ifndef DESK_CALENDAR_FEED_H
#define DESK_CALENDAR_FEED_H
#include "auth/role.h"
#include "base/buf.h"
#include "desk/schedule.h"

#define CALENDAR_FEED_SECRET_BYTES 32
#define CALENDAR_FEED_TEXT STR_BASE64_BYTES(CALENDAR_FEED_SECRET_BYTES)
#define CALENDAR_FEED_PAST_DAYS 30
#define CALENDAR_FEED_AHEAD_DAYS 180

/* A new address for the account; the one before is no good any more. */
enum err calendar_feed_make(struct tx *tx, struct str account, char ret_secret[CALENDAR_FEED_TEXT]) MUST_USE;
enum err calendar_feed_revoke(struct tx *tx, struct str account) MUST_USE;
/* When the account's address was made; ms 0: it has none. */
enum err calendar_feed_made(struct tx *tx, struct str account, struct instant *ret_at) MUST_USE;
/* Whose it is, in the arena. ERR_NOT_FOUND: nobody's, or the account is disabled. */
enum err calendar_feed_find(struct tx *tx, struct arena *arena, struct str secret, struct str *ret_account,
                            struct role_set *ret_roles) MUST_USE;
/* The calendar of that account. s->practitioner is the account's. */
enum err calendar_feed_write(struct schedule *s, struct role_set roles, const char *zone, bool english,
                             struct buf *to) MUST_USE;

/* The same of one booking alone, as this person (a row) sees it, for a letter. In zh-CN. */
enum err calendar_feed_write_one(struct schedule *s, const struct booking *b, int64_t person,
                                 const char *zone, struct buf *to) MUST_USE;

#endif
