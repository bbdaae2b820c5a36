/* call_quality: how each participant's line was in a consultation, minute by minute, both ways, for who was in it and for who keeps the lines. It is
 * about lines and devices: no picture, no sound, no clinical word. Written behind, by the calls thread's jobs; read on a reader or the desk. */
#ifndef DESK_CALL_QUALITY_H
#define DESK_CALL_QUALITY_H
#include "base/arena.h"
#include "base/json.h"
#include "desk/room.h"
#include "store/store.h"

#define CALL_QUALITY_MINUTES_MAX 1440 /* of one way of one line, told at most: the first ones */

extern const struct migration call_quality_migrations[]; /* 710 - 714 */

/* Adds to what stands of that minute. */
enum err call_quality_add(struct tx *tx, const struct room_line_minute *line) MUST_USE;
/* The minute's grade: lost where it was so for half of it; poor, or fair, where it was that or worse for a quarter. */
enum call_grade call_quality_grade(const struct room_minute *m);
/* The member "lines": for each participant who it is, the share of the time that each grade had, and its minutes. */
enum err call_quality_write(struct tx *tx, struct arena *arena, struct str visit,
                            struct json_out *to) MUST_USE;

#endif
