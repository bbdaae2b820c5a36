/* tap: what a source shows and says goes to the codec child, where a film is made of it (media/films), and what comes back goes to the server. Nothing
 * of it is on the packets' way: the kept packets of each stream (media/cache) are read every TAP_TURN_MS by their numbers, in order, behind the
 * asking for what was lost. What is not there TAP_HOLE_MS after what followed it is told as missing, and a key picture is wanted.
 *
 * Of a simulcast source the largest layer is taken, and it is told to send all; another begins with its key picture. What nobody may see or hear (muted,
 * cut off) and what came before the film began or went on is not taken.
 *
 * A child that dies costs what it had not said yet: the next one begins the film's next file. What it says is a stranger's word: parts that are
 * not in order end it. Nothing is allocated once taps stand. Owner: control; one thread. At most TAP_FILMS_MAX; one more is FILM_GONE at once. */
#ifndef MEDIA_TAP_H
#define MEDIA_TAP_H
#include "media/codec_link.h"
#include "media/router.h"

enum { TAP_FILMS_MAX = 64, TAP_TURN_MS = 20, TAP_HOLE_MS = 300, TAP_KEY_MS = 500, TAP_AGAIN_MS = 1000 };

struct taps;
struct taps_settings {
    struct router *router;
    struct codec_link *codec;
    void (*tell)(void *owner, const struct link_msg *m); /* FILM_PART, FILM_DONE, FILM_GONE */
    void *owner;
};
struct taps *taps_new(const struct taps_settings *settings) MUST_USE; /* NULL: memory */
void taps_free(struct taps *t);                                       /* NULL allowed; keys are wiped */
void taps_set(struct taps *t, const struct link_film_set *set, int64_t now_us);
void taps_end(struct taps *t, uint32_t film, int64_t now_us);
/* While there are any: each TAP_TURN_MS. */
void taps_turn(struct taps *t, int64_t now_us);
bool taps_has(const struct taps *t);
bool taps_is_ours(const struct codec_msg *m);
void taps_heard(struct taps *t, const struct codec_msg *m, int64_t now_us); /* of the child */
void taps_moved(struct taps *t, int64_t now_us); /* the child has come or gone; none of before counts */

#endif
