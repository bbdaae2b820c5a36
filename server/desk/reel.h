/* reel: the thread that puts recordings to the disk: sealed parts are appended to DIR/recordings/NAME as they come, a file's row is in the store before
 * its first byte, and what was written is durable a second later (fdatasync). It has no key and reads nothing. A file whose parts do not follow one
 * another, or that the disk does not take, is let go as after a kill: what stands in it can be read. Which film that was is told (reel_lost).
 *
 * Made before calls and freed after; reel_take is for the calls thread, the rest for whoever made it. At most REEL_MAIL_MAX parts wait. */
#ifndef DESK_REEL_H
#define DESK_REEL_H
#include "desk/room.h"
#include "store/store.h"

enum { REEL_MAIL_MAX = 4096, REEL_FILES_MAX = ROOM_FILMS_MAX, REEL_SYNC_MS = 1000 };

struct reel;
/* dir is made when absent; recordings that were under way have ended. */
enum err reel_new(struct store *store, const char *dir, struct reel **ret) MUST_USE;
/* Writes what waits, before the store is closed; what is taken after that is dropped. NULL allowed. */
void reel_stop(struct reel *r);
void reel_free(struct reel *r); /* NULL allowed */
void reel_take(struct reel *r, const struct room_film_said *said);
/* A film of which something was lost since it was asked last, so that its file ends there: another film is to be begun. 0: none. Any thread. */
uint32_t reel_lost(struct reel *r);

#endif
