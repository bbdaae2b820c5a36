/* still: single pictures of a track, for a way that carries none of its layers (decision 0093): a whole key frame of the lowest layer, at
 * the pace that sound leaves; then the next is asked for. Each stands for itself, so that nothing between them is missed.
 *
 *   WAITS   for a key frame newer than the last, whole; the source is asked for one
 *   GOES    packet by packet, as many bits a second as allocate gives; what is lost of it is sent again when asked for
 *
 * Its time on the subscriber's clock is when it will have arrived, and not when it was taken: sound that waited for pictures' lips would
 * wait for seconds. Packets are held by references of its own, as they leave more slowly than the cache forgets.
 *
 * Owner: its down; one thread. Made when first needed, and gone with what it is held for. */
#ifndef MEDIA_STILL_H
#define MEDIA_STILL_H
#include <stdbool.h>
#include <stdint.h>

struct down;
struct packet;

enum {
    STILL_PACKETS_MAX = 64, /* a key frame of more is not sent this way */
    STILL_EVERY_MS = 1000,  /* not more often */
    STILL_LEAST_BPS = 8000  /* below that a picture takes longer than it is worth */
};

struct still;
void still_free(struct still *s); /* NULL allowed */
/* So many bits a second may go as stills from now on; 0: none. */
void still_allow(struct down *d, uint32_t bps, int64_t now_us);
/* Sends what is due. */
void still_turn(struct down *d, int64_t now_us);
static inline bool still_is_allowed(uint32_t bps)
{
    return bps >= STILL_LEAST_BPS;
}
/* Some of a picture has gone, and not all: nothing may come between under its SSRC, as a receiver takes what has numbers in a row for one
 * picture. */
bool still_is_open(const struct still *s); /* NULL: false */
/* The packet of the still under way or the last one that went from the source's number; NULL: it has none such. */
const struct packet *still_find(const struct still *s, uint8_t epoch, uint16_t in);

#endif
