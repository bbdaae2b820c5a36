/* deal: what descriptions make of a peer: an offer is read, answered, and turned into tracks up or down. A pure
 * matter of texts and tables; the transport's part in it (credentials, fingerprints) comes from the router's
 * carrier. One thread. */
#ifndef MEDIA_DEAL_H
#define MEDIA_DEAL_H
#include "base/buf.h"
#include "media/router.h"

struct deal_result {
    uint8_t status; /* enum link_status */
    struct buf sdp; /* ours, when there is one to send */
    char why[LINK_WHY_BYTES_MAX];
};
void deal_result_init(struct deal_result *d);
void deal_result_done(struct deal_result *d);
void deal_refuse(struct deal_result *d, uint8_t status, const char *why);

/* A first offer, or another one of a peer that lives: after a refusal all is as it was before. */
void deal_offer(struct router *r, struct peer *p, const struct link_offer *o, int64_t now_us,
                struct deal_result *ret_result);
/* A trickle-ice-sdpfrag. */
void deal_patch(struct router *r, struct peer *p, struct str fragment, bool may_restart,
                struct deal_result *ret_result);

#endif
