/* films: the recordings that a codec child makes (media/recorder), each under its number, as the worker's messages say (codec_msg FILM…). What is
 * sealed of them goes back piece by piece; keys never do. Instants come shortened to 32 bits and are made whole by the monotonic clock, which both
 * processes share, and what the worker adds to it: so its clock alone is the film's.
 *
 * Owner: the codec child; one thread. Maxima: FILMS_MAX; one beyond is answered FILM_GONE at once. */
#ifndef MEDIA_FILMS_H
#define MEDIA_FILMS_H
#include "media/codec_msg.h"

enum { FILMS_MAX = 64, FILMS_TURN_US = 100000 };

struct films_port {
    void *ctx;
    enum err (*say)(void *ctx, const struct codec_msg *m);
    int64_t (*now_us)(void *ctx); /* monotonic */
};
struct films;
struct films *films_new(const struct films_port *port) MUST_USE; /* NULL: memory */
void films_free(struct films *f);                                /* NULL allowed; ends nothing */
bool films_is_ours(const struct codec_msg *m);
/* The port's error, else OK. */
enum err films_take(struct films *f, const struct codec_msg *m) MUST_USE;
/* Writes what is due; ret_due_us: when it is to be called next, INT64_MAX: not by itself. */
enum err films_turn(struct films *f, int64_t now_us, int64_t *ret_due_us) MUST_USE;
unsigned films_count(const struct films *f);

#endif
