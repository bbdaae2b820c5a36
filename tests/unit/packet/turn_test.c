#include "hex.h"
#include "media/tcp_frame.h"
#include "media/turn.h"

static struct turn t;
static struct turn_client c;
static struct turn_result result;
static struct stun answered;
static uint8_t answer[TURN_ANSWER_BYTES_MAX], frame[2048];
static char username[TURN_USERNAME_BYTES_MAX + 1], password[TURN_PASSWORD_BYTES_MAX + 1], nonce[64];
static uint8_t key[STUN_LONG_TERM_KEY_BYTES];
static const struct link_address ours4 = {4, {192, 0, 2, 1}, 8443},
                                 ours6 = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}, 8443},
                                 stranger = {4, {192, 0, 2, 99}, 53}, client = {4, {198, 51, 100, 7}, 40000};
static const int64_t wall0 = 1800000000000;
static uint8_t turn_number;

static void start(void)
{
    turn_init(&t, STR("yunqiao"), 4, 1, NULL);
    CHECK_OK(turn_add_address(&t, &ours4));
    CHECK_OK(turn_add_address(&t, &ours6));
    CHECK_OK(turn_credentials(&t, STR("room7"), (struct instant){wall0 + 3600000}, username, password));
    turn_client_init(&c, &t, &client);
    nonce[0] = 0;
    turn_number = 0;
}

/* A request, signed when there is a nonce, with more attributes by add. */
static struct stun_out *begin(struct stun_out *o, uint16_t method)
{
    uint8_t id[STUN_TRANSACTION_BYTES] = {++turn_number};
    stun_start(o, frame, sizeof frame, STUN_REQUEST, method, id);
    return o;
}
static enum err take(const uint8_t *at, size_t bytes, int64_t ms)
{
    result = (struct turn_result){0};
    enum err err = turn_take(&c, at, bytes, (struct tick){ms}, (struct instant){wall0 + ms}, answer, &result);
    if (!err && result.answer_bytes) CHECK_OK(stun_parse(answer, result.answer_bytes, &answered));
    return err;
}
static void ask(struct stun_out *o, int64_t ms)
{
    if (nonce[0]) {
        stun_add_str(o, STUN_AT_USERNAME, str_of(username));
        stun_add_str(o, STUN_AT_REALM, t.realm);
        stun_add_str(o, STUN_AT_NONCE, str_of(nonce));
        stun_add_integrity(o, (struct str){(char *)key, sizeof key});
    }
    CHECK_OK(take(frame, stun_end(o), ms));
    CHECK(result.answer_bytes > 0);
}
static void is_success(void)
{
    CHECK_INT(answered.error_code, 0);
    CHECK_INT(answered.class, STUN_SUCCESS);
    CHECK(stun_is_signed(&answered, (struct str){(char *)key, sizeof key}));
}
static void is_refused(unsigned code)
{
    CHECK_INT(answered.class, STUN_FAILURE);
    CHECK_INT(answered.error_code, code);
}
static void take_nonce(void)
{
    CHECK(answered.has_nonce && str_is_text(answered.realm, "yunqiao"));
    snprintf(nonce, sizeof nonce, "%.*s", (int)answered.nonce.bytes, answered.nonce.at);
    CHECK_OK(stun_long_term_key(str_of(username), t.realm, str_of(password), key));
}
static void allocate_at(int64_t ms)
{
    struct stun_out o;
    stun_add_u32(begin(&o, STUN_ALLOCATE), STUN_AT_REQUESTED_TRANSPORT, 17u << 24);
    ask(&o, ms);
}
static void allocated(void)
{
    start();
    allocate_at(0);
    is_refused(401);
    CHECK(!answered.integrity_at);
    take_nonce();
    allocate_at(0);
    is_success();
}
static void with_peer(uint16_t method, const struct link_address *peer, unsigned channel, int64_t ms)
{
    struct stun_out o;
    begin(&o, method);
    if (channel) stun_add_u32(&o, STUN_AT_CHANNEL_NUMBER, channel << 16);
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, peer);
    ask(&o, ms);
}

TEST(a_client_with_good_credentials_gets_a_relayed_address)
{
    allocated();
    CHECK_INT(answered.lifetime_s, TURN_LIFETIME_S);
    CHECK(answered.xor_relayed.family == 4 && answered.xor_relayed.port >= TURN_PORT_FIRST);
    CHECK(memcmp(answered.xor_relayed.at, ours4.at, 4) == 0);
    CHECK(answered.mapped.port == client.port && t.allocations == 1);
    turn_client_done(&c);
    CHECK_INT(t.allocations, 0);
}

TEST(the_same_allocate_again_has_the_same_answer_and_another_one_is_refused)
{
    allocated();
    struct link_address relayed = answered.xor_relayed;
    turn_number--;
    allocate_at(10);
    is_success();
    CHECK(answered.xor_relayed.port == relayed.port && t.allocations == 1);
    allocate_at(20);
    is_refused(437);
    turn_client_done(&c);
}

TEST(wrong_credentials_are_refused)
{
    allocated();
    turn_client_done(&c);
    key[0] ^= 1;
    allocate_at(0);
    is_refused(401);
    key[0] ^= 1;
    allocate_at(3600000); /* the credentials have had their time, and so has the nonce */
    is_refused(438);
    take_nonce();
    allocate_at(3600000);
    is_refused(401);
    start();
    allocate_at(0);
    take_nonce();
    username[0] = '9'; /* good for longer, says the client */
    CHECK_OK(stun_long_term_key(str_of(username), t.realm, str_of(password), key));
    allocate_at(0);
    is_refused(401);
    nonce[3] ^= 1;
    allocate_at(0);
    is_refused(438);
    CHECK_INT(t.allocations, 0);
}

TEST(what_is_no_udp_relay_is_refused_by_its_fault)
{
    static const struct {
        uint16_t type;
        uint8_t value[8], bytes;
        unsigned code;
    } cases[] = {{STUN_AT_REQUESTED_TRANSPORT, {6}, 4, 442},
                 {STUN_AT_EVEN_PORT, {0}, 1, 508},
                 {STUN_AT_RESERVATION_TOKEN, {1}, 8, 508},
                 {STUN_AT_REQUESTED_ADDRESS_FAMILY, {3}, 4, 440},
                 {0x7777, {0}, 4, 420}};
    struct stun_out o;
    start();
    allocate_at(0);
    take_nonce();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(&o, STUN_ALLOCATE);
        if (cases[i].code != 442) stun_add_u32(&o, STUN_AT_REQUESTED_TRANSPORT, 17u << 24);
        stun_add(&o, cases[i].type, cases[i].value, cases[i].bytes);
        ask(&o, 0);
        is_refused(cases[i].code);
    }
    ask(begin(&o, STUN_ALLOCATE), 0);
    is_refused(400);
    ask(begin(&o, 0x0ff), 0);
    is_refused(400);
    ask(begin(&o, STUN_REFRESH), 0);
    is_refused(437);
    CHECK_INT(t.allocations, 0);
}

TEST(a_client_may_ask_for_the_other_family)
{
    struct stun_out o;
    start();
    allocate_at(0);
    take_nonce();
    stun_add_u32(begin(&o, STUN_ALLOCATE), STUN_AT_REQUESTED_TRANSPORT, 17u << 24);
    stun_add_u32(&o, STUN_AT_REQUESTED_ADDRESS_FAMILY, 2u << 24);
    stun_add(&o, STUN_AT_DONT_FRAGMENT, NULL, 0);
    ask(&o, 0);
    is_success();
    CHECK_INT(answered.xor_relayed.family, 6);
    with_peer(STUN_CREATE_PERMISSION, &ours4, 0, 0);
    is_refused(443);
    turn_client_done(&c);
}

TEST(allocations_have_a_maximum_and_numbers_of_their_own)
{
    struct turn_client clients[4];
    allocated();
    clients[0] = c;
    for (int i = 1; i < 4; i++) {
        turn_client_init(&c, &t, &client);
        allocate_at(0);
        is_success();
        clients[i] = c;
        for (int k = 0; k < i; k++)
            CHECK(clients[k].relayed.port != c.relayed.port);
    }
    turn_client_init(&c, &t, &client);
    allocate_at(0);
    is_refused(486);
    turn_client_done(&clients[2]);
    allocate_at(0);
    is_success();
    turn_client_done(&c);
}

TEST(nobody_but_the_worker_is_a_peer)
{
    struct stun_out o;
    allocated();
    with_peer(STUN_CREATE_PERMISSION, &stranger, 0, 0);
    is_refused(403);
    with_peer(STUN_CHANNEL_BIND, &stranger, 0x4000, 0);
    is_refused(403);
    begin(&o, STUN_CREATE_PERMISSION); /* one of two: none */
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, &ours4);
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, &stranger);
    ask(&o, 0);
    is_refused(403);
    ask(begin(&o, STUN_CREATE_PERMISSION), 0);
    is_refused(400);
    CHECK_INT(c.permitted[0].ms, 0);
    turn_client_done(&c);
}

/* A Send indication to peer. */
static void indicate(const struct link_address *peer, const char *data, int64_t ms)
{
    struct stun_out o;
    stun_start(&o, frame, sizeof frame, STUN_INDICATION, STUN_SEND, (const uint8_t *)"indication!!");
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, peer);
    stun_add_str(&o, STUN_AT_DATA, str_of(data));
    CHECK_OK(take(frame, stun_end(&o), ms));
    CHECK_INT(result.answer_bytes, 0);
}

TEST(data_goes_to_the_worker_with_a_permission_only)
{
    struct link_address other_port = ours4;
    other_port.port = 22;
    allocated();
    indicate(&ours4, "hello", 0);
    CHECK(result.data == NULL);
    with_peer(STUN_CREATE_PERMISSION, &ours4, 0, 0);
    is_success();
    indicate(&ours4, "hello", 10);
    CHECK(result.data_bytes == 5 && memcmp(result.data, "hello", 5) == 0 && result.to.port == 8443);
    indicate(&stranger, "hello", 10);
    CHECK(result.data == NULL);
    indicate(&other_port, "hello", 10); /* our host, but nothing of the worker's */
    CHECK(result.data == NULL);
    indicate(&ours4, "hello", TURN_PERMISSION_S * 1000);
    CHECK(result.data == NULL);
    turn_client_done(&c);
}

TEST(the_worker_s_data_goes_back_in_an_indication_or_a_channel)
{
    uint8_t room[TURN_WRAP_BYTES + 16] = {0}, *at;
    size_t bytes;
    struct stun s;
    allocated();
    memcpy(room + TURN_WRAP_BYTES, "hello", 5);
    CHECK_ERR(turn_wrap(&c, &ours4, room, 5, (struct tick){0}, &at, &bytes), ERR_DENIED);
    with_peer(STUN_CREATE_PERMISSION, &ours4, 0, 0);
    CHECK_OK(turn_wrap(&c, &ours4, room, 5, (struct tick){0}, &at, &bytes));
    CHECK_OK(stun_parse(at, bytes, &s));
    CHECK(s.class == STUN_INDICATION && s.method == STUN_DATA && s.xor_peer.port == 8443);
    CHECK_STR(s.data, "hello");
    with_peer(STUN_CHANNEL_BIND, &ours4, 0x4001, 0);
    is_success();
    CHECK_OK(turn_wrap(&c, &ours4, room, 5, (struct tick){0}, &at, &bytes));
    CHECK_BYTES(at, bytes, "40010005 68656c6c6f 000000");
    CHECK_OK(take(at, bytes, 0));
    CHECK(result.data_bytes == 5 && result.to.port == 8443);
    CHECK_ERR(turn_wrap(&c, &stranger, room, 5, (struct tick){0}, &at, &bytes), ERR_DENIED);
    CHECK_ERR(turn_wrap(&c, &ours4, room, 5, (struct tick){TURN_PERMISSION_S * 1000}, &at, &bytes),
              ERR_DENIED);
    CHECK_OK(take((const uint8_t *)"\x40\x02\x00\x01x\0\0", 8, 0)); /* a channel that nobody bound */
    CHECK(result.data == NULL);
    CHECK_ERR(take((const uint8_t *)"\x40\x01\x00\x09xxxx", 8, 0), ERR_BAD_INPUT);
    CHECK_ERR(take((const uint8_t *)"\x99zz", 3, 0), ERR_BAD_INPUT);
    turn_client_done(&c);
}

TEST(a_channel_is_bound_to_one_peer)
{
    struct link_address second = ours4;
    second.port = 9000;
    allocated();
    with_peer(STUN_CHANNEL_BIND, &ours4, 0x4001, 0);
    is_success();
    with_peer(STUN_CHANNEL_BIND, &ours4, 0x4001, 10); /* once more is a refresh */
    is_success();
    with_peer(STUN_CHANNEL_BIND, &second, 0x4001, 10);
    is_refused(400);
    with_peer(STUN_CHANNEL_BIND, &ours4, 0x4002, 10);
    is_refused(400);
    with_peer(STUN_CHANNEL_BIND, &ours4, 0x3fff, 10);
    is_refused(400);
    with_peer(STUN_CHANNEL_BIND, &ours4, 0x5000, 10);
    is_refused(400);
    for (unsigned i = 1; i < TURN_CHANNELS_MAX; i++) {
        second.port = (uint16_t)(9000 + i);
        with_peer(STUN_CHANNEL_BIND, &second, 0x4001 + i, 10);
        is_success();
    }
    second.port = 10000;
    with_peer(STUN_CHANNEL_BIND, &second, 0x4100, 10);
    is_refused(486);
    turn_client_done(&c);
}

TEST(an_allocation_lives_as_long_as_it_is_refreshed)
{
    struct stun_out o;
    allocated();
    stun_add_u32(begin(&o, STUN_REFRESH), STUN_AT_LIFETIME, 100000);
    ask(&o, 1000);
    is_success();
    CHECK_INT(answered.lifetime_s, TURN_LIFETIME_MAX_S);
    CHECK(!turn_client_turn(&c, (struct tick){1000 + TURN_LIFETIME_MAX_S * 1000 - 1}));
    stun_add_u32(begin(&o, STUN_REFRESH), STUN_AT_LIFETIME, 0);
    ask(&o, 2000);
    is_success();
    CHECK(result.has_ended && t.allocations == 0 && c.remote.port == client.port);
    allocate_at(3000);
    is_success();
    CHECK(turn_client_turn(&c, (struct tick){3000 + TURN_LIFETIME_S * 1000}));
    CHECK(!turn_client_turn(&c, (struct tick){3000 + TURN_LIFETIME_S * 1000}));
    CHECK_INT(t.allocations, 0);
}

TEST(an_allocation_is_its_makers)
{
    char other[TURN_USERNAME_BYTES_MAX + 1];
    allocated();
    memcpy(other, username, sizeof other);
    CHECK_OK(turn_credentials(&t, STR("other"), (struct instant){wall0 + 3600000}, username, password));
    CHECK_OK(stun_long_term_key(str_of(username), t.realm, str_of(password), key));
    with_peer(STUN_CREATE_PERMISSION, &ours4, 0, 0);
    is_refused(441);
    turn_client_done(&c);
}

TEST(a_binding_request_needs_no_credentials)
{
    struct stun_out o;
    start();
    begin(&o, STUN_BINDING);
    CHECK_OK(take(frame, stun_end(&o), 0));
    CHECK(answered.class == STUN_SUCCESS && answered.mapped.port == client.port);
}

TEST(names_too_long_are_not_handed_out)
{
    static const char letters[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    start();
    CHECK_ERR(turn_credentials(&t, str_of(letters), (struct instant){wall0}, username, password), ERR_LIMIT);
}

/* All frames of a stream that comes in pieces of n bytes, one after the other with a bar between. */
static enum err frames(enum tcp_frame_kind kind, const uint8_t *from, size_t bytes, size_t n, char *ret_text)
{
    struct tcp_frame f;
    size_t out = 0;
    tcp_frame_init(&f, kind);
    for (size_t at = 0; at < bytes; at += n)
        for (size_t left = bytes - at < n ? bytes - at : n, off = at; left;) {
            size_t used, frame_bytes;
            uint8_t *frame_at;
            enum err err = tcp_frame_take(&f, from + off, left, &used, &frame_at, &frame_bytes);
            if (err) return err;
            CHECK(used > 0 && used <= left);
            off += used;
            left -= used;
            if (!frame_at) continue;
            memcpy(ret_text + out, frame_at, frame_bytes);
            out += frame_bytes;
            ret_text[out++] = '|';
        }
    ret_text[out] = 0;
    return OK;
}

TEST(datagrams_come_out_of_a_stream_however_it_is_cut)
{
    static const uint8_t stream[] = "\0\5hello\0\1x\0\6worlds";
    char text[64];
    for (size_t n = 1; n < sizeof stream; n++) {
        CHECK_OK(frames(TCP_FRAME_ICE, stream, sizeof stream - 1, n, text));
        CHECK_STR(str_of(text), "hello|x|worlds|");
    }
    uint8_t header[2];
    tcp_frame_header(0x5dc, header);
    CHECK_BYTES(header, 2, "05dc");
    CHECK_ERR(frames(TCP_FRAME_ICE, (const uint8_t *)"\0\0x", 3, 3, text), ERR_BAD_INPUT);
    CHECK_ERR(frames(TCP_FRAME_ICE, (const uint8_t *)"\x06\x41x", 3, 3, text), ERR_BAD_INPUT);
}

TEST(turn_frames_come_out_of_a_stream_however_it_is_cut)
{
    uint8_t stream[64];
    char text[64];
    size_t bytes = hex(
        "40010005 68656c6c6f 000000 00010004 2112a442 616161616161616161616161 80220000 40020001 78000000",
        stream, sizeof stream);
    for (size_t n = 1; n <= bytes; n++) {
        struct tcp_frame f;
        size_t count = 0, used, frame_bytes;
        uint8_t *frame_at;
        tcp_frame_init(&f, TCP_FRAME_TURN);
        for (size_t at = 0; at < bytes;) {
            size_t some = bytes - at < n ? bytes - at : n;
            CHECK_OK(tcp_frame_take(&f, stream + at, some, &used, &frame_at, &frame_bytes));
            at += used;
            static const size_t want[] = {12, 24, 8};
            if (frame_at) CHECK_INT(frame_bytes, want[count++]);
        }
        CHECK_INT(count, 3);
    }
    CHECK_ERR(frames(TCP_FRAME_TURN, (const uint8_t *)"\x50\0\0\0", 4, 4, text), ERR_BAD_INPUT);
    CHECK_ERR(frames(TCP_FRAME_TURN, (const uint8_t *)"\x00\x01\0\3", 4, 4, text), ERR_BAD_INPUT);
    CHECK_ERR(frames(TCP_FRAME_TURN, (const uint8_t *)"\x40\0\xff\xff", 4, 4, text), ERR_BAD_INPUT);
    CHECK_ERR(frames(TCP_FRAME_TURN, (const uint8_t *)"\x16\3\1\0", 4, 4, text), ERR_BAD_INPUT);
}
