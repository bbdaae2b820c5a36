/* transfer_parts: what the endpoints of transfers share: asking for one, from the chart or on a specialist's advice. */
#ifndef API_TRANSFER_PARTS_H
#define API_TRANSFER_PARTS_H
#include "api/request.h"
#include "desk/transfer.h"

/* "kind", "hospital", "means", "officers"?, "from"?, "minutes"?, "words" of the body, into what is asked for. A fault and false. */
#define TRANSFER_PARTS_KEYS "kind", "hospital", "means", "officers", "from", "minutes", "words"
bool transfer_parts_read(struct request *r, const struct tx *tx, struct transfer_start *ret);
/* The transfer whose id is the path's first part, as the asker may see it; 404 as a fault. */
enum err transfer_parts_find(struct request *r, struct tx *tx, struct record_reader *who,
                             struct transfer *ret) MUST_USE;
/* After a write: the trail's row, Provenance, notices, and the transfer as the answer. */
enum err transfer_parts_done(struct request *r, struct tx *tx, struct record_reader *server,
                             const struct transfer *t, const char *verb) MUST_USE;
/* Whoever signs a handover is who they say, and has read what would be signed (after transfer_packet_sign_look and _work); else a fault. */
enum err transfer_packet_judge(struct request *r, struct tx *tx, const char *digest) MUST_USE;
/* It is there for nurses, doctors and the duty command to hear. */
enum err transfer_parts_tell(struct request *r) MUST_USE;

#endif
