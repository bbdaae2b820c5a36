/* room_frame_own: what room_frame.c (who is here and what is sent) and room_frame_look.c (what is looked at together) read frames with.
 * Nobody else includes it. */
#ifndef DESK_ROOM_FRAME_OWN_H
#define DESK_ROOM_FRAME_OWN_H
#include "desk/room_frame.h"
#include "desk/room_token.h"

/* Fields: absent is well where it may be, another type never. */
bool room_get_u32(const struct json *v, const char *key, uint32_t *ret);
bool room_get_bool(const struct json *v, const char *key, bool *ret);
bool room_get_text(const struct json *v, const char *key, size_t bytes_max, struct str *ret);

bool room_read_view(const struct json *v, struct room_frame *f);
bool room_read_point(const struct json *v, struct room_frame *f);
bool room_read_draw(const struct json *v, struct room_frame *f);
bool room_read_erase(const struct json *v, struct room_frame *f);
bool room_read_chat(const struct json *v, struct room_frame *f);
bool room_read_ptz(const struct json *v, struct room_frame *f);
bool room_read_steer(const struct json *v, struct room_frame *f);
bool room_read_move(const struct json *v, struct room_frame *f);
bool room_read_light(const struct json *v, struct room_frame *f);
bool room_read_still(const struct json *v, struct room_frame *f);

#endif
