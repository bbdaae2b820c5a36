/* A room system by plain RTP: what is taken from it and from nobody else, what goes to it, and how it is in a room and out of it. The test is
 * the device, and the codec child. */
#include "media/endpoint.h"
#include "media/leg_msg.h"
#include "media/srtp.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <sys/eventfd.h>

enum { DEVICE = 30, LISTENER = 20, TYPE = 97, TURN_MS = 20 };

static const uint8_t keys[LINK_ENDPOINT_KEYS_BYTES] = {1, 2, 3, [30] = 4, 5, 6};
static const struct link_address device = {4, {10, 20, 0, 7}, 6000};

static struct loop *loop;
static struct codec_link *line;
static struct legs *legs;
static struct endpoint *endpoint;
static struct ring_pair child; /* our end */
static struct srtp_out *its_out;
static struct srtp_in *its_in;
static uint32_t leg, stamp; /* as the child has it */
static struct leg_msg leg_is;
static unsigned feeds;
static bool is_asked;
static uint16_t seq;

/* What the device got. */
static struct {
    unsigned packets, bad, marked;
    struct link_address to;
    uint16_t seq;
    uint32_t stamp, ssrc;
    size_t bytes;
    bool is_clear;
} got;
static unsigned heard; /* packets that a listener got */

static void on_ask(void *owner)
{
    (void)owner;
    is_asked = true;
}
static bool on_may_hear(void *owner)
{
    (void)owner;
    return true;
}
static void on_heard(void *owner, const struct codec_msg *m)
{
    (void)owner;
    legs_heard(legs, m, stage.now_us);
}
static void on_moved(void *owner, bool is_open)
{
    (void)owner, (void)is_open;
    legs_moved(legs, stage.now_us);
}
static void on_tell(void *owner, const struct link_msg *m)
{
    (void)owner, (void)m;
}
static void on_sent(const struct stage_sent *s)
{
    heard += s->peer == LISTENER && !s->is_rtcp;
}

static void on_send(void *owner, const struct link_address *to, uint8_t *at, size_t bytes)
{
    static uint8_t copy[1500];
    struct rtp r;
    (void)owner;
    memcpy(copy, at, bytes);
    enum err err = got.is_clear ? rtp_parse(copy, bytes, &r) : srtp_in_rtp(its_in, copy, bytes, &r);
    got.bad += err != OK;
    if (err) return;
    if (got.packets) CHECK_INT((uint16_t)(r.seq - got.seq), 1);
    CHECK_INT(r.payload_type, TYPE);
    got.packets++;
    got.marked += r.is_marked;
    got.seq = r.seq;
    got.stamp = r.timestamp;
    got.ssrc = r.ssrc;
    got.bytes = r.payload_bytes;
    got.to = *to;
}

static void child_give(void)
{
    int fd;
    CHECK_OK(ring_memory(&fd));
    ring_close(&child);
    CHECK_OK(ring_open(fd, RING_CHILD, &child));
    leg = 0;
    CHECK_OK(codec_link_give(line, LINK_CODEC_RINGS, fd));
    CHECK_OK(codec_link_give(line, LINK_CODEC_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
    CHECK_OK(codec_link_give(line, LINK_CODEC_OWN_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

static void child_turn(void)
{
    static const uint8_t sound[] = {0x78, 1, 2, 3, 4};
    static uint8_t bytes[RING_MESSAGE_BYTES_MAX];
    struct codec_msg m;
    size_t n;
    if (is_asked) child_give();
    is_asked = false;
    while (codec_link_is_open(line) && ring_take(&child.in, bytes, &n) == OK) {
        CHECK_OK(codec_msg_read(bytes, n, RING_CHILD, &m));
        if (m.type == CODEC_LEG) {
            leg = m.id;
            CHECK_OK(leg_msg_read(m.body, m.body_bytes, &leg_is));
        }
        feeds += m.type == CODEC_OPEN;
        if (m.type == CODEC_CLOSE && m.id == leg) leg = 0;
    }
    if (!leg || !codec_link_is_open(line)) return;
    m = (struct codec_msg){
        .type = CODEC_MIXED, .id = leg, .stamp = stamp += 960, .body = sound, .body_bytes = sizeof sound};
    CHECK_OK(codec_msg_put(&child.out, &m));
}

static void run(int64_t ms)
{
    for (; ms > 0; ms -= TURN_MS) {
        world_run(TURN_MS);
        child_turn();
        codec_link_hear(line);
        legs_turn(legs, stage.now_us);
        endpoint_turn(endpoint, stage.now_us);
    }
}

/* 20 ms of the device's, at most so many bytes of it. */
static void it_sends_from(const struct link_address *from, size_t most)
{
    struct packet *p = packet_new(stage.packets);
    CHECK(p != NULL);
    if (!p) return;
    uint8_t *at = packet_data(p);
    struct rtp_head h = {.payload_type = TYPE, .seq = ++seq, .timestamp = seq * 960u, .ssrc = 0x5005};
    uint8_t body[60] = {0x78, 9, 9};
    size_t head = rtp_write(&h, false, at, RTP_HEADER_BYTES_MAX), bytes = head + sizeof body;
    if (got.is_clear)
        memcpy(at + head, body, sizeof body);
    else
        CHECK_OK(srtp_out_rtp(its_out, at, 1500, head, 0, body, sizeof body, &bytes));
    endpoint_take(endpoint, from, p, bytes < most ? bytes : most, stage.now_us);
    packet_unref(p);
}

static void it_sends(int64_t ms)
{
    for (; ms > 0; ms -= TURN_MS) {
        it_sends_from(&device, 1500);
        run(TURN_MS);
    }
}

static void call_in(uint32_t room, uint32_t peer)
{
    endpoint_enter(endpoint, &(struct link_endpoint){room, 3, peer}, stage.now_us);
}

static bool was_told(enum link_peer_state state, uint32_t peer)
{
    for (unsigned i = 0; stage_told(LINK_PEER_STATE, i); i++) {
        const struct link_state *s = &stage_told(LINK_PEER_STATE, i)->peer_state;
        if (s->peer == peer && s->state == state) return true;
    }
    return false;
}

/* Room 1 has somebody who speaks, as peer 10; the site's room system, as it is set up. */
static void begin(bool is_clear, uint16_t its_port)
{
    struct srtp_keys in, out;
    CHECK_OK(world_open(9));
    memset(&got, 0, sizeof got);
    got.is_clear = is_clear;
    heard = feeds = seq = 0;
    is_asked = false;
    loop = loop_new();
    struct codec_link_settings codec = {NULL, on_ask, on_may_hear, on_heard, on_moved};
    line = codec_link_new(loop, &codec);
    struct legs_settings how = {stage.router, line, stage.packets, on_tell, NULL};
    legs = legs_new(&how);
    struct endpoint_settings settings = {
        .router = stage.router, .legs = legs, .from = device, .payload_type = TYPE, .send = on_send};
    settings.from.port = its_port;
    if (!is_clear) settings.keys = (struct str){(const char *)keys, sizeof keys};
    CHECK_OK(endpoint_new(&settings, &endpoint));
    CHECK_OK(srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, keys, ENDPOINT_KEY_BYTES, &out));
    CHECK_OK(srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, keys + ENDPOINT_KEY_BYTES, ENDPOINT_KEY_BYTES, &in));
    CHECK_OK(srtp_out_new(&out, 1, &its_out));
    CHECK_OK(srtp_in_new(&in, 4, &its_in));
    stage_offer_begin(1, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    (void)world_source(10, CODEC_OPUS, "0", 0x1000);
    leg = 0;
    stage_forget();
}

static void end(void)
{
    endpoint_free(endpoint);
    legs_free(legs);
    codec_link_free(line);
    loop_free(loop);
    ring_close(&child);
    srtp_out_free(its_out);
    srtp_in_free(its_in);
    world_close();
}

TEST(a_room_system_gives_its_sound_and_gets_that_of_all_others)
{
    begin(false, 0);
    call_in(1, DEVICE);
    const struct link_msg *added = stage_told(LINK_TRACK_ADDED, 0);
    CHECK(added && added->track_added.kind == LINK_AUDIO && added->track_added.codec == LINK_OPUS &&
          added->track_added.participant == 3 && added->track_added.peer == DEVICE);
    uint32_t track = added ? added->track_added.track : 0;
    run(200);
    CHECK(got.packets == 0 && leg == 0); /* it was not heard of yet: where would it be? */
    it_sends(200);
    CHECK(was_told(LINK_CONNECTED, DEVICE));
    CHECK(leg && leg_is.person == 3 && leg_is.lane == 0 && leg_is.count == 0);
    CHECK_INT(world_watch(LISTENER, 2, LINK_DOWN, 0, STAGE_ORDINARY, &track, 1), LINK_DONE);
    void (*before)(const struct stage_sent *s) = stage.on_sent;
    stage.on_sent = on_sent;
    it_sends(1000);
    CHECK(heard >= 48 && heard <= 52);
    CHECK(got.packets >= 50 && got.bad == 0 && got.marked == 1 && got.bytes == 5);
    CHECK(link_address_is_same(&got.to, &device) && got.stamp == stamp && got.ssrc != 0x5005);
    CHECK(
        feeds >=
        1); /* of the other; and its own is no part of what it hears: the mixer leaves it out by its person */
    stage.on_sent = before;
    end();
}

TEST(nothing_is_taken_from_elsewhere_or_under_another_key_and_nothing_goes_there)
{
    struct link_address other = device;
    begin(false, 0);
    call_in(1, DEVICE);
    other.at[3] = 8;
    it_sends_from(&other, 1500);
    it_sends_from(&device, 11); /* cut off */
    it_sends_from(&device, 40);
    got.is_clear = true; /* not encrypted */
    it_sends_from(&device, 1500);
    got.is_clear = false;
    run(200);
    CHECK(!was_told(LINK_CONNECTED, DEVICE) && got.packets == 0);
    CHECK_INT(endpoint_counts(endpoint).refused, 4);
    it_sends(100);
    CHECK(was_told(LINK_CONNECTED, DEVICE) && got.packets > 0);
    other = device;
    other.port = 6002; /* it has come by another port: it is there now, as it is verified */
    it_sends_from(&other, 1500);
    run(40);
    CHECK_INT(got.to.port, 6002);
    end();
}

TEST(a_port_that_is_set_is_the_only_one)
{
    struct link_address other = device;
    begin(false, device.port);
    other.port = 6002;
    call_in(1, DEVICE);
    it_sends_from(&other, 1500);
    CHECK(!was_told(LINK_CONNECTED, DEVICE) && endpoint_counts(endpoint).refused == 1);
    it_sends(60);
    CHECK(was_told(LINK_CONNECTED, DEVICE));
    end();
}

TEST(in_clear_the_first_port_holds_until_it_has_been_quiet)
{
    struct link_address other = device;
    begin(true, 0);
    other.port = 6002;
    call_in(1, DEVICE);
    it_sends(100);
    CHECK(got.packets > 0 && got.bad == 0);
    it_sends_from(&other, 1500);
    run(40);
    CHECK_INT(got.to.port, device.port);
    run(ENDPOINT_QUIET_MS + 500);
    CHECK(was_told(LINK_INTERRUPTED, DEVICE));
    stage_forget();
    it_sends_from(&other, 1500);
    run(40);
    CHECK(got.to.port == 6002 && was_told(LINK_CONNECTED, DEVICE));
    end();
}

TEST(it_is_in_one_room_at_a_time_and_what_nobody_called_for_is_dropped)
{
    begin(false, 0);
    it_sends(100);
    CHECK(endpoint_counts(endpoint).packets_in == 0 && got.packets == 0);
    call_in(7, DEVICE); /* no such room */
    CHECK(was_told(LINK_GONE, DEVICE));
    stage_take(&(struct link_msg){.type = LINK_ROOM_OPEN, .room_open = {2}});
    call_in(1, DEVICE + 1);
    it_sends(100);
    stage_forget();
    call_in(2, DEVICE + 2);
    CHECK(was_told(LINK_GONE, DEVICE + 1) && stage_told(LINK_TRACK_GONE, 0));
    it_sends(100);
    CHECK(was_told(LINK_CONNECTED, DEVICE + 2) && leg_is.room == 2);
    unsigned before = got.packets;
    stage_take(&(struct link_msg){.type = LINK_PEER_CLOSE, .peer_close = {DEVICE + 2}});
    it_sends(200);
    CHECK(got.packets <= before + 1 && leg == 0);
    end();
}

TEST(who_is_cut_off_hears_nothing_and_gives_nothing)
{
    begin(false, 0);
    call_in(1, DEVICE);
    it_sends(200);
    stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, 1, {3}}});
    it_sends(60);
    unsigned before = got.packets;
    it_sends(500);
    CHECK_INT(got.packets, before);
    stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, 0, {0}}});
    it_sends(200);
    CHECK(got.packets > before);
    end();
}

TEST(keys_of_another_length_are_none)
{
    struct endpoint *e = NULL;
    struct endpoint_settings settings = {.from = device, .payload_type = TYPE, .keys = STR("short")};
    CHECK_ERR(endpoint_new(&settings, &e), ERR_BAD_INPUT);
    CHECK(e == NULL);
}
