#include "media/srtp.h"
#include "base/list.h"
#include "base/mem.h"
#include "media/replay.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

enum { BUCKETS = 32, RTCP_CLEAR_BYTES = 8, GCM_TAG_BYTES = 16, GCM_IV_BYTES = 12, INDEX_BYTES = 4 };
static const uint64_t index_end = 1ull << 48;
static const uint32_t rtcp_index_end = 1u << 31, encrypted_flag = 1u << 31;

/* One kind of packet in one direction. */
struct coder {
    EVP_CIPHER_CTX *cipher;
    EVP_MAC_CTX *mac; /* NULL with GCM */
    uint8_t salt[SRTP_KEYS_SALT_BYTES_MAX];
    uint8_t tag_bytes;
};

/* What is known of one SSRC. */
struct stream {
    struct list by_use; /* the latest first */
    struct stream *next;
    uint32_t ssrc;
    struct replay rtp, rtcp;
};
struct streams {
    struct stream *buckets[BUCKETS];
    struct stream *last_found;
    struct list by_use;
    uint32_t count, count_max;
    bool may_forget;
};

struct srtp_in {
    struct coder rtp, rtcp;
    bool is_aead;
    struct streams streams;
};
struct srtp_out {
    struct coder rtp, rtcp;
    bool is_aead;
    uint32_t rtcp_index; /* one count for all SSRCs: it only must not repeat for any */
    struct streams streams;
};

static void coder_done(struct coder *b)
{
    EVP_CIPHER_CTX_free(b->cipher);
    EVP_MAC_CTX_free(b->mac);
    mem_wipe(b->salt, sizeof b->salt);
    *b = (struct coder){0};
}

static EVP_MAC_CTX *hmac_new(const uint8_t *key)
{
    char sha1[] = "SHA1";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, 0), OSSL_PARAM_END};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    if (mac && EVP_MAC_init(mac, key, SRTP_KEYS_AUTH_BYTES, params) == 1) return mac;
    EVP_MAC_CTX_free(mac);
    return NULL;
}

static enum err coder_init(struct coder *b, enum srtp_profile profile, const struct srtp_session *session,
                           uint8_t tag_bytes, bool is_out)
{
    const struct srtp_shape *shape = srtp_shape(profile);
    const EVP_CIPHER *cipher = !shape->is_aead          ? EVP_aes_128_ctr()
                               : shape->key_bytes == 32 ? EVP_aes_256_gcm()
                                                        : EVP_aes_128_gcm();
    *b = (struct coder){.tag_bytes = tag_bytes};
    memcpy(b->salt, session->salt, sizeof b->salt);
    b->cipher = EVP_CIPHER_CTX_new();
    bool is_encrypting = is_out || !shape->is_aead; /* counter mode is its own inverse */
    bool done =
        b->cipher && EVP_CipherInit_ex(b->cipher, cipher, NULL, session->key, NULL, is_encrypting) == 1;
    if (done && !shape->is_aead) done = (b->mac = hmac_new(session->auth)) != NULL;
    if (done) return OK;
    coder_done(b);
    return ERR_NOMEM;
}

static enum err coders_init(struct coder *rtp, struct coder *rtcp, const struct srtp_keys *keys, bool is_out)
{
    const struct srtp_shape *shape = srtp_shape(keys->profile);
    ASSERT(shape);
    enum err err = coder_init(rtp, keys->profile, &keys->rtp, shape->rtp_tag_bytes, is_out);
    if (err) return err;
    err = coder_init(rtcp, keys->profile, &keys->rtcp, shape->rtcp_tag_bytes, is_out);
    if (err) coder_done(rtp);
    return err;
}

static void streams_init(struct streams *s, uint32_t count_max, bool may_forget)
{
    ASSERT(count_max > 0);
    *s = (struct streams){.count_max = count_max, .may_forget = may_forget};
    list_init(&s->by_use);
}

static void streams_done(struct streams *s)
{
    list_each (item, after, &s->by_use)
        mem_free(list_of(item, struct stream, by_use));
}

static struct stream **bucket_of(struct streams *s, uint32_t ssrc)
{
    return &s->buckets[(ssrc * 2654435761u) >> 27];
}
_Static_assert(BUCKETS == 1 << (32 - 27), "a bucket is the hash's upper bits");

static struct stream *stream_find(struct streams *s, uint32_t ssrc)
{
    if (s->last_found && s->last_found->ssrc == ssrc) return s->last_found;
    for (struct stream *t = *bucket_of(s, ssrc); t; t = t->next) {
        if (t->ssrc != ssrc) continue;
        list_remove(&t->by_use);
        list_add_first(&s->by_use, &t->by_use);
        return s->last_found = t;
    }
    return NULL;
}

static void stream_forget_oldest(struct streams *s)
{
    struct stream *oldest = list_of(s->by_use.prev, struct stream, by_use);
    for (struct stream **at = bucket_of(s, oldest->ssrc); *at; at = &(*at)->next) {
        if (*at != oldest) continue;
        *at = oldest->next;
        break;
    }
    if (s->last_found == oldest) s->last_found = NULL;
    list_remove(&oldest->by_use);
    mem_free(oldest);
    s->count--;
}

static enum err stream_add(struct streams *s, uint32_t ssrc, struct stream **ret_stream)
{
    if (s->count == s->count_max && !s->may_forget) return ERR_LIMIT;
    struct stream *t = mem_zalloc(sizeof *t);
    if (!t) return ERR_NOMEM;
    if (s->count == s->count_max) stream_forget_oldest(s);
    t->ssrc = ssrc;
    t->next = *bucket_of(s, ssrc);
    *bucket_of(s, ssrc) = t;
    list_add_first(&s->by_use, &t->by_use);
    s->count++;
    s->last_found = *ret_stream = t;
    return OK;
}

/* The 48 bits of an index from the 16 that travel: the one nearest to the highest so far (RFC 3711 §3.3.1).
 * */
static uint64_t index_of(const struct replay *seen, uint16_t seq)
{
    if (!seen->is_started) return seq;
    int64_t index = (int64_t)seen->top + (int16_t)(uint16_t)(seq - (uint16_t)seen->top);
    return index < 0 ? seq : (uint64_t)index; /* before the first wrap there is nothing behind zero */
}

/* RFC 7714 §8.1 and §9.1:  | 0 (16) | SSRC (32) | index (48) |  XOR the salt. */
static void gcm_iv(const struct coder *b, uint32_t ssrc, uint64_t index, uint8_t ret_iv[GCM_IV_BYTES])
{
    bytes_put16(ret_iv, 0);
    bytes_put32(ret_iv + 2, ssrc);
    bytes_put16(ret_iv + 6, (uint16_t)(index >> 32));
    bytes_put32(ret_iv + 8, (uint32_t)index);
    for (int i = 0; i < GCM_IV_BYTES; i++)
        ret_iv[i] ^= b->salt[i];
}

/* RFC 3711 §4.1.1:  salt << 16 XOR SSRC << 64 XOR index << 16. */
static void cm_iv(const struct coder *b, uint32_t ssrc, uint64_t index, uint8_t ret_iv[16])
{
    memset(ret_iv, 0, 16);
    bytes_put32(ret_iv + 4, ssrc);
    bytes_put16(ret_iv + 8, (uint16_t)(index >> 32));
    bytes_put32(ret_iv + 10, (uint32_t)index);
    for (int i = 0; i < SRTP_KEYS_SALT_BYTES_MAX; i++)
        ret_iv[i] ^= b->salt[i];
}

static bool update(const struct coder *b, uint8_t *to, const uint8_t *from, size_t bytes)
{
    int written;
    return bytes == 0 || EVP_CipherUpdate(b->cipher, to, &written, from, (int)bytes) == 1;
}

static bool iv_set(const struct coder *b, const uint8_t *iv)
{
    return EVP_CipherInit_ex(b->cipher, NULL, NULL, NULL, iv, -1) == 1;
}

static bool gcm_finish(const struct coder *b)
{
    uint8_t none[16];
    int written;
    return EVP_CipherFinal_ex(b->cipher, none, &written) == 1;
}

static bool hmac_of(const struct coder *b, const uint8_t *at, size_t bytes, uint32_t trailer,
                    uint8_t ret_mac[20])
{
    uint8_t word[4];
    size_t written;
    bytes_put32(word, trailer);
    return EVP_MAC_init(b->mac, NULL, 0, NULL) == 1 && EVP_MAC_update(b->mac, at, bytes) == 1 &&
           EVP_MAC_update(b->mac, word, sizeof word) == 1 &&
           EVP_MAC_final(b->mac, ret_mac, &written, 20) == 1;
}

static bool hmac_is(const struct coder *b, const uint8_t *at, size_t bytes, uint32_t trailer,
                    const uint8_t *tag)
{
    uint8_t mac[20];
    return hmac_of(b, at, bytes, trailer, mac) && CRYPTO_memcmp(mac, tag, b->tag_bytes) == 0;
}

enum err srtp_in_new(const struct srtp_keys *keys, uint32_t ssrcs_max, struct srtp_in **ret_in)
{
    struct srtp_in *in = mem_zalloc(sizeof *in);
    if (!in) return ERR_NOMEM;
    in->is_aead = srtp_shape(keys->profile)->is_aead;
    streams_init(&in->streams, ssrcs_max, true);
    enum err err = coders_init(&in->rtp, &in->rtcp, keys, false);
    if (err)
        mem_free(in);
    else
        *ret_in = in;
    return err;
}

void srtp_in_free(struct srtp_in *in)
{
    if (!in) return;
    coder_done(&in->rtp);
    coder_done(&in->rtcp);
    streams_done(&in->streams);
    mem_free(in);
}

static bool gcm_open(const struct coder *b, const uint8_t iv[GCM_IV_BYTES], const uint8_t *aad,
                     size_t aad_bytes, const uint8_t *more_aad, uint8_t *at, size_t bytes, const uint8_t *tag)
{
    uint8_t tag_copy[GCM_TAG_BYTES]; /* the call takes no const */
    memcpy(tag_copy, tag, sizeof tag_copy);
    return iv_set(b, iv) &&
           EVP_CIPHER_CTX_ctrl(b->cipher, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, tag_copy) == 1 &&
           update(b, NULL, aad, aad_bytes) && update(b, NULL, more_aad, more_aad ? INDEX_BYTES : 0) &&
           update(b, at, at, bytes) && gcm_finish(b);
}

/* Verifies and decrypts a packet whose index is thought to be known; r is cut to what remains. */
static bool rtp_open(const struct srtp_in *in, const struct rtp *r, uint64_t index)
{
    const struct coder *b = &in->rtp;
    uint8_t iv[16], *payload = rtp_payload(r), *tag = r->at + r->bytes - b->tag_bytes;
    size_t bytes = (size_t)r->payload_bytes - b->tag_bytes;
    if (in->is_aead) {
        gcm_iv(b, r->ssrc, index, iv);
        return gcm_open(b, iv, r->at, r->header_bytes, NULL, payload, bytes, tag);
    }
    if (!hmac_is(b, r->at, (size_t)r->bytes - b->tag_bytes, (uint32_t)(index >> 16), tag)) return false;
    cm_iv(b, r->ssrc, index, iv);
    return iv_set(b, iv) && update(b, payload, payload, bytes);
}

/* The first of an SSRC: its sender may have wrapped already when we missed the packets before. */
static enum err first_open(struct srtp_in *in, const struct rtp *r, uint64_t *ret_index,
                           struct stream **ret_stream)
{
    uint8_t copy[RTP_BYTES_MAX];
    uint64_t index = r->seq;
    memcpy(copy, rtp_payload(r), r->payload_bytes);
    if (!rtp_open(in, r, index)) {
        if (r->seq >= 1u << 15) return ERR_DENIED;
        memcpy(rtp_payload(r), copy, r->payload_bytes); /* a failed decryption has scrambled it */
        index += 1u << 16;
        if (!rtp_open(in, r, index)) return ERR_DENIED;
    }
    *ret_index = index;
    return stream_add(&in->streams, r->ssrc, ret_stream);
}

enum err srtp_in_rtp(struct srtp_in *in, uint8_t *at, size_t bytes, struct rtp *ret_rtp)
{
    struct rtp r;
    uint64_t index;
    enum err err = rtp_parse_header(at, bytes, &r);
    if (err) return err;
    if (r.payload_bytes < in->rtp.tag_bytes) return ERR_BAD_INPUT;
    struct stream *s = stream_find(&in->streams, r.ssrc);
    if (s) {
        index = index_of(&s->rtp, r.seq);
        if ((err = replay_check(&s->rtp, index)) != OK) return err;
        if (index >= index_end) return ERR_LIMIT;
        if (!rtp_open(in, &r, index)) return ERR_DENIED;
    } else if ((err = first_open(in, &r, &index, &s)) != OK) {
        return err;
    }
    replay_note(&s->rtp, index);
    return rtp_parse(at, bytes - in->rtp.tag_bytes, ret_rtp);
}

static bool rtcp_open(const struct srtp_in *in, uint8_t *at, size_t bytes, uint32_t ssrc, uint32_t word)
{
    const struct coder *b = &in->rtcp;
    uint32_t index = word & ~encrypted_flag;
    size_t clear_end = bytes - INDEX_BYTES - b->tag_bytes, encrypted = clear_end - RTCP_CLEAR_BYTES;
    uint8_t iv[16];
    if (in->is_aead) { /* clear | encrypted | tag | word */
        uint8_t word_bytes[INDEX_BYTES];
        bytes_put32(word_bytes, word);
        gcm_iv(b, ssrc, index, iv);
        return gcm_open(b, iv, at, RTCP_CLEAR_BYTES, word_bytes, at + RTCP_CLEAR_BYTES, encrypted,
                        at + clear_end);
    }
    if (!hmac_is(b, at, clear_end, word, at + clear_end + INDEX_BYTES)) return false;
    cm_iv(b, ssrc, index, iv);
    return iv_set(b, iv) && update(b, at + RTCP_CLEAR_BYTES, at + RTCP_CLEAR_BYTES, encrypted);
}

enum err srtp_in_rtcp(struct srtp_in *in, uint8_t *at, size_t bytes, size_t *ret_bytes)
{
    size_t overhead = (size_t)INDEX_BYTES + in->rtcp.tag_bytes;
    enum err err = OK;
    if (!rtp_is_rtcp(at, bytes) || bytes < RTCP_CLEAR_BYTES + overhead || bytes > RTP_BYTES_MAX)
        return ERR_BAD_INPUT;
    uint32_t ssrc = bytes_get32(at + 4);
    uint32_t word = bytes_get32(at + bytes - (in->is_aead ? INDEX_BYTES : overhead));
    if (!(word & encrypted_flag)) return ERR_DENIED;
    uint64_t index = word & ~encrypted_flag;
    struct stream *s = stream_find(&in->streams, ssrc);
    if (s && (err = replay_check(&s->rtcp, index)) != OK) return err;
    if (!rtcp_open(in, at, bytes, ssrc, word)) return ERR_DENIED;
    if (!s && (err = stream_add(&in->streams, ssrc, &s)) != OK) return err;
    replay_note(&s->rtcp, index);
    *ret_bytes = bytes - overhead;
    return OK;
}

enum err srtp_out_new(const struct srtp_keys *keys, uint32_t ssrcs_max, struct srtp_out **ret_out)
{
    struct srtp_out *out = mem_zalloc(sizeof *out);
    if (!out) return ERR_NOMEM;
    out->is_aead = srtp_shape(keys->profile)->is_aead;
    streams_init(&out->streams, ssrcs_max, false);
    enum err err = coders_init(&out->rtp, &out->rtcp, keys, true);
    if (err)
        mem_free(out);
    else
        *ret_out = out;
    return err;
}

void srtp_out_free(struct srtp_out *out)
{
    if (!out) return;
    coder_done(&out->rtp);
    coder_done(&out->rtcp);
    streams_done(&out->streams);
    mem_free(out);
}

static bool gcm_tag(const struct coder *b, uint8_t *to)
{
    return gcm_finish(b) && EVP_CIPHER_CTX_ctrl(b->cipher, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, to) == 1;
}

static bool rtp_seal(const struct srtp_out *out, uint8_t *at, size_t header_bytes, size_t prefix_bytes,
                     const uint8_t *body, size_t body_bytes, uint32_t ssrc, uint64_t index)
{
    const struct coder *b = &out->rtp;
    uint8_t iv[16], mac[20], *prefix = at + header_bytes, *to = prefix + prefix_bytes, *tag = to + body_bytes;
    if (out->is_aead) {
        gcm_iv(b, ssrc, index, iv);
        return iv_set(b, iv) && update(b, NULL, at, header_bytes) &&
               update(b, prefix, prefix, prefix_bytes) && update(b, to, body, body_bytes) && gcm_tag(b, tag);
    }
    cm_iv(b, ssrc, index, iv);
    if (!iv_set(b, iv) || !update(b, prefix, prefix, prefix_bytes) || !update(b, to, body, body_bytes))
        return false;
    if (!hmac_of(b, at, (size_t)(tag - at), (uint32_t)(index >> 16), mac)) return false;
    memcpy(tag, mac, b->tag_bytes);
    return true;
}

enum err srtp_out_rtp(struct srtp_out *out, uint8_t *at, size_t room, size_t header_bytes,
                      size_t prefix_bytes, const uint8_t *body, size_t body_bytes, size_t *ret_bytes)
{
    size_t bytes = header_bytes + prefix_bytes + body_bytes + out->rtp.tag_bytes;
    enum err err = OK;
    ASSERT(header_bytes >= RTP_HEADER_BYTES);
    if (bytes > room || bytes > RTP_BYTES_MAX) return ERR_LIMIT;
    uint32_t ssrc = bytes_get32(at + 8);
    struct stream *s = stream_find(&out->streams, ssrc);
    if (!s && (err = stream_add(&out->streams, ssrc, &s)) != OK) return err;
    uint64_t index = index_of(&s->rtp, bytes_get16(at + 2));
    if (index >= index_end) return ERR_LIMIT;
    if (out->is_aead && (err = replay_check(&s->rtp, index)) != OK) return err;
    replay_note(&s->rtp, index); /* first, so that a failure below cannot have it used twice */
    if (!rtp_seal(out, at, header_bytes, prefix_bytes, body, body_bytes, ssrc, index)) return ERR_NOMEM;
    *ret_bytes = bytes;
    return OK;
}

static bool rtcp_seal(const struct srtp_out *out, uint8_t *at, size_t bytes, uint32_t word)
{
    const struct coder *b = &out->rtcp;
    uint32_t ssrc = bytes_get32(at + 4), index = word & ~encrypted_flag;
    uint8_t iv[16], mac[20], word_bytes[INDEX_BYTES], *rest = at + RTCP_CLEAR_BYTES;
    size_t rest_bytes = bytes - RTCP_CLEAR_BYTES;
    bytes_put32(word_bytes, word);
    if (out->is_aead) {
        gcm_iv(b, ssrc, index, iv);
        if (!iv_set(b, iv) || !update(b, NULL, at, RTCP_CLEAR_BYTES) ||
            !update(b, NULL, word_bytes, INDEX_BYTES) || !update(b, rest, rest, rest_bytes) ||
            !gcm_tag(b, at + bytes))
            return false;
        memcpy(at + bytes + GCM_TAG_BYTES, word_bytes, INDEX_BYTES);
        return true;
    }
    cm_iv(b, ssrc, index, iv);
    if (!iv_set(b, iv) || !update(b, rest, rest, rest_bytes) || !hmac_of(b, at, bytes, word, mac))
        return false;
    memcpy(at + bytes, word_bytes, INDEX_BYTES);
    memcpy(at + bytes + INDEX_BYTES, mac, b->tag_bytes);
    return true;
}

enum err srtp_out_rtcp(struct srtp_out *out, uint8_t *at, size_t bytes, size_t room, size_t *ret_bytes)
{
    size_t whole = bytes + INDEX_BYTES + out->rtcp.tag_bytes;
    ASSERT(bytes >= RTCP_CLEAR_BYTES);
    if (whole > room || whole > RTP_BYTES_MAX || out->rtcp_index >= rtcp_index_end) return ERR_LIMIT;
    if (!rtcp_seal(out, at, bytes, encrypted_flag | out->rtcp_index++)) return ERR_NOMEM;
    *ret_bytes = whole;
    return OK;
}

void srtp_out_set_rtcp_index(struct srtp_out *out, uint32_t index)
{
    out->rtcp_index = index;
}
