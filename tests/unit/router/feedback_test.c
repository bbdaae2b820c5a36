/* RTCP and retransmissions, both ways, packet by packet. */
#include "media/twcc.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <stdlib.h>

enum { TAPE_MAX = 20000, SSRC = 0x1000 };

static struct taped {
    uint32_t peer;
    bool is_rtcp;
    int64_t at_us;
    size_t bytes;
    uint8_t at[RTP_BYTES_MAX];
} tape[TAPE_MAX];
static unsigned taped;

static void on_tape(const struct stage_sent *s)
{
    ASSERT(taped < TAPE_MAX);
    struct taped *t = &tape[taped++];
    *t = (struct taped){.peer = s->peer, .is_rtcp = s->is_rtcp, .at_us = s->at_us, .bytes = s->bytes};
    memcpy(t->at, s->at, s->bytes);
}

/* The n-th RTCP packet of a kind to a peer. */
static bool heard(uint32_t peer, enum rtcp_kind kind, unsigned n, struct rtcp *ret, int64_t *ret_us)
{
    for (unsigned i = 0; i < taped; i++) {
        if (tape[i].peer != peer || !tape[i].is_rtcp) continue;
        for (size_t offset = 0; rtcp_next(tape[i].at, tape[i].bytes, &offset, ret);) {
            if (ret->kind != kind || n-- > 0) continue;
            if (ret_us) *ret_us = tape[i].at_us;
            return true;
        }
    }
    return false;
}
static unsigned heard_count(uint32_t peer, enum rtcp_kind kind)
{
    struct rtcp r;
    unsigned n = 0;
    while (heard(peer, kind, n, &r, NULL))
        n++;
    return n;
}
/* The n-th RTP packet to a peer; its bytes are changed no more. */
static bool came(uint32_t peer, unsigned n, struct rtp *ret)
{
    for (unsigned i = 0; i < taped; i++)
        if (tape[i].peer == peer && !tape[i].is_rtcp && n-- == 0)
            return rtp_parse(tape[i].at, tape[i].bytes, ret) == OK;
    return false;
}
static unsigned came_count(uint32_t peer)
{
    unsigned n = 0;
    for (unsigned i = 0; i < taped; i++)
        n += tape[i].peer == peer && !tape[i].is_rtcp;
    return n;
}

static void now_send(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes)
{
    (void)owner;
    if (is_rtcp)
        stage_rtcp(peer, at, bytes);
    else
        stage_rtp(peer, at, bytes);
}

static struct source source;
static uint32_t track;
static struct viewer viewer;

/* One publisher of video and one viewer, connected; packets go straight through. */
static void pair(unsigned codecs, enum codec codec, unsigned up_traits, unsigned down_traits,
                 const char *rids)
{
    static const char *const names[] = {"q", "h", "f"};
    CHECK_OK(world_open(5));
    stage.on_sent = on_tape;
    taped = 0;
    track = world_publish(codecs, up_traits, rids);
    CHECK(track);
    source_init(&source, 10, codec, "0", SSRC);
    source.send = now_send;
    for (unsigned i = 0; rids[0] && i < 3; i++)
        source.rids[i] = names[i];
    if (rids[0]) source.layer_count = 3;
    if (!(up_traits & STAGE_RTX)) source.rtx_payload_type = 0;
    CHECK_INT(world_watch(20, 2, LINK_DOWN, codecs, down_traits, &track, 1), LINK_DONE);
    CHECK(viewer_init(&viewer, 20, codec, stage.answer, "0"));
    viewer.send = now_send;
}

static void pictures(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < source.layer_count; j++)
            source_picture(&source, j, false, 2, stage.now_us);
        stage_run(40);
    }
}

/* So many packets of the source never arrive. */
enum { LOST_MOST = 10 };
static unsigned to_lose;
static uint8_t lost_at[LOST_MOST][RTP_BYTES_MAX];
static size_t lost_bytes[LOST_MOST];
static unsigned lost_count;
static void losing_send(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes)
{
    if (is_rtcp || to_lose == 0) {
        now_send(owner, peer, is_rtcp, at, bytes);
        return;
    }
    to_lose--;
    memcpy(lost_at[lost_count], at, bytes);
    lost_bytes[lost_count++] = bytes;
}

static void lose(unsigned count)
{
    CHECK(count <= LOST_MOST);
    to_lose = count;
    lost_count = 0;
    source.send = losing_send;
    for (unsigned i = 0; i < (count + 1) / 2; i++)
        source_picture(&source, 0, false, 2, stage.now_us);
    source.send = now_send;
}

TEST(what_is_missing_on_the_way_up_is_asked_for_and_its_retransmission_taken)
{
    struct rtcp r;
    struct rtcp_nack_walk walk = {0};
    uint16_t seq, second;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    pictures(5);
    uint16_t first_lost = source.layers[0].seq;
    lose(2);
    source_picture(&source, 0, false, 2, stage.now_us);
    int64_t gap_us = stage.now_us, asked_us;
    stage_run(20);
    CHECK(heard(10, RTCP_NACK, 0, &r, &asked_us) && r.media_ssrc == SSRC);
    CHECK(asked_us - gap_us <= 20000);
    CHECK(rtcp_next_nack(&r, &walk, &seq) && seq == first_lost);
    CHECK(rtcp_next_nack(&r, &walk, &second) && second == (uint16_t)(first_lost + 1));
    CHECK(!rtcp_next_nack(&r, &walk, &seq));
    unsigned before = came_count(20);
    for (unsigned i = 0; i < taped; i++)
        if (tape[i].peer == 10 && tape[i].is_rtcp) source_rtcp(&source, tape[i].at, tape[i].bytes);
    CHECK(source.layers[0].nacks_heard >= 2);
    CHECK_INT(came_count(20), before + 2); /* forwarded at once, on the stream itself */
    pictures(3);
    unsigned asked = heard_count(10, RTCP_NACK);
    pictures(20);
    CHECK_INT(heard_count(10, RTCP_NACK), asked); /* nothing is missing any more */
    world_close();
}

TEST(a_lost_retransmission_is_asked_for_ten_times_and_no_more)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY & ~STAGE_TWCC, STAGE_ORDINARY, "");
    pictures(5);
    lose(1);
    pictures(100);
    CHECK_INT(heard_count(10, RTCP_NACK), 10);
    world_close();
}

TEST(no_nack_goes_to_who_did_not_negotiate_it)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_PLI, STAGE_ORDINARY, "");
    pictures(5);
    lose(2);
    pictures(20);
    CHECK_INT(heard_count(10, RTCP_NACK), 0);
    world_close();
}

TEST(a_retransmission_may_come_on_the_stream_itself)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY & ~STAGE_RTX, STAGE_ORDINARY, "");
    pictures(5);
    lose(1);
    pictures(1);
    unsigned before = came_count(20);
    stage_rtp(10, lost_at[0], lost_bytes[0]);
    stage_rtp(10, lost_at[0], lost_bytes[0]); /* and again: a duplicate */
    CHECK_INT(came_count(20), before + 1);
    world_close();
}

static void nack(uint16_t seq)
{
    uint8_t at[64];
    struct rtcp_out o;
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, NULL, 0);
    CHECK_INT(rtcp_add_nack(&o, 77, viewer.ssrc, &seq, 1), 1);
    stage_rtcp(20, at, rtcp_end(&o));
}

TEST(a_viewer_gets_a_packet_again_once_a_round_trip_on_the_other_stream)
{
    struct rtp first, again;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    pictures(5);
    CHECK(came(20, 3, &first) && first.ssrc == viewer.ssrc && first.payload_type == STAGE_TYPE_VP8);
    unsigned before = came_count(20);
    nack(first.seq);
    nack(first.seq); /* impatience */
    CHECK_INT(came_count(20), before + 1);
    CHECK(came(20, before, &again) && again.ssrc == viewer.rtx_ssrc &&
          again.payload_type == STAGE_TYPE_VP8 + 1 && bytes_get16(rtp_payload(&again)) == first.seq);
    CHECK(rtp_unwrap_rtx(&again, first.ssrc, first.payload_type) == OK);
    CHECK(again.timestamp == first.timestamp && again.is_marked == first.is_marked &&
          again.payload_bytes == first.payload_bytes &&
          memcmp(rtp_payload(&again), rtp_payload(&first), first.payload_bytes) == 0);
    stage_run(110); /* more than the round trip that is guessed */
    nack(first.seq);
    CHECK_INT(came_count(20), before + 2);
    nack((uint16_t)(first.seq - 1000)); /* never sent */
    CHECK_INT(came_count(20), before + 2);
    world_close();
}

TEST(without_rtx_nothing_is_sent_again)
{
    struct rtp first;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY & ~STAGE_RTX, "");
    pictures(5);
    CHECK(came(20, 3, &first));
    unsigned before = came_count(20);
    nack(first.seq);
    CHECK_INT(came_count(20), before);
    world_close();
}

TEST(retransmissions_take_no_more_than_their_share)
{
    struct rtp r;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, (STAGE_ORDINARY & ~STAGE_TWCC) | STAGE_REMB, "");
    stage_remb(20, viewer.ssrc, 400000);
    pictures(60);
    unsigned sent = came_count(20);
    for (unsigned i = 20; i < sent; i++) /* all at once, deltas for the most part */
        if (came(20, i, &r)) nack(r.seq);
    size_t bytes = 0;
    for (unsigned i = sent; i < came_count(20); i++)
        if (came(20, i, &r)) bytes += r.bytes;
    CHECK(came_count(20) > sent && bytes <= 4 * RTP_BYTES_MAX + 1000);
    world_close();
}

TEST(a_key_frame_is_asked_for_at_once_then_at_the_end_of_half_a_second)
{
    int64_t us;
    struct rtcp r;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    pictures(30);
    unsigned before = heard_count(10, RTCP_PLI);
    int64_t from_us = stage.now_us;
    viewer_ask_key(&viewer);
    CHECK(heard_count(10, RTCP_PLI) == before + 1 && heard(10, RTCP_PLI, before, &r, NULL) &&
          r.media_ssrc == SSRC);
    stage_run(100);
    viewer_ask_key(&viewer);
    CHECK_INT(heard_count(10, RTCP_PLI), before + 1);
    stage_run(390);
    CHECK_INT(heard_count(10, RTCP_PLI), before + 1);
    source_picture(&source, 0, false, 1, stage.now_us); /* it lives */
    stage_run(30);
    CHECK(heard(10, RTCP_PLI, before + 1, &r, &us) && us - from_us >= 500000 && us - from_us <= 530000);
    source_picture(&source, 0, true, 2, stage.now_us);
    stage_run(3000);
    CHECK_INT(heard_count(10, RTCP_PLI), before + 2); /* it came */
    viewer_ask_key(&viewer);
    stage_run(1000);
    source_picture(&source, 0, true, 2, stage.now_us);
    unsigned three = heard_count(10, RTCP_PLI);
    viewer_ask_key(&viewer); /* the fourth in ten seconds is not heard */
    CHECK_INT(heard_count(10, RTCP_PLI), three);
    world_close();
}

TEST(a_source_that_knows_only_fir_gets_fir_and_one_that_knows_neither_is_left_in_peace)
{
    struct rtcp r;
    uint32_t ssrc;
    uint8_t number[2];
    size_t at = 0;
    pair(STAGE_VP8, CODEC_VP8, STAGE_NACK | STAGE_FIR, STAGE_ORDINARY, "");
    pictures(30);
    unsigned before = heard_count(10, RTCP_FIR);
    viewer_ask_key(&viewer);
    CHECK(heard(10, RTCP_FIR, before, &r, NULL) && rtcp_next_fir(&r, &at, &ssrc, &number[0]) && ssrc == SSRC);
    source_picture(&source, 0, true, 2, stage.now_us);
    stage_run(600);
    viewer_ask_key(&viewer);
    at = 0;
    CHECK(heard(10, RTCP_FIR, before + 1, &r, NULL) && rtcp_next_fir(&r, &at, &ssrc, &number[1]));
    CHECK_INT(number[1], (uint8_t)(number[0] + 1));
    CHECK_INT(heard_count(10, RTCP_PLI), 0);
    world_close();
    pair(STAGE_VP8, CODEC_VP8, 0, STAGE_ORDINARY, "");
    pictures(30);
    viewer_ask_key(&viewer);
    stage_run(2000);
    CHECK(heard_count(10, RTCP_FIR) == 0 && heard_count(10, RTCP_PLI) == 0);
    world_close();
}

TEST(a_publisher_hears_what_was_lost_and_when_its_report_came)
{
    struct rtcp r;
    struct rtcp_report report;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY & ~STAGE_NACK, STAGE_ORDINARY, "");
    pictures(30);
    lose(4);
    source_report(&source, 0x1234567890abcdefull, stage.now_us);
    int64_t reported_us = stage.now_us, us = 0;
    pictures(40);
    bool is_found = false;
    for (unsigned n = 0; heard(10, RTCP_RR, n, &r, &us); n++) {
        if (r.count == 0) continue;
        rtcp_report(&r, 0, &report);
        is_found |= report.ssrc == SSRC && report.lost == 4 && report.last_sr == 0x567890ab &&
                    llabs((int64_t)report.since_sr * 1000000 / 65536 - (us - reported_us)) < 1000;
    }
    CHECK(is_found);
    struct rtcp sdes;
    size_t at = 0;
    uint32_t of;
    struct str cname;
    CHECK(heard(10, RTCP_SDES, 0, &sdes, NULL) && rtcp_next_cname(&sdes, &at, &of, &cname) && cname.bytes);
    world_close();
}

/* How much longer its report is said to have lain here than it has: in the report after ten packets were lost, and in the last one. */
static void haste(int64_t trip_us, int64_t ret_us[2])
{
    struct rtcp r;
    struct rtcp_report report;
    int64_t us;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY & ~STAGE_NACK, STAGE_ORDINARY, "");
    peer_note_round_trip(stage_transport(10)->peer, TRIP_REPORTED, trip_us);
    pictures(30);
    source_report(&source, 0x1234567890abcdefull, stage.now_us);
    int64_t reported_us = stage.now_us;
    lose(10);
    pictures(250); /* more than the five seconds for which it is told so */
    ret_us[0] = 0;
    for (unsigned n = 0; heard(10, RTCP_RR, n, &r, &us); n++) {
        if (r.count == 0) continue;
        rtcp_report(&r, 0, &report);
        if (report.last_sr != 0x567890ab) continue;
        ret_us[1] = (int64_t)report.since_sr * 1000000 / 65536 - (us - reported_us);
        if (ret_us[1] > ret_us[0]) ret_us[0] = ret_us[1];
    }
    world_close();
}

TEST(where_much_is_lost_a_publisher_is_told_of_half_a_round_trip_so_that_it_answers_twice)
{
    int64_t us[2];
    haste(100000, us);
    CHECK(llabs(us[0] - 50000) < 1000 &&
          llabs(us[1]) < 1000); /* and of all of it once no more was lost for a while */
    haste(400000, us);
    CHECK(llabs(us[0] - 60000) < 1000 && llabs(us[1]) < 1000);
}

TEST(a_viewer_gets_the_publishers_clock)
{
    struct rtcp r;
    struct rtcp_sender s[2];
    struct rtp packet;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    uint64_t ntp = rtcp_ntp(1700000000000000ll);
    source_picture(&source, 0, false, 2, stage.now_us);
    source_report(&source, ntp, stage.now_us);
    stage_run(1500);
    pictures(30);
    CHECK(heard(20, RTCP_SR, 0, &r, NULL) && r.ssrc == viewer.ssrc);
    rtcp_sender(&r, &s[0]);
    CHECK(heard(20, RTCP_SR, 1, &r, NULL));
    rtcp_sender(&r, &s[1]);
    CHECK(s[1].packets > 0 && s[1].octets > 0);
    /* The publisher's wall clock, and the same distance between its timestamps and ours throughout. */
    CHECK(llabs(rtcp_ntp_us(s[0].ntp) - 1700000000000000ll) < 3000000);
    CHECK(came(20, 0, &packet));
    int64_t ahead_us = rtcp_ntp_us(s[1].ntp) - 1700000000000000ll;
    uint32_t expected = packet.timestamp + (uint32_t)(ahead_us * 90000 / 1000000);
    CHECK(abs((int32_t)(s[1].timestamp - expected)) < 90);
    world_close();
}

TEST(round_trips_are_measured_by_reports_by_answers_and_by_the_other_way)
{
    struct rtcp r, rr;
    uint8_t at[200];
    struct rtcp_out o;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY | STAGE_RCVR_RTT, STAGE_ORDINARY, "");
    struct peer *up = stage_transport(10)->peer, *down = stage_transport(20)->peer;
    CHECK(peer_round_trip_us(up) == 0 && peer_round_trip_ms(up) == 100 && peer_round_trip_us(down) == 0);
    /* An answer to a NACK. */
    pictures(5);
    lose(1);
    pictures(1);
    stage_run(60);
    stage_rtp(10, lost_at[0], lost_bytes[0]);
    int64_t answered_us = peer_round_trip_us(up);
    CHECK(answered_us >= 50000 && answered_us <= 100000);
    /* Our RRTR, answered by DLRR (RFC 3611): it knows better. */
    pictures(30);
    struct rtcp_xr block = {0};
    size_t offset = 0;
    int64_t us = 0;
    CHECK(heard(10, RTCP_XR, 0, &r, &us) && rtcp_next_xr(&r, &offset, &block) && block.kind == RTCP_XR_RRTR);
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, SSRC, NULL, 0);
    int64_t held_us = stage.now_us - us - 30000; /* it came 30 ms ago less what the way takes */
    rtcp_add_dlrr(&o, SSRC, up->ssrc, rtcp_ntp_middle(block.ntp), (uint32_t)((held_us << 16) / 1000000));
    stage_rtcp(10, at, rtcp_end(&o));
    CHECK(llabs(peer_round_trip_us(up) - 30000) < 200);
    /* A viewer's report about our sender report. */
    CHECK(heard(20, RTCP_SR, 0, &rr, &us));
    struct rtcp_sender sender;
    unsigned n = heard_count(20, RTCP_SR) - 1;
    CHECK(heard(20, RTCP_SR, n, &rr, &us));
    rtcp_sender(&rr, &sender);
    held_us = stage.now_us - us - 50000;
    struct rtcp_report report = {.ssrc = viewer.ssrc, .last_sr = rtcp_ntp_middle(sender.ntp)};
    if (held_us < 0) {
        stage_run(60);
        held_us = stage.now_us - us - 50000;
    }
    report.since_sr = (uint32_t)((held_us << 16) / 1000000);
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, &report, 1);
    stage_rtcp(20, at, rtcp_end(&o));
    CHECK(llabs(peer_round_trip_us(down) - 50000) < 200);
    /* The same participant's up peer, of which nothing is known. */
    stage_offer_begin(1, "pub2");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    CHECK_INT(stage_offer(21, 2, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    CHECK_INT(peer_round_trip_us(stage_transport(21)->peer), peer_round_trip_us(down));
    world_close();
}

static uint16_t sound_lost;

static void send_but_one(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes)
{
    if (!is_rtcp && bytes_get16(at + 2) == sound_lost) return;
    now_send(owner, peer, is_rtcp, at, bytes);
}

/* Packets of sound, the fourth of which never comes: how often it was asked for. */
static unsigned sound_asked(unsigned traits, int64_t trip_us)
{
    struct rtcp r;
    struct rtcp_nack_walk walk = {0};
    uint16_t seq;
    CHECK_OK(world_open(5));
    stage.on_sent = on_tape;
    taped = 0;
    stage_offer_begin(1, "pub1");
    stage_offer_audio("sendonly", traits);
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    peer_note_round_trip(stage_transport(10)->peer, TRIP_REPORTED, trip_us);
    source_init(&source, 10, CODEC_OPUS, "0", SSRC);
    source.send = send_but_one;
    sound_lost = (uint16_t)(source.layers[0].seq + 3);
    for (unsigned i = 0; i < 40; i++) {
        source_sound(&source, stage.now_us);
        stage_run(20);
    }
    if (heard(10, RTCP_NACK, 0, &r, NULL)) CHECK(rtcp_next_nack(&r, &walk, &seq) && seq == sound_lost);
    unsigned asked = heard_count(10, RTCP_NACK);
    CHECK_INT(stage_transport(10)->peer->ups[0]->layers[0]->nack.count, 0); /* it is not waited for */
    world_close();
    return asked;
}

TEST(sound_that_is_lost_is_asked_for_again_as_long_as_it_is_of_use)
{
    unsigned near = sound_asked(STAGE_ORDINARY, 60000), far = sound_asked(STAGE_ORDINARY, 180000);
    CHECK(near >= 3 && near <= 5); /* each 72 ms and a little more, for 300 ms */
    CHECK(far >= 1 && far <= 2);
    CHECK_INT(sound_asked(STAGE_ORDINARY, 260000), 0);
    CHECK_INT(sound_asked(STAGE_ORDINARY & ~STAGE_NACK, 60000), 0);
}

TEST(who_asks_for_the_receivers_clock_is_answered)
{
    uint8_t at[100];
    struct rtcp_out o;
    struct rtcp r;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY | STAGE_RCVR_RTT, "");
    pictures(10);
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 4711, NULL, 0);
    rtcp_add_rrtr(&o, 4711, 0x1111222233334444ull);
    stage_rtcp(20, at, rtcp_end(&o));
    int64_t asked_us = stage.now_us, us;
    pictures(30);
    struct rtcp_xr block;
    size_t offset = 0;
    uint32_t ssrc, last, since;
    CHECK(heard(20, RTCP_XR, 0, &r, &us) && rtcp_next_xr(&r, &offset, &block) && block.kind == RTCP_XR_DLRR);
    rtcp_dlrr(&block, 0, &ssrc, &last, &since);
    CHECK(ssrc == 4711 && last == 0x22223333 &&
          llabs((int64_t)since * 1000000 / 65536 - (us - asked_us)) < 1000);
    world_close();
}

TEST(every_arrival_is_told_within_a_twentieth_of_a_second)
{
    static uint16_t number;
    bool is_told[65536] = {false};
    struct rtcp r;
    int64_t us, before_us = 0;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    number = 65500; /* across the wrap */
    source.has_twcc = true;
    source.transport_seq = &number;
    pictures(40);
    stage_run(100);
    for (unsigned n = 0; heard(10, RTCP_TWCC, n, &r, &us); n++) {
        struct twcc t;
        struct twcc_status s;
        CHECK_OK(twcc_parse(&r, &t));
        CHECK_INT(r.media_ssrc, SSRC);
        CHECK(us - before_us >= 50000);
        before_us = us;
        while (twcc_next(&t, &s))
            is_told[s.seq] |= s.is_received;
    }
    CHECK(before_us > 0);
    for (uint16_t seq = 65500; seq != number; seq++)
        CHECK(is_told[seq]);
    world_close();
}

TEST(every_packet_down_has_the_next_transport_number_and_no_time_beside_it)
{
    struct rtp r;
    struct ext_map map;
    struct ext_values v;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    ext_map_init(&map);
    CHECK(ext_map_add(&map, EXT_TRANSPORT_SEQ, STAGE_EXT_TRANSPORT_SEQ) &&
          ext_map_add(&map, EXT_ABS_SEND_TIME, STAGE_EXT_ABS_SEND_TIME) &&
          ext_map_add(&map, EXT_MID, STAGE_EXT_MID));
    pictures(80);
    unsigned count = came_count(20);
    CHECK(count > 150);
    for (unsigned n = 0; n < count; n++) {
        CHECK(came(20, n, &r));
        ext_read(&map, &r, &v);
        CHECK(ext_has(&v, EXT_TRANSPORT_SEQ) && v.transport_seq == n && !ext_has(&v, EXT_ABS_SEND_TIME));
        CHECK_INT(ext_has(&v, EXT_MID), n < 100); /* until it is surely known */
    }
    world_close();
}

static void feedback(unsigned lost_every, int64_t delay_us)
{
    static struct twcc_recv arrivals;
    static unsigned told;
    uint8_t at[1200];
    struct rtp r;
    struct str value;
    struct rtcp_out o;
    struct ext_map map;
    if (delay_us < 0) {
        twcc_recv_init(&arrivals);
        told = 0;
        return;
    }
    ext_map_init(&map);
    CHECK(ext_map_add(&map, EXT_TRANSPORT_SEQ, STAGE_EXT_TRANSPORT_SEQ));
    for (; came(20, told, &r); told++) {
        if (lost_every && told % lost_every == 0) continue;
        CHECK(ext_find(&map, &r, EXT_TRANSPORT_SEQ, &value));
        twcc_recv_note(&arrivals, bytes_get16((const uint8_t *)value.at), stage.now_us + delay_us);
    }
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, NULL, 0);
    if (twcc_recv_write(&arrivals, &o, 77, viewer.ssrc)) stage_rtcp(20, at, rtcp_end(&o));
}

TEST(the_estimate_grows_with_what_arrives_and_falls_when_a_queue_fills)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    const struct peer *down = stage_transport(20)->peer;
    feedback(0, -1);
    CHECK_INT(estimate_bps(down->estimate, stage.now_us), 0); /* nothing is known */
    for (int i = 0; i < 60; i++) {
        source_picture(&source, 0, false, 10, stage.now_us);
        stage_run(40);
        feedback(0, 20000);
    }
    uint32_t grown = estimate_bps(down->estimate, stage.now_us);
    CHECK(grown > ESTIMATE_FIRST_BPS);
    for (int i = 0; i < 30; i++) {
        source_picture(&source, 0, false, 10, stage.now_us);
        stage_run(40);
        feedback(0, 20000 + i * 20000);
    }
    CHECK(estimate_bps(down->estimate, stage.now_us) < grown);
    world_close();
}

TEST(a_picture_that_is_held_back_comes_again_when_the_way_carries_it)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    const struct peer *down = stage_transport(20)->peer;
    const struct down *d = peer_down_by_track(down, track);
    feedback(0, -1);
    for (int i = 0; i < 25; i++) { /* 460 kbit/s: more than is assumed of a way, and tried all the same */
        source_picture(&source, 0, false, 10, stage.now_us);
        stage_run(40);
        feedback(0, 20000);
    }
    CHECK(d->held == LINK_NOT_HELD && d->is_running);
    for (int i = 0; i < 40; i++) { /* a queue that fills */
        source_picture(&source, 0, false, 10, stage.now_us);
        stage_run(40);
        feedback(0, 20000 + i * 20000);
    }
    CHECK(d->held == LINK_HELD_RATE && !d->is_running);
    unsigned held_at = came_count(20);
    struct rtp r;
    int64_t from_us = stage.now_us;
    for (int i = 0; i < 1500 && d->held == LINK_HELD_RATE; i++) {
        source_picture(&source, 0, i % 50 == 25, 10,
                       stage.now_us); /* before the first: nothing to be a still */
        stage_run(40);
        feedback(0, 20000);
    }
    CHECK(d->held == LINK_NOT_HELD && d->is_running);
    CHECK(stage.now_us - from_us < 20000000);
    CHECK(came(20, held_at, &r) && r.payload_bytes == 0 && r.padding_bytes == 100); /* meanwhile: probes */
    world_close();
}

static void loss(uint8_t of_256)
{
    uint8_t at[64];
    struct rtcp_out o;
    struct rtcp_report r = {.ssrc = viewer.ssrc, .fraction_lost = of_256};
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, &r, 1);
    stage_rtcp(20, at, rtcp_end(&o));
}

TEST(a_remb_grows_stale_and_reports_of_loss_go_on_from_it)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, (STAGE_ORDINARY & ~STAGE_TWCC) | STAGE_REMB, "");
    struct estimate *e = stage_transport(20)->peer->estimate;
    pictures(10);
    CHECK_INT(estimate_bps(e, stage.now_us), 0);
    stage_remb(20, viewer.ssrc, 60000);
    CHECK_INT(estimate_bps(e, stage.now_us), 60000);
    loss(128); /* while REMB is fresh it is the word */
    CHECK_INT(estimate_bps(e, stage.now_us), 60000);
    pictures(100);
    loss(0);
    pictures(30);
    CHECK_INT(estimate_bps(e, stage.now_us), 60000);
    loss(0);
    CHECK_INT(estimate_bps(e, stage.now_us), 64800); /* stale: up again, step by step */
    loss(0);
    CHECK_INT(estimate_bps(e, stage.now_us), 64800); /* one step a second */
    pictures(30);
    loss(128);
    CHECK_INT(estimate_bps(e, stage.now_us), 48600);
    stage_remb(20, viewer.ssrc, 40000);
    CHECK_INT(estimate_bps(e, stage.now_us), 40000);
    world_close();
}

TEST(a_viewer_with_no_estimate_of_its_own_is_judged_by_its_loss)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_NACK | STAGE_PLI, "");
    struct estimate *e = stage_transport(20)->peer->estimate;
    pictures(50);
    loss(5);
    CHECK_INT(estimate_bps(e, stage.now_us), 0); /* nothing speaks against it */
    pictures(50);
    loss(60);
    uint32_t first = estimate_bps(e, stage.now_us);
    CHECK(first > 0);
    pictures(50);
    loss(60);
    CHECK(estimate_bps(e, stage.now_us) < first);
    world_close();
}

TEST(a_publisher_without_transport_feedback_is_told_a_remb)
{
    struct rtcp r;
    pair(STAGE_VP8, CODEC_VP8, (STAGE_ORDINARY & ~STAGE_TWCC) | STAGE_REMB, STAGE_ORDINARY, "");
    pictures(40);
    CHECK(heard(10, RTCP_REMB, 0, &r, NULL) && rtcp_remb_bps(&r) >= 1000000);
    CHECK_INT(heard_count(10, RTCP_TWCC), 0);
    uint64_t before = rtcp_remb_bps(&r);
    for (int i = 0; i < 40; i++) { /* a third is lost */
        lose(1);
        pictures(1);
    }
    unsigned last = heard_count(10, RTCP_REMB) - 1;
    CHECK(heard(10, RTCP_REMB, last, &r, NULL) && rtcp_remb_bps(&r) < before);
    world_close();
}

TEST(streams_are_found_by_mid_and_rid_and_their_retransmissions_by_repaired_rid)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "q;h;f");
    const struct up *up = router_track(stage.router, track);
    struct rtcp_out o;
    uint8_t at[64];
    CHECK_INT(up->layer_count, 3);
    /* A retransmission before anything else: there is nothing that could have been lost. */
    pictures(1);
    for (unsigned i = 0; i < 3; i++)
        CHECK(up->layers[i]->has_ssrc && up->layers[i]->ssrc == SSRC + 2 * i && !up->layers[i]->has_rtx_ssrc);
    for (unsigned i = 0; i < 3; i++) {
        uint16_t seq = (uint16_t)(source.layers[i].seq - 1);
        rtcp_start(&o, at, sizeof at);
        CHECK_INT(rtcp_add_nack(&o, 1, SSRC + 2 * i, &seq, 1), 1);
        source_rtcp(&source, at, rtcp_end(&o));
        CHECK(up->layers[i]->has_rtx_ssrc && up->layers[i]->rtx_ssrc == SSRC + 2 * i + 1);
    }
    /* The browser begins anew under other SSRCs. */
    for (unsigned i = 0; i < 3; i++)
        source.layers[i].ssrc += 100;
    pictures(2);
    CHECK_INT(up->layers[1]->ssrc, SSRC + 102);
    /* Without mid and rid a new SSRC is nobody's: which layer would it be? */
    source.tells_ssrc_only = true;
    source.layers[0].ssrc += 100;
    uint64_t unknown = stage_transport(10)->peer->unknown;
    pictures(1);
    CHECK(stage_transport(10)->peer->unknown == unknown + 2 && up->layers[0]->ssrc == SSRC + 100);
    world_close();
    /* One track, one layer: its payload type tells. */
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    source.tells_ssrc_only = true;
    pictures(1);
    CHECK_INT(stage_transport(10)->peer->unknown, 0);
    world_close();
}

/* A browser names mid and rid until the first report of a stream has come, and not again when the section gets another codec. */
TEST(layers_that_get_another_codec_are_known_though_packets_name_them_no_more)
{
    uint32_t none = 0;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "q;h;f");
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8 | STAGE_VP9, STAGE_ORDINARY, &none, 1), LINK_DONE);
    stage_take(&(struct link_msg){.type = LINK_PEER_CLOSE, .peer_close = {20}});
    pictures(2);
    stage_offer_begin(1, "pub1");
    stage_offer_video("sendonly", STAGE_VP8 | STAGE_VP9 | STAGE_VP9_FIRST, STAGE_ORDINARY, "q;h;f");
    stage_forget();
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    const struct link_track *added = &stage_told(LINK_TRACK_ADDED, 0)->track_added;
    CHECK(added->codec == LINK_VP9 && added->track != track && stage_told(LINK_TRACK_GONE, 0));
    const struct up *up = router_track(stage.router, added->track);
    CHECK_INT(up->layer_count, 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK(up->layers[i]->has_ssrc && up->layers[i]->ssrc == SSRC + 2 * i);
    source.codec = CODEC_VP9;
    source.payload_type = STAGE_TYPE_VP9;
    source.rtx_payload_type = STAGE_TYPE_VP9 + 1;
    source.tells_ssrc_only = true;
    uint64_t unknown = stage_transport(10)->peer->unknown;
    pictures(2);
    CHECK_INT(stage_transport(10)->peer->unknown, unknown);
    for (unsigned i = 0; i < 3; i++)
        CHECK(up->layers[i]->has_arrived);
    world_close();
}

TEST(ssrcs_without_end_are_bounded)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    for (unsigned i = 0; i < 5000; i++) {
        source.layers[0].ssrc = 0x50000 + i;
        source_picture(&source, 0, true, 1, stage.now_us);
    }
    CHECK(stage_transport(10)->peer->stream_count <= PEER_SSRCS_MAX);
    pictures(10);
    world_close();
}

static void rung_set(enum protect_rung rung)
{
    struct protect *p = &stage_transport(20)->peer->protect;
    p->rung = (uint8_t)rung;
    p->below_ms = stage.now_us / 1000;
}

/* Packets of the viewer's retransmissions since the n-th that came. */
static unsigned again_count(unsigned from)
{
    struct rtp r;
    unsigned n = 0;
    for (unsigned i = from; came(20, i, &r); i++)
        n += r.ssrc == viewer.rtx_ssrc;
    return n;
}

TEST(where_a_tenth_is_lost_key_frames_and_the_base_layer_go_twice_a_moment_later)
{
    struct rtp first, r;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY & ~STAGE_TWCC, "");
    source.tids = 3;
    pictures(8);
    CHECK_INT(again_count(0), 0);
    rung_set(PROTECT_PICTURES_TWICE);
    source_picture(&source, 0, true, 2, stage.now_us);
    unsigned from = came_count(20) - 2;
    stage_run(10);
    CHECK_INT(again_count(from), 0);
    stage_run(20);
    CHECK_INT(again_count(from), 2);
    CHECK(came(20, from, &first) && came(20, from + 2, &r));
    CHECK(r.ssrc == viewer.rtx_ssrc && bytes_get16(rtp_payload(&r)) == first.seq &&
          r.timestamp == first.timestamp);
    /* Of four pictures with three layers of time one is of the base. */
    from = came_count(20);
    pictures(4);
    stage_run(40);
    CHECK_INT(again_count(from), 2);
    rung_set(PROTECT_THIN); /* what little still goes, goes twice, and the base once more */
    from = came_count(20);
    pictures(4);
    stage_run(60);
    CHECK_INT(again_count(from), came_count(20) - from - again_count(from) + 2);
    rung_set(PROTECT_SOUND_MORE);
    from = came_count(20);
    pictures(4);
    CHECK_INT(again_count(from), 0);
    world_close();
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_NACK | STAGE_PLI, ""); /* no format for it */
    rung_set(PROTECT_PICTURES_TWICE);
    pictures(8);
    CHECK_INT(came_count(20), 16);
    world_close();
}

TEST(a_key_frame_is_asked_for_twice_where_much_is_lost)
{
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "");
    pictures(10);
    stage_transport(10)->peer->loss_up = 150;
    stage_transport(10)->peer->report_ms = stage.now_us / 1000 + 1000;
    unsigned keys = heard_count(10, RTCP_PLI);
    viewer_ask_key(&viewer);
    stage_run(10);
    CHECK_INT(heard_count(10, RTCP_PLI) - keys, 2);
    world_close();
}

TEST(what_an_estimate_wants_to_be_shown_by_are_the_last_packets_once_more)
{
    struct rtp r;
    pair(STAGE_VP8, CODEC_VP8, STAGE_ORDINARY, STAGE_ORDINARY, "q;h;f");
    struct peer *down = stage_transport(20)->peer;
    feedback(0, -1);
    for (int i = 0; i < 60; i++) { /* 70, 140 and 1,100 kbit/s */
        for (unsigned j = 0; j < 3; j++)
            source_picture(&source, j, false, (unsigned[]){2, 4, 30}[j], stage.now_us);
        stage_run(20);
        feedback(0, 20000);
        stage_run(20);
        feedback(0, 20000);
    }
    unsigned from = came_count(20);
    uint64_t asked = peer_down_by_track(down, track)->repeated;
    for (int i = 0; i < 25; i++) {
        down->estimate->bps = 700000; /* more than what goes, less than what is wanted */
        for (unsigned j = 0; j < 3; j++)
            source_picture(&source, j, false, (unsigned[]){2, 4, 30}[j], stage.now_us);
        stage_run(20);
        feedback(0, 20000);
        stage_run(20);
        feedback(0, 20000);
    }
    unsigned again = again_count(from);
    uint64_t bytes = 0;
    uint16_t newest = 0;
    for (unsigned i = from; came(20, i, &r); i++) {
        bytes += r.bytes;
        if (r.ssrc == viewer.ssrc) newest = r.seq;
        if (r.ssrc == viewer.rtx_ssrc && i > from + 20)
            CHECK((uint16_t)(newest - bytes_get16(rtp_payload(&r))) <= 40); /* of use, if one was lost */
    }
    CHECK(again > 20 && peer_down_by_track(down, track)->repeated == asked);
    CHECK(bytes * 8 > 500000 && bytes * 8 < 900000); /* in a second */
    world_close();
}
