#include "media/turn.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/bytes.h"
#include <stdio.h>

enum {
    UDP_PROTOCOL = 17,
    FAMILY_4 = 1,
    FAMILY_6 = 2,
    CHANNEL_FIRST = 0x4000,
    CHANNEL_LAST = 0x4fff,
    CHANNEL_HEADER_BYTES = 4,
    NONCE_MAC_BYTES = 15
};

void turn_init(struct turn *t, struct str realm, uint32_t allocations_max, uint16_t workers,
               const uint8_t secret[TURN_SECRET_BYTES])
{
    *t = (struct turn){.realm = realm, .allocations_max = allocations_max, .workers = workers};
    if (secret)
        memcpy(t->secret, secret, sizeof t->secret);
    else
        rnd_bytes(t->secret, sizeof t->secret);
    t->next_port = (uint16_t)rnd_below(TURN_PORTS);
}

enum err turn_add_address(struct turn *t, const struct link_address *a)
{
    if (t->address_count == TURN_ADDRESSES_MAX) return ERR_LIMIT;
    t->addresses[t->address_count++] = *a;
    return OK;
}

static struct digest_value mac_of(const struct turn *t, const char *purpose, struct str text)
{
    uint8_t key[DIGEST_BYTES];
    digest_derive(t->secret, sizeof t->secret, NULL, 0, purpose, key, sizeof key);
    struct digest_value mac = digest_hmac(key, sizeof key, text.at, text.bytes);
    mem_wipe(key, sizeof key);
    return mac;
}

static void password_of(const struct turn *t, struct str username,
                        char ret_password[TURN_PASSWORD_BYTES_MAX + 1])
{
    struct digest_value mac = mac_of(t, "turn password", username);
    _Static_assert(STR_BASE64_BYTES(24) <= TURN_PASSWORD_BYTES_MAX + 1, "a password fits");
    (void)str_base64url(mac.at, 24, ret_password);
}

enum err turn_credentials(const struct turn *t, struct str who, struct instant until,
                          char ret_username[TURN_USERNAME_BYTES_MAX + 1],
                          char ret_password[TURN_PASSWORD_BYTES_MAX + 1])
{
    char username[TURN_USERNAME_BYTES_MAX + 1];
    int n = snprintf(username, sizeof username, "%lld:%.*s", (long long)(until.ms / 1000), (int)who.bytes,
                     who.at);
    if (n < 0 || (size_t)n >= sizeof username) return ERR_LIMIT;
    memcpy(ret_username, username, (size_t)n + 1);
    password_of(t, str_of(username), ret_password);
    return OK;
}

/* A nonce is the time it was made, and a digest that says that it is ours. */
static void nonce_make(const struct turn *t, struct instant wall, char ret_nonce[TURN_NONCE_BYTES])
{
    uint8_t bytes[8 + NONCE_MAC_BYTES];
    _Static_assert(STR_BASE64_BYTES(sizeof bytes) <= TURN_NONCE_BYTES, "a nonce fits");
    bytes_put64(bytes, (uint64_t)wall.ms);
    struct digest_value mac = mac_of(t, "turn nonce", (struct str){(const char *)bytes, 8});
    memcpy(bytes + 8, mac.at, NONCE_MAC_BYTES);
    (void)str_base64url(bytes, sizeof bytes, ret_nonce);
}

static bool nonce_is_fresh(const struct turn *t, struct str nonce, struct instant wall)
{
    uint8_t bytes[8 + NONCE_MAC_BYTES];
    size_t n;
    if (!str_from_base64url(nonce, bytes, sizeof bytes, &n) || n != sizeof bytes) return false;
    struct digest_value mac = mac_of(t, "turn nonce", (struct str){(const char *)bytes, 8});
    struct str theirs = {(const char *)bytes + 8, NONCE_MAC_BYTES},
               ours = {(const char *)mac.at, NONCE_MAC_BYTES};
    int64_t age_ms = wall.ms - (int64_t)bytes_get64(bytes);
    return str_is_secret(theirs, ours) && age_ms >= -1000 && age_ms < TURN_NONCE_S * 1000ll;
}

static bool username_is_good(struct str username, struct instant wall)
{
    uint64_t until_s;
    struct str rest = username;
    return username.bytes <= TURN_USERNAME_BYTES_MAX && str_to_u64(str_cut(&rest, ':'), &until_s) &&
           until_s > (uint64_t)(wall.ms / 1000);
}

void turn_client_init(struct turn_client *c, struct turn *t, const struct link_address *remote)
{
    *c = (struct turn_client){.turn = t, .remote = *remote};
}

void turn_client_done(struct turn_client *c)
{
    struct turn *t = c->turn;
    struct link_address remote = c->remote;
    if (!c->is_active) return;
    unsigned slot = c->relayed.port - TURN_PORT_FIRST;
    t->ports[slot / 8] &= (uint8_t) ~(1u << slot % 8);
    t->allocations--;
    turn_client_init(c, t, &remote);
}

/* One request and what its answer is made of. */
struct request {
    struct turn_client *c;
    const struct stun *s;
    struct tick now;
    struct instant wall;
    uint8_t key[STUN_LONG_TERM_KEY_BYTES];
    bool is_signed;
    uint8_t *answer;
    struct turn_result result;
};

static struct str key_of(const struct request *q)
{
    return (struct str){(const char *)q->key, q->is_signed ? sizeof q->key : 0};
}

static void answer_end(struct request *q, struct stun_out *o)
{
    if (q->is_signed) stun_add_integrity(o, key_of(q));
    stun_add_fingerprint(o);
    q->result.answer_bytes = stun_end(o);
}

static void refuse(struct request *q, uint16_t code)
{
    struct stun_out o;
    char nonce[TURN_NONCE_BYTES];
    stun_start_answer(&o, q->answer, TURN_ANSWER_BYTES_MAX, STUN_FAILURE, q->s);
    stun_add_error(&o, code);
    if (code == 420) stun_add_unknown(&o, q->s);
    if (code == 401 || code == 438) {
        nonce_make(q->c->turn, q->wall, nonce);
        stun_add_str(&o, STUN_AT_REALM, q->c->turn->realm);
        stun_add_str(&o, STUN_AT_NONCE, str_of(nonce));
    }
    answer_end(q, &o);
}

static void success_start(struct request *q, struct stun_out *o)
{
    stun_start_answer(o, q->answer, TURN_ANSWER_BYTES_MAX, STUN_SUCCESS, q->s);
}

static void succeed(struct request *q)
{
    struct stun_out o;
    success_start(q, &o);
    answer_end(q, &o);
}

/* RFC 8489 §9.2.4, in its order. False: refused; q->result has the answer. */
static bool is_authenticated(struct request *q, enum err *ret_err)
{
    const struct stun *s = q->s;
    const struct turn *t = q->c->turn;
    char password[TURN_PASSWORD_BYTES_MAX + 1];
    uint16_t code = 0;
    if (!s->integrity_at)
        code = 401;
    else if (!s->has_username || !s->has_realm || !s->has_nonce)
        code = 400;
    else if (!nonce_is_fresh(t, s->nonce, q->wall))
        code = 438;
    else if (!str_is(s->realm, t->realm) || !username_is_good(s->username, q->wall))
        code = 401;
    if (!code) {
        password_of(t, s->username, password);
        *ret_err = stun_long_term_key(s->username, t->realm, str_of(password), q->key);
        mem_wipe(password, sizeof password);
        if (*ret_err) return false;
        if (!stun_is_signed(s, (struct str){(const char *)q->key, sizeof q->key})) code = 401;
    }
    if (code) {
        refuse(q, code);
        return false;
    }
    q->is_signed = true;
    return true;
}

/* An allocation is its maker's (RFC 8656 §5). */
static bool is_of_maker(const struct request *q)
{
    return str_is_secret(q->s->username, (struct str){q->c->username, q->c->username_bytes});
}

static uint32_t lifetime_of(const struct stun *s)
{
    if (!s->has_lifetime || s->lifetime_s < TURN_LIFETIME_S) return TURN_LIFETIME_S;
    return s->lifetime_s > TURN_LIFETIME_MAX_S ? TURN_LIFETIME_MAX_S : s->lifetime_s;
}

/* One of our hosts of this family, with a port number that no other allocation has. */
static bool relayed_make(struct turn *t, uint8_t family, struct link_address *ret_address)
{
    for (unsigned i = 0; i < t->address_count; i++) {
        if (t->addresses[i].family != family) continue;
        for (unsigned n = 0; n < TURN_PORTS; n++) {
            unsigned slot = (t->next_port + n) % TURN_PORTS;
            if (t->ports[slot / 8] >> slot % 8 & 1) continue;
            t->ports[slot / 8] |= (uint8_t)(1u << slot % 8);
            t->next_port = (uint16_t)((slot + 1) % TURN_PORTS);
            *ret_address = t->addresses[i];
            ret_address->port = (uint16_t)(TURN_PORT_FIRST + slot);
            return true;
        }
    }
    return false;
}

static void allocated_answer(struct request *q)
{
    const struct turn_client *c = q->c;
    struct stun_out o;
    int64_t left_ms = c->until.ms - q->now.ms;
    success_start(q, &o);
    stun_add_address(&o, STUN_AT_XOR_RELAYED_ADDRESS, &c->relayed);
    stun_add_address(&o, STUN_AT_XOR_MAPPED_ADDRESS, &c->remote);
    stun_add_u32(&o, STUN_AT_LIFETIME, (uint32_t)(left_ms / 1000));
    answer_end(q, &o);
}

/* Why not, as RFC 8656 §7.2 lists it; 0: nothing is against it. */
static uint16_t allocate_objection(const struct request *q)
{
    const struct stun *s = q->s;
    const struct turn *t = q->c->turn;
    if (!s->has_transport) return 400;
    if (s->transport != UDP_PROTOCOL) return 442;
    if (s->has_reservation && (s->has_even_port || s->has_family)) return 400;
    if (s->has_reservation || s->has_even_port)
        return 508; /* ports are not ours to reserve: there are none */
    if (s->has_family && s->family != FAMILY_4 && s->family != FAMILY_6) return 440;
    if (t->allocations >= t->allocations_max) return 486;
    return 0;
}

static void allocate(struct request *q)
{
    struct turn_client *c = q->c;
    if (c->is_active) {
        bool is_again = memcmp(c->transaction, q->s->transaction, sizeof c->transaction) == 0;
        if (is_again)
            allocated_answer(q);
        else
            refuse(q, 437);
        return;
    }
    uint16_t code = allocate_objection(q);
    bool is_6 = q->s->has_family && q->s->family == FAMILY_6;
    if (!code && !relayed_make(c->turn, is_6 ? 6 : 4, &c->relayed)) code = 440;
    if (code) {
        refuse(q, code);
        return;
    }
    c->is_active = true;
    c->turn->allocations++;
    c->until = (struct tick){q->now.ms + lifetime_of(q->s) * 1000ll};
    c->username_bytes = q->s->username.bytes;
    memcpy(c->username, q->s->username.at, c->username_bytes);
    memcpy(c->transaction, q->s->transaction, sizeof c->transaction);
    allocated_answer(q);
}

static void refresh(struct request *q)
{
    struct stun_out o;
    bool ends = q->s->has_lifetime && q->s->lifetime_s == 0;
    uint32_t lifetime_s = ends ? 0 : lifetime_of(q->s);
    if (q->s->has_family && q->s->family != (q->c->relayed.family == 4 ? FAMILY_4 : FAMILY_6)) {
        refuse(q, 443);
        return;
    }
    q->c->until = (struct tick){q->now.ms + lifetime_s * 1000ll};
    success_start(q, &o);
    stun_add_u32(&o, STUN_AT_LIFETIME, lifetime_s);
    answer_end(q, &o);
    if (!ends) return;
    turn_client_done(q->c);
    q->result.has_ended = true;
}

static bool is_host(const struct link_address *a, const struct link_address *b)
{
    return a->family == b->family && memcmp(a->at, b->at, sizeof a->at) == 0;
}

static bool is_workers_port(const struct turn *t, const struct link_address *a,
                            const struct link_address *peer)
{
    return peer->port >= a->port && peer->port - a->port < t->workers;
}

/* Which of ours has this host, and this port when it matters; -1: none. */
static int ours(const struct turn *t, const struct link_address *peer, bool with_port)
{
    for (unsigned i = 0; i < t->address_count; i++)
        if (is_host(&t->addresses[i], peer) && (!with_port || is_workers_port(t, &t->addresses[i], peer)))
            return (int)i;
    return -1;
}

int turn_worker_of(const struct turn *t, const struct link_address *a)
{
    int at = ours(t, a, true);
    return at < 0 ? -1 : a->port - t->addresses[at].port;
}

static void permit(struct turn_client *c, const struct link_address *peer, struct tick now)
{
    for (unsigned i = 0; i < c->turn->address_count; i++)
        if (is_host(&c->turn->addresses[i], peer))
            c->permitted[i] = (struct tick){now.ms + TURN_PERMISSION_S * 1000ll};
}

/* All or none (RFC 8656 §10.2); the only peers that may be named are we. */
static void create_permission(struct request *q)
{
    struct link_address peer;
    unsigned count = 0;
    uint16_t code = 0;
    for (size_t at = 0; !code && stun_next_peer(q->s, &at, &peer); count++) {
        if (peer.family != q->c->relayed.family)
            code = 443;
        else if (ours(q->c->turn, &peer, false) < 0)
            code = 403;
    }
    if (code || count == 0) {
        refuse(q, code ? code : 400);
        return;
    }
    for (size_t at = 0; stun_next_peer(q->s, &at, &peer);)
        permit(q->c, &peer, q->now);
    succeed(q);
}

static bool is_peer(const struct link_address *a, const struct link_address *b)
{
    return is_host(a, b) && a->port == b->port;
}

static bool is_live(const struct turn_channel *ch, struct tick now)
{
    return ch->number != 0 && now.ms < ch->until.ms;
}

/* The place for a channel: its own, or a free one; NULL with *ret_code: the number or the peer is bound
 * otherwise. */
static struct turn_channel *channel_place(struct request *q, uint16_t *ret_code)
{
    struct turn_channel *place = NULL;
    *ret_code = 486;
    for (int i = 0; i < TURN_CHANNELS_MAX; i++) {
        struct turn_channel *ch = &q->c->channels[i];
        bool is_number = ch->number == q->s->channel, is_same_peer = is_peer(&ch->peer, &q->s->xor_peer);
        if (!is_live(ch, q->now)) {
            if (!place) place = ch;
        } else if (is_number && is_same_peer) {
            return ch;
        } else if (is_number || is_same_peer) {
            *ret_code = 400;
            return NULL;
        }
    }
    return place;
}

static void channel_bind(struct request *q)
{
    const struct stun *s = q->s;
    uint16_t code = 0;
    struct turn_channel *ch = NULL;
    if (!s->has_channel || s->xor_peer.family == 0 || s->channel < CHANNEL_FIRST || s->channel > CHANNEL_LAST)
        code = 400;
    else if (s->xor_peer.family != q->c->relayed.family)
        code = 443;
    else if (ours(q->c->turn, &s->xor_peer, false) < 0)
        code = 403;
    else
        ch = channel_place(q, &code);
    if (!ch) {
        refuse(q, code);
        return;
    }
    *ch = (struct turn_channel){s->channel, s->xor_peer, {q->now.ms + TURN_CHANNEL_S * 1000ll}};
    permit(q->c, &s->xor_peer, q->now);
    succeed(q);
}

static void bound(struct request *q)
{
    struct stun_out o;
    success_start(q, &o);
    stun_add_address(&o, STUN_AT_XOR_MAPPED_ADDRESS, &q->c->remote);
    answer_end(q, &o);
}

static enum err request_take(struct request *q)
{
    enum err err = OK;
    uint16_t method = q->s->method;
    if (method == STUN_BINDING) {
        bound(q);
        return OK;
    }
    if (!is_authenticated(q, &err)) return err;
    if (q->s->unknown_count)
        refuse(q, 420);
    else if (q->c->is_active && !is_of_maker(q))
        refuse(q, 441);
    else if (method == STUN_ALLOCATE)
        allocate(q);
    else if (method != STUN_REFRESH && method != STUN_CREATE_PERMISSION && method != STUN_CHANNEL_BIND)
        refuse(q, 400);
    else if (!q->c->is_active)
        refuse(q, 437);
    else if (method == STUN_REFRESH)
        refresh(q);
    else if (method == STUN_CREATE_PERMISSION)
        create_permission(q);
    else
        channel_bind(q);
    return OK;
}

/* Data for one of ours that the client has a permission for; anything else is dropped without a word. */
static void data_take(struct turn_client *c, const struct link_address *peer, const uint8_t *data,
                      size_t bytes, struct tick now, struct turn_result *r)
{
    int at = ours(c->turn, peer, true);
    if (!c->is_active || at < 0 || now.ms >= c->permitted[at].ms || bytes == 0) return;
    r->data = data;
    r->data_bytes = bytes;
    r->to = *peer;
}

static enum err channel_data_take(struct turn_client *c, const uint8_t *at, size_t bytes, struct tick now,
                                  struct turn_result *r)
{
    size_t data_bytes = bytes_get16(at + 2);
    if (data_bytes > bytes - CHANNEL_HEADER_BYTES) return ERR_BAD_INPUT;
    uint16_t number = bytes_get16(at);
    for (int i = 0; i < TURN_CHANNELS_MAX; i++)
        if (c->channels[i].number == number && is_live(&c->channels[i], now))
            data_take(c, &c->channels[i].peer, at + CHANNEL_HEADER_BYTES, data_bytes, now, r);
    return OK;
}

enum err turn_take(struct turn_client *c, const uint8_t *at, size_t bytes, struct tick now,
                   struct instant wall, uint8_t *answer, struct turn_result *ret_result)
{
    struct stun s;
    struct request q = {.c = c, .s = &s, .now = now, .wall = wall, .answer = answer};
    q.result.has_ended = turn_client_turn(c, now);
    enum err err = OK;
    if (bytes >= CHANNEL_HEADER_BYTES && at[0] >> 4 == CHANNEL_FIRST >> 12) {
        err = channel_data_take(c, at, bytes, now, &q.result);
    } else if ((err = stun_parse(at, bytes, &s)) == OK) {
        bool is_send = s.class == STUN_INDICATION && s.method == STUN_SEND;
        if (s.class == STUN_REQUEST)
            err = request_take(&q);
        else if (is_send && s.has_data && s.unknown_count == 0)
            data_take(c, &s.xor_peer, (const uint8_t *)s.data.at, s.data.bytes, now, &q.result);
    }
    mem_wipe(q.key, sizeof q.key);
    if (!err) *ret_result = q.result;
    return err;
}

static size_t data_header(const struct link_address *from, size_t bytes, uint8_t *to)
{
    uint8_t transaction[STUN_TRANSACTION_BYTES];
    struct stun_out o;
    rnd_bytes(transaction, sizeof transaction);
    stun_start(&o, to, TURN_WRAP_BYTES, STUN_INDICATION, STUN_DATA, transaction);
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, from);
    size_t header = stun_end(&o) + 4;
    bytes_put16(to + header - 4, STUN_AT_DATA);
    bytes_put16(to + header - 2, (uint16_t)bytes);
    bytes_put16(to + 2, (uint16_t)(header - STUN_HEADER_BYTES + ((bytes + 3) & ~(size_t)3)));
    return header;
}

enum err turn_wrap(struct turn_client *c, const struct link_address *from, uint8_t *at, size_t bytes,
                   struct tick now, uint8_t **ret_at, size_t *ret_bytes)
{
    uint8_t header[TURN_WRAP_BYTES];
    size_t header_bytes = CHANNEL_HEADER_BYTES, padding = (4 - bytes % 4) % 4;
    int address = ours(c->turn, from, true);
    const struct turn_channel *channel = NULL;
    if (!c->is_active || address < 0 || now.ms >= c->permitted[address].ms || now.ms >= c->until.ms)
        return ERR_DENIED;
    for (int i = 0; i < TURN_CHANNELS_MAX; i++)
        if (is_live(&c->channels[i], now) && is_peer(&c->channels[i].peer, from)) channel = &c->channels[i];
    if (channel) {
        bytes_put16(header, channel->number);
        bytes_put16(header + 2, (uint16_t)bytes);
    } else {
        header_bytes = data_header(from, bytes, header);
    }
    memcpy(at + TURN_WRAP_BYTES - header_bytes, header, header_bytes);
    memset(at + TURN_WRAP_BYTES + bytes, 0, padding);
    *ret_at = at + TURN_WRAP_BYTES - header_bytes;
    *ret_bytes = header_bytes + bytes + padding;
    return OK;
}

bool turn_client_turn(struct turn_client *c, struct tick now)
{
    if (!c->is_active || now.ms < c->until.ms) return false;
    turn_client_done(c);
    return true;
}
