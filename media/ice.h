/* ice: our side of ICE, a lite agent (RFC 8445 §2.5, §6.1.1, §7.3) without sockets or clocks of its own:
 * datagrams, the path they came on and the time go in, an answer and what has changed come out. Consent as
 * RFC 7675 has it for the side that is asked: a peer that sends no authenticated check is not sent to. After the
 * first check verified media is as good: libnice (GStreamer) checks no more once it is connected.
 *
 *   state \ what     check ok, media   8 s quiet        25 s quiet       30 s and no check at all
 *   WAITING          CONNECTED         –                –                GONE
 *   CONNECTED        CONNECTED         INTERRUPTED      GONE             –
 *   INTERRUPTED      CONNECTED         –                GONE             –
 *   GONE             refused: nothing is answered any more, its owner frees it
 *
 * A session is one peer connection. It is found by our user name fragment in a check, and afterwards by the
 * path. It keeps at most eight paths; media goes to the one selected: the first that is validated, then the
 * one that the peer nominates. While the first nominations settle (Firefox nominates every pair it tries) the
 * higher priority wins; after that the last word counts, for it is how a peer says that it has moved. With
 * Chromium's renomination count, the higher count wins always.
 *
 * Media says it too, and sooner: Chromium nominates a pair that it has moved to with its next check, up to 2.5 s
 * after its media has gone there. So what is verified on another path of the present generation moves the
 * selection, once the selected path has been silent for ICE_MOVE_MS, or was one of before a restart. And while a
 * restart is under way any check of the new generation does so when the old path is silent: what was is gone.
 *
 * A restart gives new credentials. The old ones and their paths stay good until three seconds after the new
 * ones have been nominated, and for ever when that never happens: a failed restart keeps the call.
 *
 * Checks without PRIORITY, role or FINGERPRINT are taken (FFmpeg); the second half of USERNAME is not looked
 * at. A check with a wrong digest gets 401, one without user name or digest 400; one for a session that is
 * not ours gets nothing.
 *
 * Owner: the worker's loop; one thread. */
#ifndef MEDIA_ICE_H
#define MEDIA_ICE_H
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "link/address.h"

enum {
    ICE_PATHS_MAX = 8,
    ICE_UFRAG_BYTES = 16,
    ICE_PASSWORD_BYTES = 32,
    ICE_QUIET_MS = 8000,
    ICE_GONE_MS = 25000,
    ICE_WAIT_MS = 30000,
    ICE_SETTLE_MS = 1500,
    ICE_OVERLAP_MS = 3000,
    ICE_MOVE_MS = 300,
    ICE_ANSWER_BYTES_MAX = 256
};
enum ice_way { ICE_UDP, ICE_TCP, ICE_RELAY };
enum ice_state { ICE_WAITING, ICE_CONNECTED, ICE_INTERRUPTED, ICE_GONE };
enum ice_event {                    /* bits */
                 ICE_VALIDATED = 1, /* a path is new */
                 ICE_SELECTED = 2,  /* media goes another way now */
                 ICE_BACK = 4       /* connected, for the first time or again */
};

/* Where datagrams come from and go to. */
struct ice_path {
    enum ice_way way;
    uint32_t id; /* of the connection or the relay's allocation; 0 for UDP */
    struct link_address remote;
};
static inline bool ice_path_is(const struct ice_path *a, const struct ice_path *b)
{
    return a->way == b->way && a->id == b->id && a->remote.family == b->remote.family &&
           a->remote.port == b->remote.port && memcmp(a->remote.at, b->remote.at, sizeof a->remote.at) == 0;
}

struct ice;
struct ice_session;

struct ice *ice_new(uint32_t sessions_max) MUST_USE; /* NULL: out of memory */
void ice_free(struct ice *ice);                      /* all sessions must be gone */
/* With fresh random credentials. owner is handed back by ice_session_owner. ERR_LIMIT, ERR_NOMEM. */
enum err ice_session_new(struct ice *ice, void *owner, struct tick now,
                         struct ice_session **ret_session) MUST_USE;
void ice_session_free(struct ice_session *s); /* NULL allowed */
void *ice_session_owner(const struct ice_session *s);
struct str ice_session_ufrag(const struct ice_session *s); /* of the latest restart */
struct str ice_session_password(const struct ice_session *s);
/* New credentials; the old ones go on as told above. ERR_NOMEM leaves all as it was. */
enum err ice_session_restart(struct ice_session *s) MUST_USE;

struct ice_result {
    size_t answer_bytes;         /* to be sent back on the same path; 0: nothing */
    struct ice_session *session; /* NULL: no authenticated check */
    unsigned events;             /* enum ice_event */
};
/* A datagram that stun_is. answer has ICE_ANSWER_BYTES_MAX. ERR_BAD_INPUT: no STUN, or nothing for us; an
 * answer with an error code is no error here. ERR_NOMEM: the check is lost, the peer will repeat it. */
enum err ice_stun(struct ice *ice, const struct ice_path *path, const uint8_t *at, size_t bytes,
                  struct tick now, uint8_t *answer, struct ice_result *ret_result) MUST_USE;
/* Whose datagrams come this way: NULL unless a check has validated it. */
struct ice_session *ice_find(const struct ice *ice, const struct ice_path *path);
/* A packet that came this way has been verified: the peer lives. True: media goes another way now. */
bool ice_session_heard(struct ice_session *s, const struct ice_path *path, struct tick now);
/* The connection or allocation under it has closed. Returns whose selected path it was, or NULL. */
struct ice_session *ice_path_gone(struct ice *ice, const struct ice_path *path);
/* Where media goes; false: nowhere (not connected, interrupted is still somewhere). */
bool ice_session_path(const struct ice_session *s, struct ice_path *ret_path);
/* Brings the state up to now; paths and credentials that have had their time go. Call it each second, or so.
 * */
enum ice_state ice_session_turn(struct ice_session *s, struct tick now);

#endif
