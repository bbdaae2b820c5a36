#include "../check.h"
#include "media/answer.h"
#include "offers.h"
#include <stdio.h>
#include <stdlib.h>

static struct arena *arena;
static struct sdp *offer, *answer;
static struct sdp_fault fault;
static const struct sdp_candidate candidate = {
    .foundation = {"1", 1}, .component = 1, .priority = 2130706431, .address = {4, {192, 0, 2, 1}, 8443}};

static struct answer_terms terms_of(bool may_send, bool may_receive)
{
    return (struct answer_terms){
        .may_send = may_send,
        .may_receive = may_receive,
        .audio_max = 1,
        .video_max = 1,
        .layers_max = 4,
        .codecs = answer_codecs_default,
        .codec_count = answer_codecs_default_count,
        .extensions = 1u << EXT_MID | 1u << EXT_RID | 1u << EXT_REPAIRED_RID | 1u << EXT_TRANSPORT_SEQ |
                      1u << EXT_AUDIO_LEVEL | 1u << EXT_ABS_SEND_TIME,
        .setup = SDP_SETUP_ACTIVE,
        .session_id = 7,
        .session_version = 1,
        .ufrag = STR("yqufrag0"),
        .password = STR("yqpassword0123456789abcd"),
        .fingerprint = {0xab},
        .candidates = &candidate,
        .candidate_count = 1,
    };
}

static enum err answered(struct str text, const struct answer_terms *terms)
{
    arena = arena_new(1 << 22);
    fault = (struct sdp_fault){0};
    CHECK_OK(sdp_parse(text, arena, &offer, &fault));
    return answer_make(offer, terms, arena, &answer, &fault);
}

/* The answer as a text, that a parser takes. */
static void written(struct buf *b)
{
    struct sdp *back;
    buf_init(b, SDP_BYTES_MAX);
    sdp_write(answer, b);
    CHECK_OK(b->err);
    CHECK_OK(sdp_parse(buf_str(b), arena, &back, &fault));
    CHECK_INT(back->media_count, offer->media_count);
    buf_add_char(b, '\0'); /* for strstr */
}

TEST(obs_is_answered_with_all_of_its_layers)
{
    struct answer_terms terms = terms_of(false, true);
    struct buf b;
    terms.is_strict = true;
    CHECK_OK(answered(str_of(offer_obs), &terms));
    const struct sdp_media *v = &answer->media[1];
    CHECK(v->direction == SDP_RECVONLY && v->setup == SDP_SETUP_ACTIVE && v->recv_count == 3 &&
          v->send_count == 0);
    CHECK(v->codec_count == 2 && v->codecs[0].payload_type == 96 && v->codecs[1].payload_type == 97);
    CHECK_INT(v->codecs[0].feedback, SDP_NACK | SDP_NACK_PLI | SDP_REMB);
    CHECK(answer->media[0].candidate_count == 1 && v->candidate_count == 0);
    written(&b);
    CHECK(strstr(b.at, "a=simulcast:recv 0;1;2\r\n") && strstr(b.at, "a=rid:1 recv\r\n") &&
          strstr(b.at, "a=ice-lite"));
    buf_done(&b);
    arena_free(arena);
}

TEST(ffmpeg_gets_a_client_and_a_short_answer_with_the_candidate_inside)
{
    struct answer_terms terms = terms_of(false, true);
    struct buf b;
    terms.is_strict = true;
    CHECK_OK(answered(str_of(offer_ffmpeg), &terms));
    CHECK(answer->media[0].setup == SDP_SETUP_ACTIVE && answer->media[1].codecs[0].payload_type == 106);
    CHECK_INT(answer->media[1].extension_count, 0);
    written(&b);
    CHECK(b.bytes < 8192);
    CHECK(strstr(b.at, "a=candidate:1 1 udp 2130706431 192.0.2.1 8443 typ host\r\n"));
    buf_done(&b);
    arena_free(arena);
}

TEST(aiortc_is_answered_with_vp8_and_its_retransmissions)
{
    struct answer_terms terms = terms_of(false, true);
    struct ext_map map;
    CHECK_OK(answered(str_of(offer_aiortc), &terms));
    CHECK_STR(answer->media[0].codecs[0].name, "opus");
    CHECK_STR(answer->media[1].codecs[0].name, "VP8");
    CHECK_INT(answer->media[1].codecs[1].payload_type, 98);
    CHECK(answer_extensions(answer, &map));
    CHECK(map.id_of[EXT_MID] == 1 && map.id_of[EXT_ABS_SEND_TIME] == 3 && map.kind_of[2] == EXT_AUDIO_LEVEL);
    arena_free(arena);
}

TEST(constrained_baseline_is_chosen_among_the_h264)
{
    static const struct answer_codec h264 = {SDP_VIDEO, CODEC_H264, 90000, SDP_NACK, NULL};
    struct answer_terms terms = terms_of(false, true);
    terms.codecs = &h264;
    terms.codec_count = 1;
    CHECK_OK(answered(str_of(offer_aiortc), &terms));
    CHECK(!answer_is_taken(&answer->media[0])); /* no audio codec is wanted: that section is off */
    CHECK_INT(answer->media[1].codecs[0].payload_type, 101);
    CHECK(answer->bundle_count == 1 && str_is_text(answer->bundle[0], "1"));
    arena_free(arena);
}

TEST(gstreamer_is_answered_both_ways)
{
    struct answer_terms terms = terms_of(true, true);
    CHECK_OK(answered(str_of(offer_gstreamer), &terms));
    CHECK(answer->media[0].direction == SDP_SENDRECV && answer->media[1].direction == SDP_SENDRECV);
    CHECK(answer_is_taken(&answer->media[1])); /* port 0 with bundle-only is on */
    arena_free(arena);
}

TEST(a_section_whose_source_has_a_codec_that_the_peer_has_not_stays_for_another)
{
    struct answer_section sections[] = {{.codec = CODEC_VP9}, {.is_off = true}};
    struct answer_terms terms = terms_of(true, false);
    terms.sections = sections;
    CHECK_OK(answered(str_of(offer_gstreamer), &terms));
    CHECK(answer_is_taken(&answer->media[1]) && answer->media[1].direction == SDP_INACTIVE);
    CHECK(answer_is_taken(&answer->media[0]) && answer->media[0].direction == SDP_INACTIVE);
    arena_free(arena);
    sections[0].codec = CODEC_VP8;
    CHECK_OK(answered(str_of(offer_gstreamer), &terms));
    CHECK_INT(answer->media[0].direction, SDP_SENDONLY);
    arena_free(arena);
}

static struct str captured(const char *name)
{
    static char text[64 * 1024];
    const char *source = getenv("YQ_SOURCE");
    char path[512];
    snprintf(path, sizeof path, "%s/../shared/spikes/%s", source ? source : ".", name);
    FILE *f = fopen(path, "rb");
    if (!f) check_skip("no captured offers on this machine");
    size_t bytes = fread(text, 1, sizeof text, f);
    fclose(f);
    return (struct str){text, bytes};
}

static const char voice_begin[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
                                  "m=audio 9 UDP/TLS/RTP/SAVPF ",
                  voice_rest[] =
                      "\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\n"
                      "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=rtcp-mux\r\n"
                      "a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\na=setup:actpass\r\n"
                      "a=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n";

/* Browsers send by RED what lists it first; and over a way that needs it a silence is not left out. */
TEST(red_stands_first_where_the_offer_has_it_so_or_where_it_is_wanted)
{
    static const struct {
        const char *formats;
        bool wants_red, is_first;
    } cases[] = {
        {"111 63", false, false}, {"63 111", false, true}, {"111 63", true, true}, {"63 111", true, true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct answer_terms terms = terms_of(false, true);
        struct buf b;
        char text[1200];
        terms.wants_red = cases[i].wants_red;
        snprintf(text, sizeof text, "%s%s%s", voice_begin, cases[i].formats, voice_rest);
        CHECK_OK(answered(str_of(text), &terms));
        CHECK_INT(answer->media[0].codecs[0].payload_type, 111);
        written(&b);
        CHECK((strstr(b.at, " 63 111\r\n") != NULL) == cases[i].is_first);
        CHECK((strstr(b.at, "usedtx=1") != NULL) == !cases[i].is_first && strstr(b.at, "useinbandfec=1"));
        buf_done(&b);
        arena_free(arena);
    }
}

TEST(chromium_is_answered_and_its_data_channel_switched_off)
{
    struct answer_terms terms = terms_of(false, true);
    struct buf b;
    CHECK_OK(answered(captured("chromium156-offer.sdp"), &terms));
    CHECK(answer->media[0].codec_count == 2 &&
          answer->media[0].codecs[1].payload_type == 63); /* opus and red */
    CHECK(answer->media[1].codecs[0].payload_type == 96 && answer->media[1].codecs[0].feedback == 31);
    CHECK(!answer_is_taken(&answer->media[2]) && answer->bundle_count == 2);
    written(&b);
    CHECK(strstr(b.at, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    CHECK(strstr(b.at, "a=rtcp-xr:rcvr-rtt=all\r\n"));
    buf_done(&b);
    arena_free(arena);
}

TEST(firefox_is_answered_with_its_extensions_turned_round)
{
    struct answer_terms terms = terms_of(false, true);
    terms.extensions |= 1u << EXT_PLAYOUT_DELAY;
    CHECK_OK(answered(captured("firefox153-offer.sdp"), &terms));
    const struct sdp_media *v = &answer->media[1];
    for (unsigned i = 0; i < v->extension_count; i++)
        CHECK_INT(v->extensions[i].direction,
                  v->extensions[i].kind == EXT_PLAYOUT_DELAY ? SDP_SENDONLY : SDP_SENDRECV);
    arena_free(arena);
}

/* The offer with one text in place of another. */
static const char *changed(const char *text, const char *from, const char *to)
{
    static char out[16384];
    size_t from_bytes = strlen(from), bytes = 0;
    int changes = 0;
    while (*text) {
        bool is_here = strncmp(text, from, from_bytes) == 0;
        struct str add = is_here ? str_of(to) : (struct str){text, 1};
        CHECK(bytes + add.bytes < sizeof out);
        if (add.bytes) memcpy(out + bytes, add.at, add.bytes);
        bytes += add.bytes;
        text += is_here ? from_bytes : 1;
        changes += is_here;
    }
    out[bytes] = 0;
    CHECK(changes > 0);
    return out;
}

static void strictly_refused(const char *from, const char *to, const char *why)
{
    struct answer_terms terms = terms_of(false, true);
    terms.is_strict = true;
    CHECK_ERR(answered(str_of(changed(offer_ffmpeg, from, to)), &terms), ERR_UNSUPPORTED);
    CHECK_STR(str_of(fault.why), why);
    arena_free(arena);
}

TEST(h264_is_taken_in_mode_1_or_without_a_word_about_it)
{
    struct answer_terms terms = terms_of(false, true);
    strictly_refused("packetization-mode=1", "packetization-mode=0", "none of the codecs is ours");
    terms.is_strict = true;
    CHECK_OK(answered(str_of(changed(offer_ffmpeg, "packetization-mode=1", "x=1")), &terms));
    CHECK_STR(answer->media[1].codecs[0].name, "H264");
    arena_free(arena);
}

TEST(a_strict_answer_is_all_or_nothing)
{
    strictly_refused("a=rtcp-mux\r\n", "", "rtcp-mux is needed");
    strictly_refused("a=fingerprint:sha-256", "a=fingerprint:sha-1", "a sha-256 fingerprint is needed");
    strictly_refused("a=setup:passive\r\n", "", "setup is needed");
    strictly_refused("BUNDLE 0 1", "BUNDLE 0", "all sections must be of one bundle");
    strictly_refused("UDP/TLS/RTP/SAVPF", "RTP/AVP", "only DTLS-SRTP is taken");
    strictly_refused("H264/90000", "H266/90000", "none of the codecs is ours");
    strictly_refused("a=sendonly", "a=recvonly", "the direction is not the one wanted here");
    strictly_refused("m=video 9 ", "m=video 0 ", "the section is switched off");
    strictly_refused("m=video", "m=audio", "too many sections of a kind");
    strictly_refused("a=msid:FFmpeg video", "a=simulcast:send 1;2;3;4;5", "too many simulcast layers");
}

/* aiortc has a transport for each section until the answer bundles them. */
TEST(the_first_section_that_is_taken_speaks_for_the_bundle)
{
    struct answer_terms terms = terms_of(false, true);
    const char *text =
        changed(offer_aiortc, "a=mid:1\r\n", "a=mid:1\r\na=ice-ufrag:other\r\na=setup:passive\r\n");
    CHECK_OK(answered(str_of(text), &terms));
    CHECK(answer_peer(offer, answer) == &offer->media[0]);
    CHECK(answer->media[0].setup == SDP_SETUP_ACTIVE && answer->media[1].setup == SDP_SETUP_ACTIVE);
    terms.audio_max = 0;
    arena_free(arena);
    CHECK_OK(answered(str_of(text), &terms));
    CHECK(answer_peer(offer, answer) == &offer->media[1] && answer->media[1].candidate_count == 1);
    arena_free(arena);
}

/* The offer of Debian's aiortc 1.4.0 numbers audio's level and video's time of sending alike. */
static const char *aiortc_as_it_is(void)
{
    return changed(offer_aiortc, "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
                   "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time");
}

static bool has_extension(enum ext_kind kind)
{
    for (unsigned i = 0; i < answer->media_count; i++)
        for (unsigned j = 0; j < answer->media[i].extension_count; j++)
            if (answer->media[i].extensions[j].kind == kind) return true;
    return false;
}

TEST(of_two_extensions_under_one_id_the_better_is_agreed_on)
{
    struct answer_terms up = terms_of(false, true), down = terms_of(true, false);
    up.extensions |= 1u << EXT_ABS_SEND_TIME | 1u << EXT_AUDIO_LEVEL;
    down.extensions = up.extensions;
    CHECK_OK(answered(str_of(aiortc_as_it_is()), &up));
    CHECK(has_extension(EXT_MID) && has_extension(EXT_AUDIO_LEVEL) && !has_extension(EXT_ABS_SEND_TIME));
    arena_free(arena);
    CHECK_OK(answered(str_of(aiortc_as_it_is()), &down));
    CHECK(has_extension(EXT_MID) && !has_extension(EXT_AUDIO_LEVEL) && has_extension(EXT_ABS_SEND_TIME));
    arena_free(arena);
}

TEST(an_extension_under_two_ids_is_refused)
{
    struct answer_terms terms = terms_of(false, true);
    const char *text =
        changed(offer_aiortc, "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
                "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid");
    CHECK_ERR(answered(str_of(text), &terms), ERR_BAD_INPUT);
    arena_free(arena);
}

TEST(an_offer_of_nothing_for_us_is_refused)
{
    struct answer_terms terms = terms_of(false, true);
    terms.codec_count = 0;
    CHECK_ERR(answered(str_of(offer_obs), &terms), ERR_UNSUPPORTED);
    CHECK_STR(str_of(fault.why), "no section can be taken");
    arena_free(arena);
}

SWEEP(an_offer_is_answered_with_little_memory)
{
    struct arena *a = arena_new(1 << 20);
    struct answer_terms terms = terms_of(false, true);
    struct sdp_fault f;
    struct sdp *read = NULL, *made;
    if (!a) return ERR_NOMEM;
    enum err err = sdp_parse(str_of(offer_obs), a, &read, &f);
    if (!err) err = answer_make(read, &terms, a, &made, &f);
    arena_free(a);
    return err;
}
