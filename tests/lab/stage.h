/* stage: a router with transports of the test's own: no sockets, no crypto, and a clock that moves only when it is told to.
 * What the router sends to a peer goes to on_sent, what it tells the server is kept.
 *
 *   stage_open, stage_offer(…), stage_connect(peer), stage_rtp(peer, …), stage_run(ms) …, stage_close
 *
 * One stage a process (static); no memory of its own from base/mem, so that what is counted is the router's. */
#ifndef TESTS_LAB_STAGE_H
#define TESTS_LAB_STAGE_H
#include "media/router.h"

enum {
    STAGE_TRANSPORTS = 128,
    STAGE_PACKETS = 8192,
    STAGE_TOLD_MAX = 512,
    STAGE_OFFER_BYTES_MAX = 32768,
    STAGE_SENT_BYTES_MAX = 1600,
    STAGE_TURN_US = 10000
};

struct stage_sent {
    uint32_t peer;
    bool is_rtcp, is_video;
    uint8_t *at; /* of the moment */
    size_t bytes;
    int64_t at_us;
};

struct stage_transport {
    struct peer *peer;
    uint32_t id;                   /* the peer's number; 0: free */
    bool is_connected, is_clogged; /* clogged: every send fails */
    unsigned begins, restarts;
    enum dtls_role role;
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    char ufrag[9], password[25];
    uint8_t room[STAGE_SENT_BYTES_MAX];
    uint64_t sent, sent_rtcp;
};

struct stage {
    struct router *router;
    struct pool *packets;
    uint32_t packet_count;
    int64_t now_us;
    struct stage_transport transports[STAGE_TRANSPORTS];
    void (*on_sent)(const struct stage_sent *s); /* NULL: nobody listens */
    unsigned told_count; /* since stage_forget; those beyond the maximum are counted, not kept */
    struct link_msg told[STAGE_TOLD_MAX];
    char mids[STAGE_TOLD_MAX][LINK_MID_BYTES_MAX];
    uint32_t request;
    /* the latest PEER_ANSWER */
    uint8_t status;
    char answer[LINK_SDP_BYTES_MAX + 1], why[LINK_WHY_BYTES_MAX + 1];
    bool refuses_transports, refuses_restarts; /* as if memory were short there */
};
extern struct stage stage;
extern bool
    stage_gathers; /* of the next stage_open: the router forwards at its turns (router_forward), not at once */

/* ERR_NOMEM. Room 1 is open. packets: in the pool. */
enum err stage_open(uint32_t packets) MUST_USE;
void stage_close(void);
void stage_take(const struct link_msg *m);
/* Its answer stands in stage.answer; returns stage.status. */
uint8_t stage_offer(uint32_t peer, uint32_t participant, enum link_peer_kind kind, const char *sdp,
                    const struct link_binds *binds);
struct stage_transport *stage_transport(uint32_t peer); /* NULL: none */
void stage_connect(uint32_t peer);
void stage_run(int64_t ms); /* time passes, the router has its turns */
/* What a peer sends, in clear. */
void stage_rtp(uint32_t peer, const uint8_t *at, size_t bytes);
void stage_rtcp(uint32_t peer, const uint8_t *at, size_t bytes);
void stage_remb(uint32_t peer, uint32_t ssrc, uint64_t bps); /* behind an empty report */
/* The n-th (from 0) message of the type since stage_forget; NULL: there are fewer. */
const struct link_msg *stage_told(enum link_type type, unsigned n);
void stage_forget(void);

/* Offers, written piece by piece into one text. */
enum stage_codec { /* bits: which formats a video section names, in the order of this list unless vp9_first */
                   STAGE_VP8 = 1,
                   STAGE_VP9 = 2,
                   STAGE_H264 = 4, /* constrained baseline, main and high, in packetization mode 1 */
                   STAGE_AV1 = 8,
                   STAGE_VP9_FIRST = 16,
                   STAGE_AV1_FIRST = 32
};
enum stage_trait { /* bits: what a peer can do */
                   STAGE_TWCC = 1,
                   STAGE_REMB = 2,
                   STAGE_NACK = 4,
                   STAGE_PLI = 8,
                   STAGE_FIR = 16,
                   STAGE_RTX = 32,
                   STAGE_RED = 64,
                   STAGE_MIXED = 128, /* two-byte header extensions */
                   STAGE_RCVR_RTT = 256,
                   STAGE_ORDINARY = STAGE_TWCC | STAGE_NACK | STAGE_PLI | STAGE_FIR | STAGE_RTX | STAGE_MIXED
};
enum stage_type { /* payload types that these offers use */
                  STAGE_TYPE_OPUS = 111,
                  STAGE_TYPE_RED = 63,
                  STAGE_TYPE_VP8 = 96,
                  STAGE_TYPE_VP9 = 98,
                  STAGE_TYPE_H264 = 102,
                  STAGE_TYPE_H264_MAIN = 104,
                  STAGE_TYPE_H264_HIGH = 106,
                  STAGE_TYPE_AV1 = 45 /* each video format's retransmissions: one more */
};
enum stage_ext { /* extension ids that these offers use */
                 STAGE_EXT_MID = 1,
                 STAGE_EXT_RID,
                 STAGE_EXT_REPAIRED_RID,
                 STAGE_EXT_LEVEL,
                 STAGE_EXT_TRANSPORT_SEQ,
                 STAGE_EXT_ABS_SEND_TIME,
                 STAGE_EXT_DEPENDENCY
};
void stage_offer_begin(unsigned sections, const char *name); /* name: the ICE user name fragment */
void stage_offer_audio(const char *direction, unsigned traits);
/* rids "": no simulcast; "q;h;f". */
void stage_offer_video(const char *direction, unsigned codecs, unsigned traits, const char *rids);
const char *stage_offer_text(void);

#endif
