/* room_chat: the chat of a consultation's room, kept with it: each line a Communication that names the visit, in the record before it is told.
 * A specialist reads it by the grant alone: a line is attached to the grants of all who are let into the visit but those whom a private talk
 * keeps it from. keep on the desk; read on a reader or the desk. Texts live in the arena. */
#ifndef DESK_ROOM_CHAT_H
#define DESK_ROOM_CHAT_H
#include "base/arena.h"
#include "desk/room.h"
#include "records/record.h"
#include "store/store.h"

#define ROOM_CHAT_SYSTEM "urn:yunqiao:communication"
#define ROOM_CHAT_CODE "chat"
#define ROOM_CHAT_LINES 200 /* told at a time, the newest */

struct room_chat_kept {
    const char *code; /* NULL: kept; otherwise why not: "visit_over", "not_allowed" */
    const char *id;   /* of the Communication */
    struct instant at;
    int64_t patient; /* for the trail: whose, and which versions */
    const char *detail;
};
enum err room_chat_keep(struct tx *tx, struct records *records, struct arena *arena,
                        const struct room_line *line, struct str text, struct room_chat_kept *ret) MUST_USE;

struct room_chat {
    const char *visit;    /* NULL: the room is nobody's consultation */
    struct str lines;     /* a JSON array, oldest first, of what this reader may read */
    int64_t patient;      /* 0: nothing was read */
    const char *versions; /* "1,2,3" */
};
enum err room_chat_read(struct tx *tx, struct records *records, struct arena *arena, struct str account,
                        struct role_set roles, struct str room, struct room_chat *ret) MUST_USE;

#endif
