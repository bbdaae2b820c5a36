/* srtp: RTP and RTCP protected and unprotected by one direction's keys (RFC 3711; AES-GCM: RFC 7714),
 * straight on OpenSSL's EVP with contexts that are keyed once, so that a packet costs an IV and the cipher
 * itself: half of what libsrtp2 takes (tests/bench/srtp). libsrtp2 is the tests' other end.
 *
 *   | RTP header, CSRC, extension | payload, encrypted | tag |     tag: 16 bytes (GCM), 10 or 4 (HMAC)
 *     authenticated ------------------------------->
 *   | RTCP header, SSRC | encrypted | tag | E, index |   GCM   E is always 1: clear is refused
 *   | RTCP header, SSRC | encrypted | E, index | tag |   HMAC-SHA1
 *
 * srtp_in reads what a peer sends. It knows each SSRC only after a packet of it has verified, forgets the one
 * unused longest when there are too many, and takes each packet once (a window of 1024). It decrypts in
 * place. srtp_out writes. An index is used once: with GCM a second use would give the key away, so it is
 * refused. The header stands in the target already; the body comes from elsewhere, so that one clear copy
 * serves all who watch.
 *
 * The first sequence number of an outgoing SSRC must be below 2^15 (RFC 3711 §3.3.1: a receiver that misses
 * the first packets could not tell the wraps). Owner: the peer's transport, one thread. */
#ifndef MEDIA_SRTP_H
#define MEDIA_SRTP_H
#include "media/rtp.h"
#include "media/srtp_keys.h"

enum { SRTP_OVERHEAD_MAX = 20 }; /* that protection adds: the tag, and RTCP's index */

struct srtp_in;
/* ssrcs_max: SSRCs known at a time. ERR_NOMEM. */
enum err srtp_in_new(const struct srtp_keys *keys, uint32_t ssrcs_max, struct srtp_in **ret_in) MUST_USE;
void srtp_in_free(struct srtp_in *in);
/* Verifies, decrypts in place and reads the packet. ERR_BAD_INPUT: no RTP; ERR_DENIED: does not verify;
 * ERR_EXISTS: a replay; ERR_LIMIT: older than the window; ERR_NOMEM. After an error the bytes are worthless.
 * */
enum err srtp_in_rtp(struct srtp_in *in, uint8_t *at, size_t bytes, struct rtp *ret_rtp) MUST_USE;
/* The same for RTCP; *ret_bytes is what remains in clear. */
enum err srtp_in_rtcp(struct srtp_in *in, uint8_t *at, size_t bytes, size_t *ret_bytes) MUST_USE;

struct srtp_out;
/* ssrcs_max: of the whole life; an SSRC is never forgotten, as its indexes must not come again. ERR_NOMEM. */
enum err srtp_out_new(const struct srtp_keys *keys, uint32_t ssrcs_max, struct srtp_out **ret_out) MUST_USE;
void srtp_out_free(struct srtp_out *out);
/* at: header_bytes of header and, behind it, prefix_bytes of payload that differ from the publisher's (a VP8
 * descriptor, the original sequence number of a retransmission); body: the rest. *ret_bytes is the
 * datagram's. ERR_LIMIT: no room, too many SSRCs, or an index too old to know; ERR_EXISTS: the index was used
 * already (GCM; with HMAC-SHA1 the caller may send the same packet twice); ERR_NOMEM. */
enum err srtp_out_rtp(struct srtp_out *out, uint8_t *at, size_t room, size_t header_bytes,
                      size_t prefix_bytes, const uint8_t *body, size_t body_bytes,
                      size_t *ret_bytes) MUST_USE;
/* In place; at least 8 bytes. ERR_LIMIT: no room, or the index is used up. */
enum err srtp_out_rtcp(struct srtp_out *out, uint8_t *at, size_t bytes, size_t room,
                       size_t *ret_bytes) MUST_USE;

/* Tests only: the index that the next RTCP packet gets. */
void srtp_out_set_rtcp_index(struct srtp_out *out, uint32_t index);

#endif
