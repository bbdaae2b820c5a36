/* A message that parses keeps its promises: its views lie inside it, its peers are found, and an answer to it
 * is a message. */
#include "media/stun.h"
#include "tests/fuzz/fuzz.h"

static void inside(const struct stun *s, struct str part)
{
    if (part.bytes == 0) return;
    ASSERT((const uint8_t *)part.at >= s->at && (const uint8_t *)part.at + part.bytes <= s->at + s->bytes);
}

static void answer(const struct stun *s)
{
    uint8_t at[256];
    struct stun_out o;
    struct stun back;
    stun_start_answer(&o, at, sizeof at, STUN_FAILURE, s);
    stun_add_error(&o, 420);
    stun_add_unknown(&o, s);
    stun_add_integrity(&o, STR("key"));
    stun_add_fingerprint(&o);
    ASSERT(stun_end(&o) > 0);
    ASSERT(stun_parse(at, stun_end(&o), &back) == OK);
    ASSERT(back.has_fingerprint && stun_is_signed(&back, STR("key")) && back.error_code == 420);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct stun s;
    struct link_address peer;
    struct str ours, theirs;
    size_t walk = 0;
    unsigned peers = 0;
    if (stun_parse(bytes, n, &s) != OK) return 0;
    inside(&s, s.username);
    inside(&s, s.realm);
    inside(&s, s.nonce);
    inside(&s, s.data);
    inside(&s, s.error_reason);
    ASSERT(s.integrity_at + STUN_INTEGRITY_BYTES < n || s.integrity_at == 0);
    while (stun_next_peer(&s, &walk, &peer))
        peers++;
    ASSERT(peers <= STUN_ATTRIBUTES_MAX);
    (void)stun_username_split(s.username, &ours, &theirs);
    (void)stun_is_signed(&s, STR("VOkJxbRl1RmTxUk/WvJxBt"));
    answer(&s);
    return 0;
}
