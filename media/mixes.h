/* mixes: the legs of participants whose way carries little, as the codec child makes them: one mixed sound (media/mixer) and one composed
 * picture (media/compose) each, by the clock. Sounds belong to a room, and only those of his room does a listener hear; pictures are
 * chosen by leg, out of the streams that are decoded beside it (media/codec).
 *
 *   a leg's body (codec_msg LEG), in network order; said again, it is changed:
 *   | room 4 | person 4 | sound_bps 4 | picture_bps 4 | width 2 | height 2 | lane 1 | lost 1 | a_second 1 | count 1 | count × stream 4 |
 *
 *   lost: percent of what goes to him; picture_bps 0: no picture; a_second: pictures.
 *
 * Owner: the codec child; one thread. Maxima: MIXES_ROOMS_MAX, MIXES_LEGS_MAX; one that is beyond them is not made. What it says goes
 * through one function, as media/codec's does. */
#ifndef MEDIA_MIXES_H
#define MEDIA_MIXES_H
#include "media/codec_msg.h"
#include "media/compose.h"

enum {
    MIXES_ROOMS_MAX = 8,
    MIXES_LEGS_MAX = 16,
    MIXES_LEG_BYTES = 28,
    MIXES_TICK_US = 20000,
    MIXES_A_SECOND_MAX = 30
};

struct mixes_leg {
    uint32_t room, person, sound_bps, picture_bps;
    uint16_t width, height;
    uint8_t lane, lost, a_second, count;
    uint32_t streams[COMPOSE_PICTURES_MAX];
};
enum { MIXES_LEG_BYTES_MAX = MIXES_LEG_BYTES + 4 * COMPOSE_PICTURES_MAX };
size_t mixes_leg_write(const struct mixes_leg *l, uint8_t ret_body[MIXES_LEG_BYTES_MAX]);
enum err mixes_leg_read(const uint8_t *body, size_t bytes,
                        struct mixes_leg *ret) MUST_USE; /* ERR_BAD_INPUT */

struct mixes_port {
    void *ctx;
    enum err (*say)(void *ctx, const struct codec_msg *m);
    bool (*picture)(void *ctx, uint32_t stream, struct picture *ret); /* the newest; false: there is none */
};
struct mixes;
struct mixes *mixes_new(const struct mixes_port *port) MUST_USE; /* NULL: memory */
void mixes_free(struct mixes *m);                                /* NULL allowed */
/* OPEN of a sound; one whose number is taken is passed over. */
void mixes_open(struct mixes *m, const struct codec_msg *open);
/* False: no such sound. */
bool mixes_packet(struct mixes *m, const struct codec_msg *packet);
enum err mixes_leg(struct mixes *m, const struct codec_msg *leg) MUST_USE; /* ERR_BAD_INPUT */
void mixes_key(struct mixes *m, uint32_t leg);
bool mixes_close(struct mixes *m, uint32_t id); /* a sound or a leg; false: neither */
bool mixes_has(const struct mixes *m);
/* Makes what is due; ret_due_us: when it is to be called next, INT64_MAX: not by itself. The port's error. */
enum err mixes_turn(struct mixes *m, int64_t now_us, int64_t *ret_due_us) MUST_USE;

#endif
