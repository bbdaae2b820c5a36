/* montage: what was recorded of one consultation, file by file (media/recorder), as one film: the examination's picture large and the people beside it
 * (media/compose), their voices mixed (media/mixer), the visit's id and the wall clock burnt in below, and nobody's name. Sealed as the files are, under a key out of
 * the same recording's.
 *
 * It is made after the call, by the files' own instants and no clock: as fast as it goes. A source whose last picture is MONTAGE_STALE_MS old is not shown. At most
 * COMPOSE_PICTURES_MAX are shown at once, devices before people, then in the order of the files. Which have a picture that is not shown, for want of a place or
 * because it does not decode, stands below by their numbers, from 1 in the order of the files: "not shown: 3 5".
 *
 * In the codec child's program alone (codec_main); one thread. What is read was made of strangers' bytes. */
#ifndef MEDIA_MONTAGE_H
#define MEDIA_MONTAGE_H
#include "link/montage.h"

enum { MONTAGE_WIDTH = 1280, MONTAGE_HEIGHT = 720, MONTAGE_PICTURE_MS = 60, MONTAGE_STALE_MS = 3000 };

struct montage_port {
    void *ctx;
    enum err (*put)(void *ctx, const void *at, size_t bytes); /* of the sealed file */
    enum err (*told)(void *ctx, unsigned percent);            /* when it has become more */
};
/* fds: of the files, in the order's order; they stay the caller's. ERR_BAD_INPUT, ERR_CORRUPT: a file is not what it should be; ERR_NOT_FOUND: in none of
 * them is anything; ERR_LIMIT: longer than a film may be; ERR_NOMEM; the port's. */
enum err montage_make(const struct montage_order *order, const int *fds, const struct montage_port *port,
                      struct digest_value *ret_chain, int64_t *ret_bytes) MUST_USE;

#endif
