/* deal: what descriptions make of a peer: an offer is read, answered, and turned into tracks up or down; or, for a WHEP
 * player whose offer could not be answered, an offer of ours is written and its answer read.
 *
 *   deal_offer, deal_counter, deal_accept   decide: all memory is taken, the text is written, nothing has changed; NULL: it is
 *                                           refused, and all is as it was before
 *   (the router says the answer)
 *   deal_apply                              cannot fail: tracks come and go, and are told of
 *
 * A pure matter of texts and tables; the transport's part in it (credentials, fingerprints) comes from the router's
 * carrier. One thread. */
#ifndef MEDIA_DEAL_H
#define MEDIA_DEAL_H
#include "base/buf.h"
#include "media/router.h"

struct deal;

struct deal_result {
    uint8_t status; /* enum link_status */
    struct buf sdp; /* ours, when there is one to send */
    char why[LINK_WHY_BYTES_MAX];
};
void deal_result_init(struct deal_result *d);
void deal_result_done(struct deal_result *d);
void deal_refuse(struct deal_result *d, uint8_t status, const char *why);

/* A first offer, or another one of a peer that lives. */
struct deal *deal_offer(struct router *r, struct peer *p, const struct link_offer *o, int64_t now_us,
                        struct deal_result *ret_result) MUST_USE;
/* Our offer to a WHEP player: one section for each track of binds. */
struct deal *deal_counter(struct router *r, struct peer *p, const struct link_binds *binds, int64_t now_us,
                          struct deal_result *ret_result) MUST_USE;
/* The answer to it. */
struct deal *deal_accept(struct router *r, struct peer *p, struct str sdp, int64_t now_us,
                         struct deal_result *ret_result) MUST_USE;
void deal_apply(struct deal *d); /* frees it */

/* A trickle-ice-sdpfrag. */
void deal_patch(struct router *r, struct peer *p, struct str fragment, bool may_restart,
                struct deal_result *ret_result);

#endif
