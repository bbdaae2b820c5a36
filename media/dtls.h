/* dtls: the DTLS 1.2 handshake that keys SRTP (RFC 6347, RFC 5764), in both roles, by OpenSSL, without
 * sockets: datagrams go in and come out by a callback, one BIO write a datagram, and the caller's loop keeps
 * the time.
 *
 *   state \ what     start, client   datagram   agreed   no profile, wrong print   deadline   our close   theirs
 *   IDLE             SHAKING         SHAKING    –        –                         FAILED     CLOSED      –
 *   SHAKING          –               SHAKING    UP       FAILED                    FAILED     CLOSED      FAILED
 *   UP               –               UP         –        –                         –          CLOSED      CLOSED
 *   FAILED, CLOSED   nothing is taken or sent any more
 *   An UP session that has been settled takes good-byes alone.
 *
 * Browsers' hellos come in two datagrams (post-quantum key shares), so the server accepts at once and never
 * listens with cookies: the path has been proved by ICE, and datagrams of other paths are not given to us.
 * Handshakes under way are capped; beyond the cap a datagram is dropped, and the peer repeats it. The peer's
 * certificate is known by its SHA-256 fingerprint from the signalling, compared in constant time inside the
 * handshake; ours is made per process, on P-256, and can be changed while sessions live. Towards browsers
 * only AES-GCM is offered (as DTLS client the server's choice, theirs, decides, and Chromium would choose
 * HMAC-SHA1); to others all profiles.
 *
 * One struct dtls a worker, made before the sandbox closes, sessions owned by their transports; one thread.
 * */
#ifndef MEDIA_DTLS_H
#define MEDIA_DTLS_H
#include "base/clock.h"
#include "base/err.h"
#include "media/srtp_keys.h"

enum {
    DTLS_FINGERPRINT_BYTES = 32,
    DTLS_DATAGRAM_BYTES_MAX = 1200, /* that we send */
    DTLS_FIRST_WAIT_MS = 100,       /* before a flight is repeated; then twice as long each time */
    DTLS_LONGEST_WAIT_MS = 1600,
    DTLS_DEADLINE_MS = 20000
};
enum dtls_role { DTLS_CLIENT, DTLS_SERVER };
enum dtls_profiles { DTLS_GCM_ALONE, DTLS_ALL_PROFILES };
enum dtls_state { DTLS_IDLE, DTLS_SHAKING, DTLS_UP, DTLS_FAILED, DTLS_CLOSED };

struct dtls;
struct dtls_session;

/* ERR_NOMEM, or what OpenSSL cannot do here: ERR_UNSUPPORTED. */
enum err dtls_new(uint32_t handshakes_max, struct dtls **ret_dtls) MUST_USE;
void dtls_free(struct dtls *d); /* all sessions must be gone; NULL allowed */
/* A new key and certificate for the sessions to come. After an error the old ones stay. */
enum err dtls_renew(struct dtls *d) MUST_USE;
void dtls_fingerprint(const struct dtls *d, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES]);
uint32_t dtls_handshakes(const struct dtls *d); /* under way */

/* With the certificate of now. send must not call back into the session. */
enum err dtls_session_new(struct dtls *d, enum dtls_role role, enum dtls_profiles profiles,
                          const uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES],
                          void (*send)(void *owner, const uint8_t *datagram, size_t bytes), void *owner,
                          struct tick now, struct dtls_session **ret_session) MUST_USE;
void dtls_session_free(struct dtls_session *s); /* NULL allowed; sends nothing */
/* The client's first flight. ERR_BUSY: too many handshakes under way, try again later. */
enum err dtls_session_start(struct dtls_session *s, struct tick now) MUST_USE;
/* A datagram from the validated path (first byte 20-31, RFC 7983). OK: taken, or dropped as nothing;
 * ERR_BUSY: dropped, as too many handshakes are under way; ERR_DENIED: the fingerprint is another's;
 * ERR_UNSUPPORTED: no SRTP profile in common; ERR_CLOSED: the peer said good-bye, or it is over;
 * ERR_BAD_INPUT: the handshake has failed. */
enum err dtls_session_take(struct dtls_session *s, const uint8_t *datagram, size_t bytes,
                           struct tick now) MUST_USE;
/* How long until dtls_session_turn has something to do; < 0: nothing. */
int64_t dtls_session_wait_ms(const struct dtls_session *s, struct tick now);
/* Repeats what was lost. ERR_TIMEOUT: the deadline has passed, the session has failed. */
enum err dtls_session_turn(struct dtls_session *s, struct tick now) MUST_USE;
enum dtls_state dtls_session_state(const struct dtls_session *s);
/* Says good-bye to the peer. */
void dtls_session_close(struct dtls_session *s);
/* The keys, once UP: in for what the peer sends, out for what we send. Wiped by the caller. ERR_NOMEM. */
enum err dtls_session_keys(const struct dtls_session *s, struct srtp_keys *ret_in,
                           struct srtp_keys *ret_out) MUST_USE;

/* The keys have been taken, and the peer has nothing more to ask of the handshake: as its server it has heard our end of it (we are the
 * client), or what it sends under the keys has come. OpenSSL's state, forty kilobytes, goes; good-byes stay (media/farewell). Harmless in any
 * other state, with another cipher than AES-GCM, and twice. */
void dtls_session_settle(struct dtls_session *s);

/* Tests only, for the sessions to come: the first wait before a repetition, of the real clock (OpenSSL keeps
 * its own time), and the size of datagrams, at least 228. */
void dtls_set_link(struct dtls *d, unsigned first_wait_us, unsigned datagram_bytes);

#endif
