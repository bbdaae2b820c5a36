/* mixes: the legs of participants whose way carries little, as the codec child makes them: one mixed sound (media/mixer) and one composed
 * picture (media/compose) each, by the clock. Sounds belong to a room, and only those of his room does a listener hear; pictures are
 * chosen by leg, out of the streams that are decoded beside it (media/codec).
 *
 * Owner: the codec child; one thread. Maxima: MIXES_ROOMS_MAX, MIXES_LEGS_MAX; one that is beyond them is not made. What it says goes
 * through one function, as media/codec's does. */
#ifndef MEDIA_MIXES_H
#define MEDIA_MIXES_H
#include "media/leg_msg.h"
#include "media/picture.h"

enum { MIXES_ROOMS_MAX = 8, MIXES_LEGS_MAX = 16, MIXES_TICK_US = 20000 };

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
enum err mixes_leg(struct mixes *m, const struct codec_msg *msg) MUST_USE; /* ERR_BAD_INPUT */
void mixes_key(struct mixes *m, uint32_t leg);
bool mixes_close(struct mixes *m, uint32_t id); /* a sound or a leg; false: neither */
bool mixes_has(const struct mixes *m);
/* Makes what is due; ret_due_us: when it is to be called next, INT64_MAX: not by itself. The port's error. */
enum err mixes_turn(struct mixes *m, int64_t now_us, int64_t *ret_due_us) MUST_USE;

#endif
