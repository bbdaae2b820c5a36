/* film: a known picture that moves, encoded by the libraries themselves and cut into RTP payloads as clients cut it; and a PNG read back.
 *
 * Six fields of known colours over grey noise of low contrast; in the left upper corner the number of the frame in eight squares, black or
 * white. */
#ifndef TESTS_UNIT_CODEC_FILM_H
#define TESTS_UNIT_CODEC_FILM_H
#include "media/frame.h"

enum { FILM_PAYLOADS_MAX = 4096, FILM_PAYLOAD_BYTES = 1100, FILM_FIELDS = 6 };

struct film_payload {
    uint32_t stamp;
    bool is_marked, is_key;
    uint16_t bytes;
    uint8_t at[FILM_PAYLOAD_BYTES + 16];
};
struct film {
    unsigned width, height, count;
    struct film_payload payloads[FILM_PAYLOADS_MAX];
};
/* So many pictures, the first a key picture; spatial: of VP9, layers that come together (1: none). */
struct film *film_new(enum codec codec, unsigned width, unsigned height, unsigned pictures, unsigned spatial);
void film_free(struct film *f);

/* What a still should be: of the RGB picture, how far the fields are off on average, of 255, and the number that is in its corner. */
struct film_seen {
    unsigned width, height;
    int number;
    int off_most; /* of any of the fields' colours */
    double psnr;
};
bool film_look(const uint8_t *png, size_t bytes, struct film_seen *ret); /* false: it is no PNG */

#endif
