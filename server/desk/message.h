/* message: what people are told of bookings: invited, booked, moved, ended, displaced, declined, reminder. Kinds, times and an appointment's
 * id, no name and no clinical word (rule 6 of reminders). Written by schedule in the booking's own transaction; read here. On a reader,
 * but for message_read. */
#ifndef DESK_MESSAGE_H
#define DESK_MESSAGE_H
#include "base/json.h"
#include "store/store.h"

#define MESSAGE_PAGE 50

/* "messages": [{number, made, kind, start, end, minutes, read, booking}] into an open object: the newest of this person (a row). */
enum err message_write(struct tx *tx, int64_t person, struct json_out *to) MUST_USE;
/* Those up to this number have been read. */
enum err message_read(struct tx *tx, int64_t person, int64_t number) MUST_USE;

#endif
