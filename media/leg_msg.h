/* leg_msg: what a leg is, as the worker says it to its codec child (media/codec_msg LEG): one mixed sound and one composed picture for one
 * participant. Said again, it is changed. In network order:
 *
 *   | room 4 | person 4 | sound_bps 4 | picture_bps 4 | width 2 | height 2 | lane 1 | lost 1 | a_second 1 | count 1 | 0 4 | count × stream 4 |
 *
 *   person: whom he does not hear; lost: percent of what goes to him; picture_bps 0: no picture; a_second: pictures; streams: what the picture is
 *   put together of, the first of them large. Pure; any thread. */
#ifndef MEDIA_LEG_MSG_H
#define MEDIA_LEG_MSG_H
#include "media/codec_msg.h"
#include "media/compose.h"

enum {
    LEG_MSG_BYTES = 28,
    LEG_MSG_BYTES_MAX = LEG_MSG_BYTES + 4 * COMPOSE_PICTURES_MAX,
    LEG_MSG_A_SECOND_MAX = 30
};
struct leg_msg {
    uint32_t room, person, sound_bps, picture_bps;
    uint16_t width, height;
    uint8_t lane, lost, a_second, count;
    uint32_t streams[COMPOSE_PICTURES_MAX];
};
size_t leg_msg_write(const struct leg_msg *l, uint8_t ret_body[LEG_MSG_BYTES_MAX]);
enum err leg_msg_read(const uint8_t *body, size_t bytes, struct leg_msg *ret) MUST_USE; /* ERR_BAD_INPUT */

#endif
