#include "media/leg_msg.h"
#include "media/bytes.h"

size_t leg_msg_write(const struct leg_msg *l, uint8_t ret_body[LEG_MSG_BYTES_MAX])
{
    ASSERT(l->count <= COMPOSE_PICTURES_MAX);
    bytes_put32(ret_body, l->room);
    bytes_put32(ret_body + 4, l->person);
    bytes_put32(ret_body + 8, l->sound_bps);
    bytes_put32(ret_body + 12, l->picture_bps);
    bytes_put16(ret_body + 16, l->width);
    bytes_put16(ret_body + 18, l->height);
    ret_body[20] = l->lane;
    ret_body[21] = l->lost;
    ret_body[22] = l->a_second;
    ret_body[23] = l->count;
    memset(ret_body + 24, 0, 4);
    for (unsigned i = 0; i < l->count; i++)
        bytes_put32(ret_body + LEG_MSG_BYTES + 4 * i, l->streams[i]);
    return LEG_MSG_BYTES + 4u * l->count;
}

static bool is_picture_fit(const struct leg_msg *l)
{
    bool is_even = l->width % 2 == 0 && l->height % 2 == 0;
    bool is_sized =
        l->width >= 16 && l->height >= 16 && l->width <= COMPOSE_SIDE_MAX && l->height <= COMPOSE_SIDE_MAX;
    return is_even && is_sized && l->a_second >= 1 && l->a_second <= LEG_MSG_A_SECOND_MAX;
}

enum err leg_msg_read(const uint8_t *body, size_t bytes, struct leg_msg *ret)
{
    if (bytes < LEG_MSG_BYTES) return ERR_BAD_INPUT;
    struct leg_msg l = {.room = bytes_get32(body),
                        .person = bytes_get32(body + 4),
                        .sound_bps = bytes_get32(body + 8),
                        .picture_bps = bytes_get32(body + 12),
                        .width = bytes_get16(body + 16),
                        .height = bytes_get16(body + 18),
                        .lane = body[20],
                        .lost = body[21],
                        .a_second = body[22],
                        .count = body[23]};
    if (l.count > COMPOSE_PICTURES_MAX || bytes != LEG_MSG_BYTES + 4u * l.count) return ERR_BAD_INPUT;
    if (l.room == 0 || l.sound_bps == 0 || l.lane >= CODEC_LANES_MAX || l.lost > 100) return ERR_BAD_INPUT;
    if (l.picture_bps && !is_picture_fit(&l)) return ERR_BAD_INPUT;
    for (unsigned i = 0; i < l.count; i++)
        l.streams[i] = bytes_get32(body + LEG_MSG_BYTES + 4 * i);
    *ret = l;
    return OK;
}
