/* recording_own: what its writer and its reader share. */
#ifndef LINK_RECORDING_OWN_H
#define LINK_RECORDING_OWN_H
#include "link/recording.h"

#define RECORDING_MAGIC "YQREC1\n" /* and its NUL */

/* What a piece is bound to, besides its body. */
struct recording_binding {
    uint8_t id[RECORDING_ID_BYTES], number[8], film[8], head[RECORDING_PIECE_HEAD_BYTES],
        before[CIPHER_TAG_BYTES];
};
struct recording_piece {
    uint32_t bytes; /* of the body */
    uint8_t kind;
    int64_t at_ms;
};
static inline bool recording_is_film(uint8_t kind)
{
    return kind == RECORDING_HEAD || kind == RECORDING_CLUSTER || kind == RECORDING_CUES;
}
void recording_head_write(const struct recording_piece *p, uint8_t ret[RECORDING_PIECE_HEAD_BYTES]);
/* False: no piece can have such a head. */
bool recording_head_read(const uint8_t at[RECORDING_PIECE_HEAD_BYTES], struct recording_piece *ret);
/* film: where in the film it stands, or would. */
struct recording_binding recording_bind(const uint8_t id[RECORDING_ID_BYTES], uint64_t number, int64_t film,
                                        const struct recording_piece *p,
                                        const uint8_t before[CIPHER_TAG_BYTES]);

#endif
