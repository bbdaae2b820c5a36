/* mllp: HL7's frame on a stream of bytes (Minimal Lower Layer Protocol, HL7 v2.5 appendix C; release 1).
 *
 *     0x0B  the message, at most MLLP_BYTES_MAX  0x1C 0x0D
 *
 * A struct mllp collects one message after the other from whatever pieces the socket brings; what stands between frames (line ends of
 * careless senders) is left out. It owns its buffer, belongs to one connection and thus to one thread. */
#ifndef REGISTRY_MLLP_H
#define REGISTRY_MLLP_H
#include "base/buf.h"

#define MLLP_BYTES_MAX 262144
#define MLLP_STRAY_MAX                                                                                       \
    64 /* bytes between two frames that are no line ends: then the other side speaks something else */

struct mllp {
    struct buf message;
    uint32_t stray;
    uint8_t state;
};

void mllp_init(struct mllp *m);
void mllp_done(struct mllp *m);

/* Takes bytes from the start of *rest until a message is whole or nothing is left. *ret_is_whole: then m->message holds it until the next
 * call. ERR_LIMIT: longer than a message may be; ERR_BAD_INPUT: not this protocol; ERR_NOMEM. After an error the connection is to be
 * closed: where the next frame begins is no longer known. */
enum err mllp_take(struct mllp *m, struct str *rest, bool *ret_is_whole) MUST_USE;

/* Nothing of a frame has come that is not whole yet. */
bool mllp_is_between(const struct mllp *m);

/* Adds the frame around a message. */
void mllp_frame(struct buf *to, struct str message);

#endif
