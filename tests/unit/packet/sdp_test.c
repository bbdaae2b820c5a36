#include "../check.h"
#include "media/sdp.h"
#include "offers.h"
#include <stdlib.h>

static struct arena *arena;
static struct sdp *s;
static struct sdp_fault fault;

static enum err parse_str(struct str text)
{
    arena = arena_new(1 << 22);
    ASSERT(arena);
    s = NULL;
    fault = (struct sdp_fault){0};
    return sdp_parse(text, arena, &s, &fault);
}
static void parse(const char *text)
{
    enum err err = parse_str(str_of(text));
    if (err) check_fail(__FILE__, __LINE__, "line %u: %s", fault.line, fault.why);
}
static void refused_str(struct str text, const char *why)
{
    enum err err = parse_str(text);
    arena_free(arena);
    if (!err) check_fail(__FILE__, __LINE__, "taken: %.*s", (int)text.bytes, text.at);
    CHECK_STR(str_of(fault.why), why);
}
static void refused(const char *text, const char *why)
{
    refused_str(str_of(text), why);
}

TEST(what_obs_offers_is_read)
{
    parse(offer_obs);
    CHECK_INT(s->media_count, 2);
    CHECK(s->bundle_count == 2 && str_is_text(s->bundle[1], "1"));
    const struct sdp_media *a = &s->media[0], *v = &s->media[1];
    CHECK(a->kind == SDP_AUDIO && v->kind == SDP_VIDEO && a->port == 55555);
    CHECK_STR(v->ufrag, "jIyd");
    CHECK_STR(v->password, "gMZQxnNZtSZe8r7oOrqp/c");
    CHECK(v->setup == SDP_SETUP_ACTPASS && v->has_fingerprint && v->fingerprint[31] == 0x4b &&
          v->is_trickling);
    CHECK(a->direction == SDP_SENDONLY && a->has_rtcp_mux && a->has_end_of_candidates);
    CHECK_INT(a->candidate_count, 2);
    CHECK(a->candidates[1].type == SDP_SRFLX && a->candidates[1].address.port == 40000);
    CHECK_STR(a->track, "audio");
    CHECK(a->ssrc_count == 1 && a->ssrcs[0].ssrc == 1001);
    CHECK_STR(a->ssrcs[0].track, "audio");
    CHECK_INT(v->send_count, 3);
    CHECK_STR(v->send_layers[2].rid, "2");
    CHECK_INT(v->rid_count, 3);
    CHECK_INT(v->extensions[1].kind, EXT_RID);
    CHECK_INT(v->codecs[0].feedback, SDP_NACK | SDP_NACK_PLI | SDP_REMB);
    CHECK(sdp_rtx_of(v, 96) == &v->codecs[1] && !sdp_rtx_of(v, 97));
    arena_free(arena);
}

TEST(what_ffmpeg_offers_is_read)
{
    struct str value;
    parse(offer_ffmpeg);
    CHECK(s->id == 4489045141692799359 && s->version == 2);
    const struct sdp_media *v = &s->media[1];
    CHECK(v->setup == SDP_SETUP_PASSIVE && v->has_mixed_extensions && v->codecs[0].feedback == 0);
    CHECK(sdp_fmtp(&v->codecs[0], "profile-level-id", &value));
    CHECK_STR(value, "640c1f");
    CHECK(!sdp_fmtp(&v->codecs[0], "profile", &value));
    arena_free(arena);
}

TEST(what_aiortc_offers_is_read)
{
    parse(offer_aiortc);
    const struct sdp_media *a = &s->media[0], *v = &s->media[1];
    CHECK(a->codec_count == 4 && str_is_text(a->codecs[3].name, "PCMA"));
    CHECK(a->has_fingerprint && a->fingerprint[0] == 0xd6);
    CHECK(v->group_count == 1 && v->groups[0].semantics == SDP_FID && v->groups[0].ssrcs[1] == 1466402018);
    CHECK_STR(v->ssrcs[1].cname, "6e5a2bb3");
    arena_free(arena);
}

TEST(what_gstreamer_offers_is_read)
{
    parse(offer_gstreamer);
    CHECK(s->media[1].is_bundle_only && s->media[1].port == 0 && s->media[0].is_trickling);
    CHECK_STR(s->media[0].mid, "video0");
    CHECK_INT(s->media[1].codecs[0].clock_hz, 48000);
    arena_free(arena);
}

/* The browsers' own offers are not part of this tree. */
static char *captured(const char *name, size_t *ret_bytes)
{
    static char text[64 * 1024];
    const char *source = getenv("YQ_SOURCE");
    char path[512];
    snprintf(path, sizeof path, "%s/../shared/spikes/%s", source ? source : ".", name);
    FILE *f = fopen(path, "rb");
    if (!f) check_skip("no captured offers on this machine");
    *ret_bytes = fread(text, 1, sizeof text, f);
    fclose(f);
    return text;
}

TEST(what_chromium_offers_is_read)
{
    size_t bytes;
    const char *text = captured("chromium156-offer.sdp", &bytes);
    CHECK_OK(parse_str((struct str){text, bytes}));
    CHECK_INT(s->media_count, 3);
    const struct sdp_media *a = &s->media[0], *v = &s->media[1], *d = &s->media[2];
    CHECK(a->codec_count == 8 && v->codec_count == 23 && d->kind == SDP_APPLICATION && d->sctp_port == 5000);
    CHECK(a->candidate_count == 4 && a->candidates[2].is_tcp && a->candidates[2].tcp == SDP_TCP_ACTIVE);
    CHECK(a->candidates[1].address.family == 6 && a->has_rcvr_rtt && a->has_rtcp_rsize &&
          a->has_mixed_extensions);
    CHECK_STR(sdp_codec(a, 63)->fmtp, "111/111");
    CHECK_INT(sdp_codec(v, 45)->feedback, 31);
    CHECK_INT(sdp_rtx_of(v, 45)->payload_type, 46);
    CHECK_INT(v->extension_count, 11);
    CHECK_INT(v->groups[0].ssrcs[1], 2215376890);
    arena_free(arena);
}

TEST(what_firefox_offers_is_read)
{
    size_t bytes;
    const char *text = captured("firefox153-offer.sdp", &bytes);
    CHECK_OK(parse_str((struct str){text, bytes}));
    CHECK_INT(s->media_count, 2);
    CHECK(s->media[0].extensions[1].direction == SDP_RECVONLY && s->media[1].has_fingerprint);
    CHECK(s->media[1].port == 0 && s->media[1].is_bundle_only && s->media[1].direction == SDP_SENDRECV);
    CHECK_STR(s->media[0].stream, "{17fd412d-3a4f-49bd-bd79-afaa0adc68ff}");
    arena_free(arena);
}

#define TOP "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define AUDIO TOP "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n"

TEST(what_is_malformed_is_refused_with_its_line)
{
    refused("", "no t= line");
    refused("o=- 1 2 IN IP4 0.0.0.0\r\n", "does not begin with v=");
    refused("v=1\r\n", "not version 0");
    refused("v=0\r\ns=-\r\n", "no o= after v=");
    refused("v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\nt=0 0\r\n", "no s= after o=");
    refused("v=0\r\no=- 1\r\n", "bad o= line");
    refused("v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\n", "no t= line");
    refused(TOP "v=0\r\n", "a v=, o= or s= line out of its place");
    refused(TOP "x=1\r\n", "a line of no known kind");
    refused(TOP "abc\r\n", "not of the form x=…");
    refused(TOP "a=x\rb\r\n", "a control character");
    refused(TOP "a=\xff\r\n", "not UTF-8, or a NUL");
    refused(TOP "m=audio\r\n", "bad m= line");
    refused(TOP "m=audio 70000 UDP/TLS/RTP/SAVPF 0\r\n", "bad m= line");
    refused(TOP "m=audio 9 UDP/TLS/RTP/SAVPF\r\n", "a section without formats");
    refused(TOP "m=audio 9 UDP/TLS/RTP/SAVPF 128\r\n", "bad payload type");
    refused(TOP "m=audio 9 UDP/TLS/RTP/SAVPF 0 0\r\n", "a payload type twice");
    refused(AUDIO "a=rtpmap:111 opus\r\n", "bad rtpmap");
    refused(AUDIO "a=rtpmap:111 opus/0\r\n", "bad rtpmap");
    refused(AUDIO "a=rtpmap:111 opus/48000/x\r\n", "bad channels");
    refused(AUDIO "a=fmtp:x y\r\n", "no payload type");
    refused(AUDIO "a=extmap:0 urn:x\r\n", "bad extmap");
    refused(AUDIO "a=extmap:1/sometimes urn:x\r\n", "bad direction of an extmap");
    refused(AUDIO "a=mid:a b\r\n", "bad mid");
    refused(AUDIO "a=mid:\r\n", "bad mid");
    refused(AUDIO "a=sendonly:1\r\n", "a direction takes no value");
    refused(AUDIO "a=ice-ufrag:abc\r\n", "bad ice-ufrag");
    refused(AUDIO "a=ice-pwd:short\r\n", "bad ice-pwd");
    refused(AUDIO "a=fingerprint:sha-256 AB:CD\r\n", "a fingerprint of the wrong length");
    refused(AUDIO "a=setup:holdconn\r\n", "bad setup");
    refused(AUDIO "a=candidate:1 1 udp 1 192.0.2.1\r\n", "bad candidate");
    refused(AUDIO "a=candidate:1 1 udp 99999999999 192.0.2.1 9 typ host\r\n", "bad candidate");
    refused(AUDIO "a=ssrc:4294967296 cname:x\r\n", "bad ssrc");
    refused(AUDIO "a=ssrc-group:FID 1 2 3 4 5 6 7 8 9\r\n", "bad ssrc-group");
    refused(AUDIO "a=rid:1 both\r\n", "bad rid");
    refused(AUDIO "a=rid:a/b send\r\n", "bad rid");
    refused(AUDIO "a=simulcast:send\r\n", "bad simulcast");
    refused(AUDIO "a=simulcast:send 1;;2\r\n", "bad simulcast");
    refused(AUDIO "a=simulcast:send 1\r\na=simulcast:send 2\r\n", "a second simulcast");
    refused(AUDIO "a=mid:1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n", "a mid twice");
    refused(TOP "a=group:BUNDLE 7\r\n", "the bundle names a mid that is not there");
    CHECK_INT(fault.line, 0);
    refused(AUDIO "a=mid:1\r\na=setup:x\r\n", "bad setup");
    CHECK_INT(fault.line, 7);
}

TEST(two_fingerprints_are_one_too_many)
{
    refused(TOP "a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
                "a=fingerprint:sha-256 "
                "00:5E:BD:52:F2:83:93:73:6A:2A:61:78:CA:A0:7A:94:16:0A:11:E6:9F:82:F0:FD:28:B9:F0:"
                "A4:FA:85:0C:4B\r\n",
            "two fingerprints");
    refused(TOP "a=fingerprint:sha-256 " OFFER_FINGERPRINT ":00\r\n", "a fingerprint of the wrong length");
    refused(TOP "a=fingerprint:sha-256 "
                "XX:5E:BD:52:F2:83:93:73:6A:2A:61:78:CA:A0:7A:94:16:0A:11:E6:9F:82:F0:FD:28:B9:F0:"
                "A4:FA:85:0C:4B\r\n",
            "bad fingerprint");
}

TEST(everything_has_its_maximum)
{
    static const struct {
        const char *line;
        unsigned count_max;
    } caps[] = {{"a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", SDP_CANDIDATES_MAX},
                {"a=extmap:1 urn:x\r\n", SDP_EXTENSIONS_MAX},
                {"a=ssrc-group:FID 1 2\r\n", SDP_GROUPS_MAX},
                {"a=rid:1 send\r\n", SDP_RIDS_MAX},
                {"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", SDP_MEDIA_MAX - 1}};
    struct buf text;
    buf_init(&text, SDP_BYTES_MAX + 1);
    for (size_t i = 0; i < COUNT_OF(caps); i++) {
        buf_clear(&text);
        buf_add_text(&text, AUDIO);
        for (unsigned n = 0; n < caps[i].count_max; n++)
            buf_add_text(&text, caps[i].line);
        CHECK_OK(parse_str(buf_str(&text)));
        arena_free(arena);
        buf_add_text(&text, caps[i].line);
        CHECK_ERR(parse_str(buf_str(&text)), ERR_LIMIT);
        arena_free(arena);
    }
    buf_clear(&text);
    buf_add_text(&text, AUDIO "a=");
    for (int n = 0; n < SDP_LINE_BYTES_MAX; n++)
        buf_add_char(&text, 'x');
    refused_str(buf_str(&text), "a line too long");
    buf_clear(&text);
    buf_add_text(&text, TOP);
    for (int n = 0; n < SDP_LINES_MAX; n++)
        buf_add_text(&text, "a=x\n");
    refused_str(buf_str(&text), "too many lines");
    while (text.bytes < SDP_BYTES_MAX + 1)
        buf_add_char(&text, 'x');
    refused_str(buf_str(&text), "too long");
    CHECK_OK(text.err);
    buf_done(&text);
}

TEST(what_is_not_known_is_passed_over)
{
    parse(AUDIO
          "a=\r\na=ssrc-video-quality:7\r\na=candidate:1 1 ssltcp 1 192.0.2.1 9 typ host\r\n"
          "a=candidate:1 1 udp 1 192.0.2.1 9 typ token\r\nb=AS:500\r\na=rtpmap:5 X/1\r\na=rtcp-fb:5 nack\r\n"
          "a=candidate:1 1 udp 1 ab12.local 9 typ host\r\na=rtcp-fb:* nack\r\na=group:BUNDLE nobody\r\n");
    CHECK_INT(s->media[0].candidate_count, 1);
    CHECK_INT(s->media[0].candidates[0].address.family, 0);
    CHECK_STR(s->media[0].candidates[0].host, "ab12.local");
    CHECK(s->media[0].codecs[1].feedback == SDP_NACK && s->bundle_count == 0);
    CHECK_STR(s->media[0].codecs[1].name, "PCMU");
    arena_free(arena);
}

TEST(lists_of_layers_are_read_in_both_directions)
{
    parse(AUDIO "a=simulcast:recv 4 send ~hi,mid;lo\r\n");
    const struct sdp_media *m = &s->media[0];
    CHECK(m->send_count == 2 && m->recv_count == 1 && m->send_layers[0].is_paused &&
          !m->send_layers[1].is_paused);
    CHECK_STR(m->send_layers[0].rid, "hi");
    CHECK_STR(m->recv_layers[0].rid, "4");
    arena_free(arena);
}

TEST(a_fragment_carries_candidates_with_and_without_sections)
{
    arena = arena_new(1 << 20);
    CHECK_OK(sdp_parse_fragment(
        STR("a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
            "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
            "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 "
            "ufrag EsAw network-id 1\r\na=end-of-candidates\r\n"),
        arena, &s, &fault));
    CHECK(s->media_count == 1 && s->media[0].candidate_count == 1 && s->media[0].has_end_of_candidates);
    CHECK_STR(s->media[0].ufrag, "EsAw");
    CHECK_OK(sdp_parse_fragment(STR("a=candidate:1 1 udp 1 192.0.2.1 9 typ host\n"), arena, &s, &fault));
    CHECK_INT(s->session.candidate_count, 1);
    CHECK_ERR(sdp_parse_fragment(STR("v=0\r\n"), arena, &s, &fault), ERR_BAD_INPUT);
    arena_free(arena);
}

/* What is written is read as the same, and written again it is the same text. */
static void comes_back(const char *text)
{
    struct buf first, second;
    buf_init(&first, SDP_BYTES_MAX);
    buf_init(&second, SDP_BYTES_MAX);
    parse(text);
    sdp_write(s, &first);
    CHECK_OK(first.err);
    struct arena *before = arena;
    unsigned media_count = s->media_count;
    CHECK_OK(parse_str(buf_str(&first)));
    CHECK_INT(s->media_count, media_count);
    sdp_write(s, &second);
    CHECK(str_is(buf_str(&first), buf_str(&second)));
    arena_free(before);
    arena_free(arena);
    buf_done(&first);
    buf_done(&second);
}

TEST(what_is_written_is_read_as_the_same)
{
    comes_back(offer_obs);
    comes_back(offer_ffmpeg);
    comes_back(offer_aiortc);
    comes_back(offer_gstreamer);
    comes_back(
        AUDIO
        "a=candidate:1 1 tcp 7 2001:db8::1 9 typ host tcptype passive\r\na=simulcast:send 1;~2 recv 3\r\n"
        "a=rid:1 send max-width=640;max-fps=15\r\na=extmap:3/recvonly urn:x\r\n");
}

TEST(a_fragment_is_written_for_a_restart)
{
    struct buf b;
    struct sdp_candidate c = {
        .foundation = STR("1"), .component = 1, .priority = 7, .address = {4, {192, 0, 2, 1}, 8443}};
    struct sdp made = {.is_ice_lite = true};
    made.session.ufrag = STR("abcd");
    made.session.password = STR("0123456789012345678901");
    made.session.candidates = &c;
    made.session.candidate_count = 1;
    made.session.has_end_of_candidates = true;
    buf_init(&b, 4096);
    sdp_write_fragment(&made, &b);
    CHECK_OK(b.err);
    CHECK_STR(buf_str(&b), "a=ice-lite\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
                           "a=candidate:1 1 udp 7 192.0.2.1 8443 typ host\r\na=end-of-candidates\r\n");
    buf_done(&b);
}

TEST(a_text_cut_anywhere_does_no_harm)
{
    size_t bytes = strlen(offer_aiortc);
    for (size_t n = 0; n < bytes; n++) {
        (void)parse_str((struct str){offer_aiortc, n});
        arena_free(arena);
    }
}

SWEEP(an_offer_is_read_with_little_memory)
{
    struct arena *a = arena_new(1 << 20);
    struct sdp_fault f;
    struct sdp *read;
    if (!a) return ERR_NOMEM;
    enum err err = sdp_parse(str_of(offer_aiortc), a, &read, &f);
    arena_free(a);
    return err;
}
