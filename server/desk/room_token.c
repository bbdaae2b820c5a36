#include "desk/room_token.h"
#include "base/digest.h"
#include "base/mem.h"

enum { VERSION = 1, MAC_BYTES = 20, HEAD_BYTES = 19, PREFIX_BYTES = 4 };

static const char *const prefixes[ROOM_TOKEN_KINDS] = {
    [ROOM_TOKEN_JOIN] = "yqj_", [ROOM_TOKEN_BACK] = "yqc_", [ROOM_TOKEN_SOURCE] = "yqr_"};

static bool is_id_text(struct str id)
{
    for (size_t i = 0; i < id.bytes; i++) {
        char c = id.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    }
    return true;
}

bool room_id_is(struct str id)
{
    return id.bytes > 0 && id.bytes <= ROOM_ID_MAX && is_id_text(id);
}

bool room_pattern_is(struct str pattern)
{
    if (pattern.bytes == 0 || pattern.bytes > ROOM_ID_MAX) return false;
    bool is_open = pattern.at[pattern.bytes - 1] == '*';
    return is_id_text((struct str){pattern.at, pattern.bytes - is_open});
}

bool room_pattern_fits(struct str pattern, struct str room)
{
    if (pattern.bytes == 0) return false;
    if (pattern.at[pattern.bytes - 1] != '*') return str_is(pattern, room);
    return str_starts(room, (struct str){pattern.at, pattern.bytes - 1});
}

/* -- writing -- */

static uint8_t *put_number(uint8_t *to, uint64_t n, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *to++ = (uint8_t)(n >> (8 * i));
    return to;
}

static uint8_t *put_text(uint8_t *to, const char *text, size_t room)
{
    size_t n = strlen(text);
    ASSERT(n < room);
    *to++ = (uint8_t)n;
    memcpy(to, text, n);
    return to + n;
}

static void mac_of(const uint8_t key[ROOM_KEY_BYTES], const uint8_t *at, size_t bytes, uint8_t ret[MAC_BYTES])
{
    struct digest_value mac = digest_hmac(key, ROOM_KEY_BYTES, at, bytes);
    memcpy(ret, mac.at, MAC_BYTES);
}

void room_token_write(const struct room_token *t, const uint8_t key[ROOM_KEY_BYTES],
                      char ret_text[ROOM_TOKEN_TEXT])
{
    uint8_t bytes[ROOM_TOKEN_BYTES_MAX], *to = bytes;
    ASSERT(t->kind >= ROOM_TOKEN_JOIN && t->kind < ROOM_TOKEN_KINDS);
    *to++ = VERSION;
    *to++ = (uint8_t)t->kind;
    *to++ = (uint8_t)(t->may_publish | t->may_subscribe << 1);
    to = put_number(to, (uint64_t)t->ends.ms, 8);
    to = put_number(to, t->participant, 4);
    to = put_number(to, t->epoch, 4);
    to = put_text(to, t->room, sizeof t->room);
    to = put_text(to, t->source, sizeof t->source);
    to = put_text(to, t->account, sizeof t->account);
    to = put_text(to, t->session, sizeof t->session);
    mac_of(key, bytes, (size_t)(to - bytes), to);
    to += MAC_BYTES;
    memcpy(ret_text, prefixes[t->kind], PREFIX_BYTES);
    (void)str_base64url(bytes, (size_t)(to - bytes), ret_text + PREFIX_BYTES);
}

/* -- reading -- */

struct reader {
    const uint8_t *at;
    size_t left;
};

static uint64_t take_number(struct reader *r, size_t bytes)
{
    uint64_t n = 0;
    ASSERT(r->left >= bytes);
    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | r->at[i];
    r->at += bytes;
    r->left -= bytes;
    return n;
}

static bool take_text(struct reader *r, char *to, size_t room)
{
    if (r->left == 0) return false;
    size_t n = (size_t)take_number(r, 1);
    if (n >= room || n > r->left || memchr(r->at, 0, n)) return false;
    memcpy(to, r->at, n);
    to[n] = '\0';
    r->at += n;
    r->left -= n;
    return true;
}

static bool read_fields(struct reader *r, struct room_token *t)
{
    if (take_number(r, 1) != VERSION) return false;
    t->kind = (enum room_token_kind)take_number(r, 1);
    uint64_t rights = take_number(r, 1);
    t->may_publish = rights & 1;
    t->may_subscribe = rights >> 1 & 1;
    t->ends.ms = (int64_t)take_number(r, 8);
    t->participant = (uint32_t)take_number(r, 4);
    t->epoch = (uint32_t)take_number(r, 4);
    return rights < 4 && take_text(r, t->room, sizeof t->room) && take_text(r, t->source, sizeof t->source) &&
           take_text(r, t->account, sizeof t->account) && take_text(r, t->session, sizeof t->session) &&
           r->left == 0;
}

bool room_token_read(struct str text, enum room_token_kind kind, const uint8_t key[ROOM_KEY_BYTES],
                     struct instant now, struct room_token *ret)
{
    uint8_t bytes[ROOM_TOKEN_BYTES_MAX], mac[MAC_BYTES];
    struct room_token t = {0};
    size_t n;
    if (!str_starts(text, str_of(prefixes[kind]))) return false;
    struct str rest = {text.at + PREFIX_BYTES, text.bytes - PREFIX_BYTES};
    if (!str_from_base64url(rest, bytes, sizeof bytes, &n) || n < HEAD_BYTES + MAC_BYTES) return false;
    n -= MAC_BYTES;
    mac_of(key, bytes, n, mac);
    if (!str_is_secret((struct str){(char *)mac, MAC_BYTES}, (struct str){(char *)bytes + n, MAC_BYTES}))
        return false;
    if (!read_fields(&(struct reader){bytes, n}, &t) || t.kind != kind || now.ms >= t.ends.ms) return false;
    *ret = t;
    return true;
}
