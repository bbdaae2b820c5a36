#include "media/stun.h"
#include "media/bytes.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
    ATTRIBUTE_HEADER_BYTES = 4,
    FINGERPRINT_BYTES = 8,
    ERROR_REASON_BYTES_MAX = 763,
    FAMILY_4 = 1,
    FAMILY_6 = 2
};
static const uint32_t fingerprint_xor = 0x5354554Eu; /* "STUN" */

/* CRC-32 of ITU-T V.42 (the one of zip), bit-reversed, a nibble at a time: a binding check is 100 bytes. */
static uint32_t crc32_of(const uint8_t *at, size_t bytes)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < bytes; i++) {
        crc = crc >> 4 ^ nibble[(crc ^ at[i]) & 15];
        crc = crc >> 4 ^ nibble[(crc ^ (uint32_t)at[i] >> 4) & 15];
    }
    return ~crc;
}

static size_t padded(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

bool stun_is(const uint8_t *at, size_t bytes)
{
    if (bytes < STUN_HEADER_BYTES || at[0] > 3) return false;
    size_t body = bytes_get16(at + 2);
    return body % 4 == 0 && body + STUN_HEADER_BYTES == bytes && bytes_get32(at + 4) == STUN_COOKIE;
}

/* The 14 bits of the type: M11-M7 C1 M6-M4 C0 M3-M0 (RFC 8489 §5). */
static uint16_t type_of(enum stun_class class, uint16_t method)
{
    unsigned m = method, c = (unsigned)class;
    return (uint16_t)((m & 0xf80) << 2 | (c & 2) << 7 | (m & 0x070) << 1 | (c & 1) << 4 | (m & 0x00f));
}

/*   | 0 | family | port | address (4 or 16) |
 * port and address XORed with cookie and transaction when asked to. */
static bool address_parse(const uint8_t *message, struct str value, bool is_xor,
                          struct link_address *ret_address)
{
    const uint8_t *v = (const uint8_t *)value.at;
    struct link_address a = {0};
    if (value.bytes != 8 && value.bytes != 20) return false;
    if (v[1] != (value.bytes == 8 ? FAMILY_4 : FAMILY_6)) return false;
    a.family = value.bytes == 8 ? 4 : 6;
    a.port = bytes_get16(v + 2);
    memcpy(a.at, v + 4, value.bytes - 4);
    if (is_xor) {
        a.port ^= (uint16_t)(STUN_COOKIE >> 16);
        for (size_t i = 0; i < value.bytes - 4; i++)
            a.at[i] ^= message[4 + i]; /* the cookie, then the transaction id */
    }
    *ret_address = a;
    return true;
}

static bool error_parse(struct stun *s, struct str value)
{
    const uint8_t *v = (const uint8_t *)value.at;
    if (value.bytes < 4 || value.bytes > 4 + ERROR_REASON_BYTES_MAX) return false;
    unsigned hundreds = v[2] & 7, rest = v[3];
    if (hundreds < 3 || hundreds > 6 || rest > 99) return false;
    s->error_code = (uint16_t)(hundreds * 100 + rest);
    s->error_reason = (struct str){value.at + 4, value.bytes - 4};
    return true;
}

static bool text_parse(struct str value, size_t bytes_max, bool *has, struct str *ret_text)
{
    if (value.bytes > bytes_max) return false;
    if (has && *has) return true; /* the first of equals counts (RFC 8489 §14) */
    if (has) *has = true;
    *ret_text = value;
    return true;
}

static bool u32_parse(struct str value, bool *has, uint32_t *ret_n)
{
    if (value.bytes != 4) return false;
    if (*has) return true;
    *has = true;
    *ret_n = bytes_get32((const uint8_t *)value.at);
    return true;
}

/* One byte or two of a word, the rest of which is reserved. */
static bool u8_parse(struct str value, bool *has, uint8_t *ret_n)
{
    uint32_t word = 0;
    bool is_first = !*has;
    if (!u32_parse(value, has, &word)) return false;
    if (is_first) *ret_n = (uint8_t)(word >> 24);
    return true;
}

static bool u16_parse(struct str value, bool *has, uint16_t *ret_n)
{
    uint32_t word = 0;
    bool is_first = !*has;
    if (!u32_parse(value, has, &word)) return false;
    if (is_first) *ret_n = (uint16_t)(word >> 16);
    return true;
}

static bool role_parse(struct stun *s, struct str value, bool *has)
{
    if (value.bytes != 8 || s->has_controlled || s->has_controlling) return false;
    *has = true;
    s->tie_breaker = bytes_get64((const uint8_t *)value.at);
    return true;
}

/* The attributes of RFC 8656 but for the texts. */
static bool turn_parse(struct stun *s, uint16_t type, struct str value, bool *is_known)
{
    struct link_address peer;
    switch (type) {
    case STUN_AT_LIFETIME:
        return u32_parse(value, &s->has_lifetime, &s->lifetime_s);
    case STUN_AT_CHANNEL_NUMBER:
        return u16_parse(value, &s->has_channel, &s->channel);
    case STUN_AT_REQUESTED_TRANSPORT:
        return u8_parse(value, &s->has_transport, &s->transport);
    case STUN_AT_REQUESTED_ADDRESS_FAMILY:
        return u8_parse(value, &s->has_family, &s->family);
    case STUN_AT_XOR_PEER_ADDRESS:
        if (!address_parse(s->at, value, true, &peer)) return false;
        s->is_peer_repeated |= s->xor_peer.family != 0;
        if (!s->is_peer_repeated) s->xor_peer = peer;
        return true;
    case STUN_AT_XOR_RELAYED_ADDRESS:
        return address_parse(s->at, value, true, &s->xor_relayed);
    case STUN_AT_EVEN_PORT:
        s->has_even_port = true;
        return value.bytes == 1;
    case STUN_AT_RESERVATION_TOKEN:
        s->has_reservation = true;
        return value.bytes == 8;
    case STUN_AT_DONT_FRAGMENT:
        s->has_dont_fragment = true;
        return value.bytes == 0;
    default:
        *is_known = false;
        return true;
    }
}

static void unknown_note(struct stun *s, uint16_t type)
{
    bool must_be_understood = type < 0x8000;
    if (must_be_understood && s->unknown_count < STUN_UNKNOWN_MAX) s->unknown[s->unknown_count++] = type;
}

static bool attribute_parse(struct stun *s, uint16_t type, struct str value)
{
    bool is_known = true;
    switch (type) {
    case STUN_AT_USERNAME:
        return text_parse(value, 513, &s->has_username, &s->username);
    case STUN_AT_REALM:
        return text_parse(value, 763, &s->has_realm, &s->realm);
    case STUN_AT_NONCE:
        return text_parse(value, 763, &s->has_nonce, &s->nonce);
    case STUN_AT_SOFTWARE:
        return text_parse(value, 763, NULL, &s->software);
    case STUN_AT_DATA:
        return text_parse(value, UINT16_MAX, &s->has_data, &s->data);
    case STUN_AT_XOR_MAPPED_ADDRESS:
        return address_parse(s->at, value, true, &s->mapped);
    case STUN_AT_MAPPED_ADDRESS:
        return s->mapped.family != 0 || address_parse(s->at, value, false, &s->mapped);
    case STUN_AT_ERROR_CODE:
        return error_parse(s, value);
    case STUN_AT_PRIORITY:
        return u32_parse(value, &s->has_priority, &s->priority);
    case STUN_AT_NOMINATION:
        return u32_parse(value, &s->has_nomination, &s->nomination);
    case STUN_AT_USE_CANDIDATE:
        s->use_candidate = true;
        return value.bytes == 0;
    case STUN_AT_ICE_CONTROLLED:
        return role_parse(s, value, &s->has_controlled);
    case STUN_AT_ICE_CONTROLLING:
        return role_parse(s, value, &s->has_controlling);
    case STUN_AT_UNKNOWN_ATTRIBUTES:
    case STUN_AT_INTEGRITY_SHA256:
        return true;
    default:
        if (!turn_parse(s, type, value, &is_known)) return false;
        if (!is_known) unknown_note(s, type);
        return true;
    }
}

static bool fingerprint_is_right(const struct stun *s, size_t at, struct str value)
{
    if (value.bytes != 4 || at + FINGERPRINT_BYTES != s->bytes) return false; /* must be the last */
    return (crc32_of(s->at, at) ^ fingerprint_xor) == bytes_get32((const uint8_t *)value.at);
}

/* After MESSAGE-INTEGRITY nothing counts but FINGERPRINT (RFC 8489 §14.5): it could be anybody's. */
static bool attributes_parse(struct stun *s)
{
    int count = 0;
    for (size_t at = STUN_HEADER_BYTES; at < s->bytes;) {
        if (s->bytes - at < ATTRIBUTE_HEADER_BYTES || ++count > STUN_ATTRIBUTES_MAX) return false;
        uint16_t type = bytes_get16(s->at + at);
        struct str value = {(const char *)s->at + at + ATTRIBUTE_HEADER_BYTES, bytes_get16(s->at + at + 2)};
        if (padded(value.bytes) > s->bytes - at - ATTRIBUTE_HEADER_BYTES) return false;
        if (type == STUN_AT_FINGERPRINT) {
            if (!fingerprint_is_right(s, at, value)) return false;
            s->has_fingerprint = true;
        } else if (type == STUN_AT_INTEGRITY && s->integrity_at == 0) {
            if (value.bytes != STUN_INTEGRITY_BYTES) return false;
            s->integrity_at = at;
        } else if (s->integrity_at == 0 && !attribute_parse(s, type, value)) {
            return false;
        }
        at += ATTRIBUTE_HEADER_BYTES + padded(value.bytes);
    }
    return true;
}

enum err stun_parse(const uint8_t *at, size_t bytes, struct stun *ret_stun)
{
    struct stun s = {.at = at, .bytes = bytes};
    if (!stun_is(at, bytes)) return ERR_BAD_INPUT;
    unsigned type = bytes_get16(at);
    s.class = (enum stun_class)((type >> 7 & 2) | (type >> 4 & 1));
    s.method = (uint16_t)((type >> 2 & 0xf80) | (type >> 1 & 0x070) | (type & 0x00f));
    memcpy(s.transaction, at + 8, sizeof s.transaction);
    if (!attributes_parse(&s)) return ERR_BAD_INPUT;
    *ret_stun = s;
    return OK;
}

/* The digest covers everything before the attribute, under a header whose length ends with the attribute. */
static bool integrity_of(const uint8_t *message, size_t bytes, struct str key,
                         uint8_t ret_mac[STUN_INTEGRITY_BYTES])
{
    uint8_t copy[STUN_SIGNED_BYTES_MAX];
    unsigned mac_bytes = 0;
    if (bytes > sizeof copy || key.bytes > INT32_MAX) return false;
    memcpy(copy, message, bytes);
    bytes_put16(copy + 2,
                (uint16_t)(bytes + ATTRIBUTE_HEADER_BYTES + STUN_INTEGRITY_BYTES - STUN_HEADER_BYTES));
    return HMAC(EVP_sha1(), key.at, (int)key.bytes, copy, bytes, ret_mac, &mac_bytes) != NULL &&
           mac_bytes == STUN_INTEGRITY_BYTES;
}

bool stun_is_signed(const struct stun *s, struct str key)
{
    uint8_t mac[STUN_INTEGRITY_BYTES];
    if (s->integrity_at == 0 || !integrity_of(s->at, s->integrity_at, key, mac)) return false;
    const char *theirs = (const char *)s->at + s->integrity_at + ATTRIBUTE_HEADER_BYTES;
    return str_is_secret((struct str){(const char *)mac, sizeof mac}, (struct str){theirs, sizeof mac});
}

bool stun_next_peer(const struct stun *s, size_t *at, struct link_address *ret_peer)
{
    size_t end = s->integrity_at ? s->integrity_at : s->bytes;
    if (*at == 0) *at = STUN_HEADER_BYTES;
    while (*at < end) { /* the message was parsed: its lengths hold */
        uint16_t type = bytes_get16(s->at + *at);
        struct str value = {(const char *)s->at + *at + ATTRIBUTE_HEADER_BYTES, bytes_get16(s->at + *at + 2)};
        *at += ATTRIBUTE_HEADER_BYTES + padded(value.bytes);
        if (type == STUN_AT_XOR_PEER_ADDRESS) return address_parse(s->at, value, true, ret_peer);
    }
    return false;
}

enum err stun_long_term_key(struct str username, struct str realm, struct str password,
                            uint8_t ret_key[STUN_LONG_TERM_KEY_BYTES])
{
    uint8_t key[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (!md) return ERR_NOMEM;
    bool done = EVP_DigestInit_ex(md, EVP_md5(), NULL) && EVP_DigestUpdate(md, username.at, username.bytes) &&
                EVP_DigestUpdate(md, ":", 1) && EVP_DigestUpdate(md, realm.at, realm.bytes) &&
                EVP_DigestUpdate(md, ":", 1) && EVP_DigestUpdate(md, password.at, password.bytes) &&
                EVP_DigestFinal_ex(md, key, NULL);
    EVP_MD_CTX_free(md);
    if (!done) return ERR_UNSUPPORTED; /* a system that forbids MD5 */
    memcpy(ret_key, key, STUN_LONG_TERM_KEY_BYTES);
    return OK;
}

bool stun_username_split(struct str username, struct str *ret_ours, struct str *ret_theirs)
{
    struct str rest = username, ours = str_cut(&rest, ':');
    if (ours.bytes == 0 || ours.bytes == username.bytes || rest.bytes == 0) return false;
    *ret_ours = ours;
    *ret_theirs = rest;
    return true;
}

void stun_start(struct stun_out *o, void *at, size_t room, enum stun_class class, uint16_t method,
                const uint8_t transaction[STUN_TRANSACTION_BYTES])
{
    *o = (struct stun_out){.at = at, .room = room, .is_failed = room < STUN_HEADER_BYTES};
    if (o->is_failed) return;
    bytes_put16(o->at, type_of(class, method));
    bytes_put16(o->at + 2, 0);
    bytes_put32(o->at + 4, STUN_COOKIE);
    memcpy(o->at + 8, transaction, STUN_TRANSACTION_BYTES);
    o->bytes = STUN_HEADER_BYTES;
}

void stun_start_answer(struct stun_out *o, void *at, size_t room, enum stun_class class,
                       const struct stun *to)
{
    stun_start(o, at, room, class, to->method, to->transaction);
}

/* Writes the attribute's header and returns where its value goes, or NULL. */
static uint8_t *attribute_start(struct stun_out *o, uint16_t type, size_t bytes)
{
    size_t whole = ATTRIBUTE_HEADER_BYTES + padded(bytes);
    if (o->is_failed || bytes > UINT16_MAX || whole > o->room - o->bytes ||
        o->bytes + whole - STUN_HEADER_BYTES > UINT16_MAX) {
        o->is_failed = true;
        return NULL;
    }
    uint8_t *at = o->at + o->bytes;
    bytes_put16(at, type);
    bytes_put16(at + 2, (uint16_t)bytes);
    memset(at + ATTRIBUTE_HEADER_BYTES + bytes, 0, padded(bytes) - bytes);
    o->bytes += whole;
    bytes_put16(o->at + 2, (uint16_t)(o->bytes - STUN_HEADER_BYTES));
    return at + ATTRIBUTE_HEADER_BYTES;
}

void stun_add(struct stun_out *o, uint16_t type, const void *value, size_t bytes)
{
    uint8_t *at = attribute_start(o, type, bytes);
    if (at && bytes) memcpy(at, value, bytes);
}

void stun_add_str(struct stun_out *o, uint16_t type, struct str value)
{
    stun_add(o, type, value.at, value.bytes);
}

void stun_add_u32(struct stun_out *o, uint16_t type, uint32_t value)
{
    uint8_t *at = attribute_start(o, type, 4);
    if (at) bytes_put32(at, value);
}

void stun_add_u64(struct stun_out *o, uint16_t type, uint64_t value)
{
    uint8_t *at = attribute_start(o, type, 8);
    if (at) bytes_put64(at, value);
}

void stun_add_address(struct stun_out *o, uint16_t type, const struct link_address *a)
{
    size_t address_bytes = a->family == 4 ? 4 : 16;
    ASSERT(a->family == 4 || a->family == 6);
    uint8_t *at = attribute_start(o, type, 4 + address_bytes);
    if (!at) return;
    at[0] = 0;
    at[1] = a->family == 4 ? FAMILY_4 : FAMILY_6;
    bytes_put16(at + 2, a->port ^ (uint16_t)(STUN_COOKIE >> 16));
    for (size_t i = 0; i < address_bytes; i++)
        at[4 + i] = a->at[i] ^ o->at[4 + i];
}

static const char *reason_of(uint16_t code)
{
    static const struct {
        uint16_t code;
        const char *reason;
    } reasons[] = {{300, "Try Alternate"},
                   {400, "Bad Request"},
                   {401, "Unauthenticated"},
                   {403, "Forbidden"},
                   {420, "Unknown Attribute"},
                   {437, "Allocation Mismatch"},
                   {438, "Stale Nonce"},
                   {440, "Address Family not Supported"},
                   {441, "Wrong Credentials"},
                   {442, "Unsupported Transport Protocol"},
                   {443, "Peer Address Family Mismatch"},
                   {486, "Allocation Quota Reached"},
                   {487, "Role Conflict"},
                   {500, "Server Error"},
                   {508, "Insufficient Capacity"}};
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (reasons[i].code == code) return reasons[i].reason;
    return "";
}

void stun_add_error(struct stun_out *o, uint16_t code)
{
    struct str reason = str_of(reason_of(code));
    ASSERT(code >= 300 && code <= 699);
    uint8_t *at = attribute_start(o, STUN_AT_ERROR_CODE, 4 + reason.bytes);
    if (!at) return;
    bytes_put16(at, 0);
    at[2] = (uint8_t)(code / 100);
    at[3] = (uint8_t)(code % 100);
    if (reason.bytes) memcpy(at + 4, reason.at, reason.bytes);
}

void stun_add_unknown(struct stun_out *o, const struct stun *to)
{
    uint8_t *at = attribute_start(o, STUN_AT_UNKNOWN_ATTRIBUTES, 2 * (size_t)to->unknown_count);
    for (size_t i = 0; at && i < to->unknown_count; i++)
        bytes_put16(at + 2 * i, to->unknown[i]);
}

void stun_add_integrity(struct stun_out *o, struct str key)
{
    size_t before = o->bytes;
    uint8_t *at = attribute_start(o, STUN_AT_INTEGRITY, STUN_INTEGRITY_BYTES);
    if (at && !integrity_of(o->at, before, key, at)) o->is_failed = true;
}

void stun_add_fingerprint(struct stun_out *o)
{
    size_t before = o->bytes;
    uint8_t *at = attribute_start(o, STUN_AT_FINGERPRINT, 4);
    if (at)
        bytes_put32(at,
                    crc32_of(o->at, before) ^ fingerprint_xor); /* the header's length counts it already */
}

size_t stun_end(const struct stun_out *o)
{
    return o->is_failed ? 0 : o->bytes;
}
