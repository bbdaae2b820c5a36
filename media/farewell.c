#include "media/farewell.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/bytes.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>
#include <string.h>

enum {
    TYPE_ALERT = 21,
    HEAD_BYTES = 13,
    NONCE_BYTES = 8, /* that travels; before it goes the IV */
    ALERT_BYTES = 2,
    TAG_BYTES = 16,
    ALERT_AT = HEAD_BYTES + NONCE_BYTES,
    TAG_AT = ALERT_AT + ALERT_BYTES,
    RANDOM_BYTES = 32,
    MASTER_BYTES = 48,
    WARNING = 1,
    FATAL = 2,
    CLOSE_NOTIFY = 0
};
static const uint8_t version[2] = {0xfe, 0xfd};
static const uint16_t epoch_of_data = 1;
/* Above all that OpenSSL has numbered, so that it is no repetition to the peer. */
static const uint64_t number_of_ours = 1ull << 40;

/* RFC 5246 §6.3: client key | server key | client IV | server IV. */
static bool keys_expand(const SSL *ssl, const EVP_MD *digest, uint8_t *ret_block, size_t bytes)
{
    uint8_t master[MASTER_BYTES], client[RANDOM_BYTES], server[RANDOM_BYTES];
    char label[] = "key expansion";
    size_t master_bytes = SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof master);
    bool has_randoms = SSL_get_client_random(ssl, client, sizeof client) == sizeof client &&
                       SSL_get_server_random(ssl, server, sizeof server) == sizeof server;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                            (char *)(uintptr_t)EVP_MD_get0_name(digest), 0),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, master_bytes),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, server, sizeof server),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, client, sizeof client),
                           OSSL_PARAM_END};
    EVP_KDF *prf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *kdf = prf ? EVP_KDF_CTX_new(prf) : NULL;
    bool done = kdf && has_randoms && EVP_KDF_derive(kdf, ret_block, bytes, params) == 1;
    EVP_KDF_CTX_free(kdf);
    EVP_KDF_free(prf);
    mem_wipe(master, sizeof master);
    ERR_clear_error();
    return done;
}

enum err farewell_init(struct farewell *f, const struct ssl_st *ssl, bool is_client)
{
    uint8_t block[2 * (FAREWELL_KEY_BYTES_MAX + FAREWELL_IV_BYTES)];
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    int nid = cipher ? SSL_CIPHER_get_cipher_nid(cipher) : NID_undef;
    size_t key = nid == NID_aes_128_gcm ? 16 : nid == NID_aes_256_gcm ? 32 : 0, iv = FAREWELL_IV_BYTES;
    if (key == 0) return ERR_UNSUPPORTED;
    if (!keys_expand(ssl, SSL_CIPHER_get_handshake_digest(cipher), block, 2 * (key + iv))) return ERR_NOMEM;
    struct farewell_keys client = {0}, server = {0};
    memcpy(client.key, block, key);
    memcpy(server.key, block + key, key);
    memcpy(client.iv, block + 2 * key, iv);
    memcpy(server.iv, block + 2 * key + iv, iv);
    *f = (struct farewell){
        .in = is_client ? server : client, .out = is_client ? client : server, .key_bytes = (uint8_t)key};
    mem_wipe(block, sizeof block);
    mem_wipe(&client, sizeof client);
    mem_wipe(&server, sizeof server);
    return OK;
}

void farewell_done(struct farewell *f)
{
    mem_wipe(f, sizeof *f);
}

/* One record's two bytes, either way; at is the whole record. */
static bool alert_pass(const struct farewell *f, const struct farewell_keys *k, const uint8_t *at,
                       bool is_out, const uint8_t from[ALERT_BYTES], uint8_t to[ALERT_BYTES],
                       uint8_t tag[TAG_BYTES])
{
    uint8_t nonce[FAREWELL_IV_BYTES + NONCE_BYTES], aad[HEAD_BYTES], none[TAG_BYTES];
    int n;
    memcpy(nonce, k->iv, sizeof k->iv);
    memcpy(nonce + FAREWELL_IV_BYTES, at + HEAD_BYTES, NONCE_BYTES);
    memcpy(aad, at + 3, 8); /* epoch and number */
    aad[8] = TYPE_ALERT;
    memcpy(aad + 9, version, sizeof version);
    bytes_put16(aad + 11, ALERT_BYTES);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool done = c && EVP_CipherInit_ex(c, f->key_bytes == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL,
                                       k->key, nonce, is_out) == 1;
    if (done && !is_out) done = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1;
    done = done && EVP_CipherUpdate(c, NULL, &n, aad, sizeof aad) == 1 &&
           EVP_CipherUpdate(c, to, &n, from, ALERT_BYTES) == 1 && EVP_CipherFinal_ex(c, none, &n) == 1;
    if (done && is_out) done = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(c);
    ERR_clear_error();
    return done;
}

static bool record_is(const struct farewell *f, const uint8_t *at)
{
    uint8_t alert[ALERT_BYTES], tag[TAG_BYTES];
    if (at[0] != TYPE_ALERT || memcmp(at + 1, version, sizeof version) != 0 ||
        bytes_get16(at + 3) != epoch_of_data)
        return false;
    memcpy(tag, at + TAG_AT, sizeof tag);
    if (!alert_pass(f, &f->in, at, false, at + ALERT_AT, alert, tag)) return false;
    return alert[1] == CLOSE_NOTIFY || alert[0] == FATAL;
}

/* Record after record. */
bool farewell_is(const struct farewell *f, const uint8_t *at, size_t bytes)
{
    while (bytes >= HEAD_BYTES) {
        size_t whole = HEAD_BYTES + (size_t)bytes_get16(at + 11);
        if (whole > bytes) return false;
        if (whole == FAREWELL_BYTES && record_is(f, at)) return true;
        at += whole;
        bytes -= whole;
    }
    return false;
}

enum err farewell_write(const struct farewell *f, uint8_t ret_datagram[FAREWELL_BYTES])
{
    static const uint8_t alert[ALERT_BYTES] = {WARNING, CLOSE_NOTIFY};
    uint8_t *at = ret_datagram;
    at[0] = TYPE_ALERT;
    memcpy(at + 1, version, sizeof version);
    bytes_put64(at + 3, (uint64_t)epoch_of_data << 48 | number_of_ours);
    bytes_put16(at + 11, FAREWELL_BYTES - HEAD_BYTES);
    /* OpenSSL's nonces count from a random start: another one of 2^64 is none of its few. */
    bytes_put64(at + HEAD_BYTES, rnd_u64());
    return alert_pass(f, &f->out, at, true, alert, at + ALERT_AT, at + TAG_AT) ? OK : ERR_NOMEM;
}
