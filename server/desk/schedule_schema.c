#include "desk/schedule.h"

static const char due_sql[] =
    "CREATE TABLE booking_due (" /* bookings that are to be looked at again */
    " appointment INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " holder INTEGER," /* of a hold that runs; NULL: it is none */
    " holder_account TEXT"
    ") STRICT;"
    "CREATE INDEX booking_due_by_at ON booking_due (at);"
    "CREATE INDEX booking_due_by_holder ON booking_due (holder) WHERE holder IS NOT NULL;";

static const char message_sql[] =
    "CREATE TABLE reminder_mark ("
    " appointment INTEGER NOT NULL, person INTEGER NOT NULL, rule INTEGER NOT NULL, start INTEGER NOT NULL,"
    " is_sent INTEGER NOT NULL CHECK (is_sent IN (0, 1)), made INTEGER NOT NULL,"
    " PRIMARY KEY (appointment, person, rule, start)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE message (" /* to people, of bookings: no name and no clinical word stands here */
    " number INTEGER PRIMARY KEY,"
    " made INTEGER NOT NULL,"
    " person INTEGER NOT NULL," /* a Practitioner's or Patient's row */
    " appointment INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " start INTEGER NOT NULL, until INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL,"
    " rule INTEGER NOT NULL," /* of a reminder: minutes before; else 0 */
    " read INTEGER"
    ") STRICT;"
    "CREATE INDEX message_by_person ON message (person, number);"
    "CREATE UNIQUE INDEX message_reminds_once ON message (appointment, person, rule, start)"
    " WHERE kind = 'reminder';";

static const char feed_sql[] = "CREATE TABLE calendar_feed ("
                               " account TEXT PRIMARY KEY REFERENCES account (id),"
                               " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
                               " made INTEGER NOT NULL"
                               ") STRICT, WITHOUT ROWID;";

/* What of the messages goes out of the house (desk/outbox). */
static const char post_sql[] =
    "CREATE TABLE post ("
    " number INTEGER PRIMARY KEY,"
    " message INTEGER NOT NULL REFERENCES message (number),"
    " way TEXT NOT NULL CHECK (way IN ('mail', 'sms')),"
    " state TEXT NOT NULL CHECK"
    " (state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'late', 'dropped')),"
    " token TEXT NOT NULL UNIQUE," /* the same at every try: Message-ID, idempotency key */
    " tries INTEGER NOT NULL DEFAULT 0,"
    " next INTEGER," /* when to try */
    " why TEXT NOT NULL DEFAULT '', code INTEGER NOT NULL DEFAULT 0,"
    " made INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " UNIQUE (message, way)"
    ") STRICT;"
    "CREATE INDEX post_by_state ON post (state, next);"
    "CREATE TABLE post_cursor (" /* the last message that was looked at */
    " one INTEGER PRIMARY KEY CHECK (one = 1), message INTEGER NOT NULL) STRICT;";

/* A specialist at once (desk/ring). */
static const char ring_sql[] =
    "CREATE TABLE ring ("
    " number INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " account TEXT NOT NULL REFERENCES account (id)," /* who rings */
    " need TEXT NOT NULL,"
    " practitioner INTEGER NOT NULL, patient INTEGER NOT NULL, request INTEGER NOT NULL,"
    " minutes INTEGER NOT NULL,"
    " made INTEGER NOT NULL, rung_at INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, rung INTEGER NOT NULL," /* rung: ticks of the process that epoch names */
    " state TEXT NOT NULL CHECK (state IN ('ringing', 'answered', 'nobody', 'cancelled')),"
    " at INTEGER NOT NULL, round INTEGER NOT NULL,"
    " answered INTEGER NOT NULL, appointment INTEGER NOT NULL, displaced INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX ring_by_state ON ring (state);"
    "CREATE TABLE ring_person ("
    " ring INTEGER NOT NULL REFERENCES ring (number), place INTEGER NOT NULL,"
    " person INTEGER NOT NULL, declined INTEGER NOT NULL, rung INTEGER,"
    " PRIMARY KEY (ring, place)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ring_person_by_person ON ring_person (person, rung);"
    "CREATE TABLE booking_room (" /* the video room of a booking (desk/schedule_room) */
    " appointment INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE) STRICT;";

static const char
    door_sql[] = /* when who comes from outside may go in (scheduler/door); NULL: made before this was kept */
    "ALTER TABLE booking_room ADD COLUMN opens INTEGER;"
    "ALTER TABLE booking_room ADD COLUMN closes INTEGER;";

const struct migration schedule_migrations[] = {
    {342, "bookings that are to be looked at again", due_sql},
    {343, "messages to people, reminders once", message_sql},
    {344, "calendar feeds by secret address", feed_sql},
    {345, "messages that go out of the house", post_sql},
    {346, "specialists rung at once, and rooms of bookings", ring_sql},
    {347, "when a booking's room may be entered", door_sql},
    {0, NULL, NULL},
};
