/* A byte stream of a TURN client, cut into frames: with odd first byte it arrives as it stands (nobody is let
 * in without credentials), with even first byte each STUN request in it is signed first, so that all states
 * are reached. Data never goes anywhere but to the worker's own addresses. */
#include "media/tcp_frame.h"
#include "media/turn.h"
#include "tests/fuzz/fuzz.h"

enum { WORKERS = 2 };

static struct turn t;
static struct turn_client c;
static const struct link_address ours = {4, {192, 0, 2, 1}, 8443}, remote = {4, {198, 51, 100, 7}, 40000};
static const struct instant wall = {1800000000000};
static char username[TURN_USERNAME_BYTES_MAX + 1], password[TURN_PASSWORD_BYTES_MAX + 1];
static uint8_t nonce[64];
static size_t nonce_bytes;
static int64_t now_ms;

static bool taken(const uint8_t *at, size_t bytes)
{
    uint8_t answer[TURN_ANSWER_BYTES_MAX];
    struct turn_result r = {0};
    struct stun back;
    if (turn_take(&c, at, bytes, (struct tick){now_ms}, wall, answer, &r) != OK) return false;
    if (r.answer_bytes) {
        ASSERT(stun_parse(answer, r.answer_bytes, &back) == OK && back.has_fingerprint);
        if (back.has_nonce && back.nonce.bytes <= sizeof nonce)
            memcpy(nonce, back.nonce.at, nonce_bytes = back.nonce.bytes);
    }
    if (r.data) {
        ASSERT(r.data >= at && r.data + r.data_bytes <= at + bytes);
        /* this worker's port, or the next one's */
        ASSERT(r.to.port >= ours.port && r.to.port < ours.port + WORKERS && c.is_active);
        ASSERT(r.to.family == 4 && memcmp(r.to.at, ours.at, 4) == 0);
    }
    ASSERT(t.allocations == (c.is_active ? 1u : 0u));
    return true;
}

/* The request's attributes up to its own credentials, then good ones. */
static bool taken_signed(const struct stun *s)
{
    uint8_t at[1600], key[STUN_LONG_TERM_KEY_BYTES];
    struct stun_out o;
    if (stun_long_term_key(str_of(username), t.realm, str_of(password), key) != OK) return false;
    stun_start(&o, at, sizeof at, s->class, s->method, s->transaction);
    stun_add_str(&o, STUN_AT_USERNAME, str_of(username));
    stun_add_str(&o, STUN_AT_REALM, t.realm);
    stun_add(&o, STUN_AT_NONCE, nonce, nonce_bytes);
    for (size_t p = STUN_HEADER_BYTES; p < s->bytes;) {
        uint16_t type = (uint16_t)(s->at[p] << 8 | s->at[p + 1]);
        size_t bytes = (size_t)(s->at[p + 2] << 8 | s->at[p + 3]);
        if (type != STUN_AT_INTEGRITY && type != STUN_AT_FINGERPRINT)
            stun_add(&o, type, s->at + p + 4, bytes);
        p += 4 + ((bytes + 3) & ~(size_t)3);
    }
    stun_add_integrity(&o, (struct str){(char *)key, sizeof key});
    return stun_end(&o) == 0 || taken(at, stun_end(&o));
}

static bool frame(const uint8_t *at, size_t bytes, bool is_signing)
{
    struct stun s;
    now_ms += at[bytes - 1] * 1000ll;
    if (is_signing && stun_parse(at, bytes, &s) == OK && s.class == STUN_REQUEST) return taken_signed(&s);
    return taken(at, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tcp_frame f;
    uint8_t wrap[TURN_WRAP_BYTES + 16] = {0}, *at;
    size_t used, frame_bytes;
    if (n < 1) return 0;
    bool is_signing = !(bytes[0] & 1);
    now_ms = 0;
    nonce_bytes = 0;
    turn_init(&t, STR("yunqiao"), 2, WORKERS, NULL);
    ASSERT(turn_add_address(&t, &ours) == OK);
    ASSERT(turn_credentials(&t, STR("fuzz"), (struct instant){wall.ms + 86400000}, username, password) == OK);
    turn_client_init(&c, &t, &remote);
    tcp_frame_init(&f, TCP_FRAME_TURN);
    if (is_signing) {
        static const uint8_t first[] = "\0\3\0\0\x21\x12\xa4\x42transaction";
        (void)taken(first, STUN_HEADER_BYTES); /* has a nonce in its refusal */
    }
    for (size_t p = 1; p < n; p += used) {
        if (tcp_frame_take(&f, bytes + p, n - p, &used, &at, &frame_bytes) != OK) break;
        if (at && !frame(at, frame_bytes, is_signing)) break;
    }
    if (!is_signing) ASSERT(!c.is_active);
    if (turn_wrap(&c, &ours, wrap, 9, (struct tick){now_ms}, &at, &frame_bytes) == OK)
        ASSERT(c.is_active && at >= wrap && at + frame_bytes <= wrap + sizeof wrap);
    turn_client_done(&c);
    ASSERT(t.allocations == 0);
    return 0;
}
