/* rtcp: compound RTCP packets, walked and written (RFC 3550 §6, feedback RFC 4585, FIR RFC 5104 §4.3.1,
 * extended reports RFC 3611, reduced size RFC 5506, REMB draft-alvestrand-rmcat-remb-03; transport-wide
 * feedback is media/twcc).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P| count   |   PT          |  words that follow            |
 *   |                     SSRC of the sender                        |
 *   |  SR: NTP time (64), RTP time, packets, octets                 |
 *   |  SR, RR: count × report (24 bytes)                            |
 *   |  SDES, BYE: count × chunk, beginning with the SSRC above      |
 *   |  RTPFB (205), PSFB (206): SSRC of the media, then the FCI     |
 *   |  XR (207): blocks | type | specific | words | …               |
 *   +---------------------------------------------------------------+ the next packet …
 *
 * rtcp_parse checks every length of the whole datagram first, so that the readers below cannot fail and
 * nothing is acted on before all of it made sense. A struct rtcp is a view. Embedded; any thread; no memory
 * is taken. */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H
#include "base/err.h"
#include "base/str.h"
#include "media/bytes.h"

enum { RTCP_BYTES_MAX = 1500, RTCP_REPORTS_MAX = 31, RTCP_PACKETS_MAX = 64 };
enum rtcp_kind {
    RTCP_OTHER, /* well-formed, and nothing that we read */
    RTCP_SR,
    RTCP_RR,
    RTCP_SDES,
    RTCP_BYE,
    RTCP_NACK,
    RTCP_TWCC,
    RTCP_PLI,
    RTCP_FIR,
    RTCP_REMB,
    RTCP_XR
};

struct rtcp {
    enum rtcp_kind kind;
    uint8_t count; /* reports, chunks, sources, or the feedback's format */
    uint8_t type;
    uint32_t ssrc;       /* the sender's; 0 for an empty BYE or SDES */
    uint32_t media_ssrc; /* of feedback */
    const uint8_t *at;   /* the packet with its header */
    const uint8_t *body; /* behind the SSRC, the sender's part and media_ssrc; without padding */
    size_t body_bytes;
};

/* The whole datagram is well-formed: ERR_BAD_INPUT otherwise. */
enum err rtcp_parse(const uint8_t *at, size_t bytes) MUST_USE;
/* The next packet of a datagram that rtcp_parse took; start with *offset = 0. */
bool rtcp_next(const uint8_t *at, size_t bytes, size_t *offset, struct rtcp *ret_rtcp);

struct rtcp_sender {
    uint64_t ntp; /* 32.32 seconds since 1900 */
    uint32_t timestamp, packets, octets;
};
struct rtcp_report {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256 */
    int32_t lost;          /* 24 bits, signed: duplicates count against */
    uint32_t highest_seq;  /* with the wraps in the upper half */
    uint32_t jitter;       /* in units of the RTP clock */
    uint32_t last_sr;      /* the middle 32 bits of its NTP time; 0: none yet */
    uint32_t since_sr;     /* 1/65536 s */
};
void rtcp_sender(const struct rtcp *sr, struct rtcp_sender *ret_sender);            /* of an SR */
void rtcp_report(const struct rtcp *r, unsigned n, struct rtcp_report *ret_report); /* n < count of SR, RR */
bool rtcp_next_cname(const struct rtcp *sdes, size_t *at, uint32_t *ret_ssrc, struct str *ret_cname);
uint32_t rtcp_bye_ssrc(const struct rtcp *bye, unsigned n); /* n < count */

/* The sequence numbers that a NACK asks for, one by one: | PID(16) | BLP(16) |. Start with all zero. */
struct rtcp_nack_walk {
    size_t at;
    uint16_t pid, bits;
};
bool rtcp_next_nack(const struct rtcp *nack, struct rtcp_nack_walk *walk, uint16_t *ret_seq);
/* FIR: | SSRC | number(8) | reserved(24) |, so many as fit. */
bool rtcp_next_fir(const struct rtcp *fir, size_t *at, uint32_t *ret_ssrc, uint8_t *ret_number);
/* "REMB" | count(8) | exponent(6) mantissa(18) | SSRC × count. */
uint64_t rtcp_remb_bps(const struct rtcp *remb);

enum rtcp_xr_kind { RTCP_XR_OTHER, RTCP_XR_RRTR, RTCP_XR_DLRR };
struct rtcp_xr {
    enum rtcp_xr_kind kind;
    uint64_t ntp;      /* RRTR: the receiver's clock */
    const uint8_t *at; /* DLRR: items of 12 bytes */
    unsigned count;
};
bool rtcp_next_xr(const struct rtcp *xr, size_t *at, struct rtcp_xr *ret_block);
void rtcp_dlrr(const struct rtcp_xr *dlrr, unsigned n, uint32_t *ret_ssrc, uint32_t *ret_last_rr,
               uint32_t *ret_since_rr);

/* NTP's middle 32 bits, as last_sr has them, and the round trip they give (RFC 3550 §6.4.1); < 0: not known.
 * */
static inline uint32_t rtcp_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}
int64_t rtcp_round_trip_us(uint32_t now_middle, uint32_t last, uint32_t since);
uint64_t rtcp_ntp(int64_t us_since_1970);
int64_t rtcp_ntp_us(uint64_t ntp); /* and back */

struct rtcp_out {
    uint8_t *at;
    size_t bytes, room;
    bool is_failed; /* something did not fit: rtcp_end returns 0 */
};
void rtcp_start(struct rtcp_out *o, void *at, size_t room);
size_t rtcp_end(const struct rtcp_out *o);
void rtcp_add_sr(struct rtcp_out *o, uint32_t ssrc, const struct rtcp_sender *s,
                 const struct rtcp_report *reports, unsigned count);
void rtcp_add_rr(struct rtcp_out *o, uint32_t ssrc, const struct rtcp_report *reports, unsigned count);
void rtcp_add_cname(struct rtcp_out *o, uint32_t ssrc, struct str cname); /* at most 255 bytes */
void rtcp_add_bye(struct rtcp_out *o, const uint32_t *ssrcs, unsigned count);
/* seqs ascending (across a wrap too); as many as fit, at least one: returns how many are in. */
unsigned rtcp_add_nack(struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc, const uint16_t *seqs,
                       unsigned count);
void rtcp_add_pli(struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc);
void rtcp_add_fir(struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc, uint8_t number);
void rtcp_add_remb(struct rtcp_out *o, uint32_t ssrc, uint64_t bps, const uint32_t *ssrcs, unsigned count);
void rtcp_add_rrtr(struct rtcp_out *o, uint32_t ssrc, uint64_t ntp);
void rtcp_add_dlrr(struct rtcp_out *o, uint32_t ssrc, uint32_t of_ssrc, uint32_t last_rr, uint32_t since_rr);

/* For media/twcc: begins a feedback packet whose FCI has fci_bytes (padded to words); where the FCI goes, or
 * NULL. */
uint8_t *rtcp_add_feedback(struct rtcp_out *o, uint8_t type, uint8_t format, uint32_t ssrc,
                           uint32_t media_ssrc, size_t fci_bytes);
enum { RTCP_TYPE_RTPFB = 205, RTCP_TYPE_PSFB = 206, RTCP_FORMAT_TWCC = 15 };

#endif
