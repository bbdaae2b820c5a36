#include "media/dtls.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/farewell.h"
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

enum { CERTIFICATE_DAYS = 30, IP6_UDP_BYTES = 48, DAY_S = 86400 };

struct identity {
    SSL_CTX *contexts[2]; /* by enum dtls_profiles */
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
};
struct dtls {
    BIO_METHOD *method;
    struct identity identity;
    uint32_t handshakes, handshakes_max, sessions;
    unsigned first_wait_us, datagram_bytes;
};
struct dtls_session {
    struct dtls *dtls;
    SSL *ssl;                 /* NULL: settled */
    struct farewell farewell; /* then */
    enum dtls_role role;
    enum dtls_state state;
    uint8_t peer[DTLS_FINGERPRINT_BYTES];
    bool is_counted, is_denied;
    struct tick deadline;
    void (*send)(void *owner, const uint8_t *datagram, size_t bytes);
    void *owner;
    const uint8_t *datagram; /* that OpenSSL reads now */
    size_t datagram_bytes;
};

/* A BIO that keeps the borders of datagrams: OpenSSL's memory BIOs lose them. */
static int bio_write(BIO *bio, const char *at, int bytes)
{
    struct dtls_session *s = BIO_get_data(bio);
    if (bytes > 0) s->send(s->owner, (const uint8_t *)at, (size_t)bytes);
    return bytes;
}

static int bio_read(BIO *bio, char *to, int room)
{
    struct dtls_session *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!s->datagram || room <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t bytes = s->datagram_bytes < (size_t)room ? s->datagram_bytes : (size_t)room;
    memcpy(to, s->datagram, bytes);
    s->datagram = NULL;
    return (int)bytes;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_DATAGRAM_BYTES_MAX;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return IP6_UDP_BYTES;
    default:
        return 0;
    }
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *method_new(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram");
    if (m && BIO_meth_set_write(m, bio_write) && BIO_meth_set_read(m, bio_read) &&
        BIO_meth_set_ctrl(m, bio_ctrl) && BIO_meth_set_create(m, bio_create))
        return m;
    BIO_meth_free(m);
    return NULL;
}

static struct dtls_session *session_of(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

/* In place of the chain's verification: there is no chain, only the fingerprint that the signalling brought.
 * */
static int certificate_check(X509_STORE_CTX *store, void *none)
{
    uint8_t fingerprint[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    (void)none;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dtls_session *s = session_of(ssl);
    const X509 *certificate = X509_STORE_CTX_get0_cert(store);
    bool is_theirs = certificate && X509_digest(certificate, EVP_sha256(), fingerprint, &bytes) == 1 &&
                     bytes == DTLS_FINGERPRINT_BYTES &&
                     CRYPTO_memcmp(fingerprint, s->peer, sizeof s->peer) == 0;
    s->is_denied = !is_theirs;
    if (!is_theirs) X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return is_theirs;
}

static unsigned next_wait_us(SSL *ssl, unsigned last_us)
{
    const struct dtls_session *s = session_of(ssl);
    if (last_us == 0) return s->dtls->first_wait_us;
    unsigned longest_us = s->dtls->first_wait_us * (DTLS_LONGEST_WAIT_MS / DTLS_FIRST_WAIT_MS);
    return last_us * 2 < longest_us ? last_us * 2 : longest_us;
}

static X509 *certificate_make(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = x ? X509_get_subject_name(x) : NULL;
    static const unsigned char common_name[] = "yunqiao";
    bool done = name && X509_set_version(x, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), rnd_u64() >> 1) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(x), (long)CERTIFICATE_DAYS * DAY_S) != NULL &&
                X509_set_pubkey(x, key) == 1 &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
                X509_set_issuer_name(x, name) == 1 && X509_sign(x, key, EVP_sha256()) > 0;
    if (done) return x;
    X509_free(x);
    return NULL;
}

static SSL_CTX *context_new(X509 *certificate, EVP_PKEY *key, const char *profiles)
{
    char groups[] = "X25519:P-256:P-384"; /* the macro takes no const */
    SSL_CTX *c = SSL_CTX_new(DTLS_method());
    if (!c) return NULL;
    SSL_CTX_set_options(c, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(c, certificate_check, NULL);
    bool done = SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION) == 1 &&
                SSL_CTX_set_max_proto_version(c, DTLS1_2_VERSION) == 1 &&
                SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
                SSL_CTX_set1_groups_list(c, groups) == 1 && SSL_CTX_use_certificate(c, certificate) == 1 &&
                SSL_CTX_use_PrivateKey(c, key) == 1 &&
                SSL_CTX_set_tlsext_use_srtp(c, profiles) == 0; /* 0 is success here */
    if (done) return c;
    SSL_CTX_free(c);
    return NULL;
}

static void identity_done(struct identity *i)
{
    SSL_CTX_free(i->contexts[0]);
    SSL_CTX_free(i->contexts[1]);
    *i = (struct identity){0};
}

static enum err identity_make(struct identity *i)
{
    static const char gcm[] = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM";
    static const char all[] =
        "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32";
    unsigned bytes = 0;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? certificate_make(key) : NULL;
    *i = (struct identity){0};
    if (certificate) {
        i->contexts[DTLS_GCM_ALONE] = context_new(certificate, key, gcm);
        i->contexts[DTLS_ALL_PROFILES] = context_new(certificate, key, all);
    }
    bool done = i->contexts[0] && i->contexts[1] &&
                X509_digest(certificate, EVP_sha256(), i->fingerprint, &bytes) == 1 &&
                bytes == sizeof i->fingerprint;
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (done) return OK;
    identity_done(i);
    return ERR_UNSUPPORTED;
}

enum err dtls_new(uint32_t handshakes_max, struct dtls **ret_dtls)
{
    struct dtls *d = mem_zalloc(sizeof *d);
    if (!d) return ERR_NOMEM;
    d->handshakes_max = handshakes_max;
    dtls_set_link(d, DTLS_FIRST_WAIT_MS * 1000, DTLS_DATAGRAM_BYTES_MAX);
    d->method = method_new();
    enum err err = d->method ? identity_make(&d->identity) : ERR_NOMEM;
    if (err)
        dtls_free(d);
    else
        *ret_dtls = d;
    return err;
}

void dtls_free(struct dtls *d)
{
    if (!d) return;
    ASSERT(d->sessions == 0);
    identity_done(&d->identity);
    BIO_meth_free(d->method);
    mem_free(d);
}

enum err dtls_renew(struct dtls *d)
{
    struct identity fresh;
    enum err err = identity_make(&fresh);
    if (err) return err;
    identity_done(&d->identity); /* sessions hold their own reference of the context */
    d->identity = fresh;
    return OK;
}

void dtls_fingerprint(const struct dtls *d, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES])
{
    memcpy(ret_fingerprint, d->identity.fingerprint, DTLS_FINGERPRINT_BYTES);
}

uint32_t dtls_handshakes(const struct dtls *d)
{
    return d->handshakes;
}

void dtls_set_link(struct dtls *d, unsigned first_wait_us, unsigned datagram_bytes)
{
    d->first_wait_us = first_wait_us;
    d->datagram_bytes = datagram_bytes;
}

static bool ssl_init(struct dtls_session *s, enum dtls_profiles profiles)
{
    s->ssl = SSL_new(s->dtls->identity.contexts[profiles]);
    BIO *bio = BIO_new(s->dtls->method);
    if (!s->ssl || !bio) {
        BIO_free(bio);
        return false;
    }
    BIO_set_data(bio, s);
    SSL_set_bio(s->ssl, bio, bio);
    if (!SSL_set_app_data(s->ssl, s)) return false;
    DTLS_set_timer_cb(s->ssl, next_wait_us);
    (void)SSL_set_mtu(s->ssl, (long)s->dtls->datagram_bytes);
    if (s->role == DTLS_CLIENT)
        SSL_set_connect_state(s->ssl);
    else
        SSL_set_accept_state(s->ssl);
    return true;
}

enum err dtls_session_new(struct dtls *d, enum dtls_role role, enum dtls_profiles profiles,
                          const uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES],
                          void (*send)(void *owner, const uint8_t *datagram, size_t bytes), void *owner,
                          struct tick now, struct dtls_session **ret_session)
{
    struct dtls_session *s = mem_zalloc(sizeof *s);
    if (!s) return ERR_NOMEM;
    *s = (struct dtls_session){.dtls = d, .role = role, .send = send, .owner = owner};
    s->deadline = (struct tick){now.ms + DTLS_DEADLINE_MS};
    memcpy(s->peer, peer_fingerprint, sizeof s->peer);
    d->sessions++;
    if (!ssl_init(s, profiles)) {
        dtls_session_free(s);
        return ERR_NOMEM;
    }
    *ret_session = s;
    return OK;
}

/* Every change of state goes through here: the count of handshakes follows. */
static void become(struct dtls_session *s, enum dtls_state state)
{
    bool counts = state == DTLS_SHAKING;
    if (counts && !s->is_counted) s->dtls->handshakes++;
    if (!counts && s->is_counted) s->dtls->handshakes--;
    s->is_counted = counts;
    s->state = state;
}

void dtls_session_free(struct dtls_session *s)
{
    if (!s) return;
    become(s, DTLS_CLOSED);
    s->dtls->sessions--;
    SSL_free(s->ssl);
    mem_wipe_free(s, sizeof *s);
}

static enum err fail(struct dtls_session *s, enum err err)
{
    become(s, DTLS_FAILED);
    return err;
}

static enum err established(struct dtls_session *s)
{
    if (!SSL_get_selected_srtp_profile(s->ssl)) {
        (void)SSL_shutdown(s->ssl);
        return fail(s, ERR_UNSUPPORTED);
    }
    become(s, DTLS_UP);
    return OK;
}

/* Goes on with the handshake as far as it goes. */
static enum err shake(struct dtls_session *s)
{
    ERR_clear_error();
    int done = SSL_do_handshake(s->ssl);
    if (done == 1) return established(s);
    int why = SSL_get_error(s->ssl, done);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return OK;
    return fail(s, s->is_denied ? ERR_DENIED : ERR_BAD_INPUT);
}

static enum err begin(struct dtls_session *s, struct tick now)
{
    if (s->dtls->handshakes >= s->dtls->handshakes_max) return ERR_BUSY;
    s->deadline = (struct tick){now.ms + DTLS_DEADLINE_MS};
    become(s, DTLS_SHAKING);
    return OK;
}

enum err dtls_session_start(struct dtls_session *s, struct tick now)
{
    ASSERT(s->role == DTLS_CLIENT);
    if (s->state != DTLS_IDLE) return s->state == DTLS_SHAKING || s->state == DTLS_UP ? OK : ERR_CLOSED;
    enum err err = begin(s, now);
    return err ? err : shake(s);
}

/* What comes after the handshake: repetitions of its end, which are answered, and alerts. There is no data.
 * */
static enum err listen_on(struct dtls_session *s)
{
    uint8_t data[2048];
    if (!s->ssl) {
        if (!farewell_is(&s->farewell, s->datagram, s->datagram_bytes)) return OK;
        become(s, DTLS_CLOSED);
        return ERR_CLOSED;
    }
    ERR_clear_error();
    int read = SSL_read(s->ssl, data, sizeof data);
    int why = SSL_get_error(s->ssl, read);
    ERR_clear_error();
    bool is_over = SSL_get_shutdown(s->ssl) & SSL_RECEIVED_SHUTDOWN || (read <= 0 && why == SSL_ERROR_SSL);
    if (!is_over) return OK;
    become(s, DTLS_CLOSED);
    return ERR_CLOSED;
}

enum err dtls_session_take(struct dtls_session *s, const uint8_t *datagram, size_t bytes, struct tick now)
{
    enum err err = OK;
    if (s->state == DTLS_FAILED || s->state == DTLS_CLOSED) return ERR_CLOSED;
    bool is_early = s->state == DTLS_IDLE && s->role == DTLS_CLIENT; /* we speak first */
    if (bytes == 0 || is_early) return OK;
    if (s->state == DTLS_IDLE && (err = begin(s, now)) != OK) return err;
    s->datagram = datagram;
    s->datagram_bytes = bytes;
    err = s->state == DTLS_UP ? listen_on(s) : shake(s);
    s->datagram = NULL;
    /* 34 kilobytes of records that will hardly come; OpenSSL takes them again when one does. */
    if (s->state == DTLS_UP && s->ssl) (void)SSL_free_buffers(s->ssl);
    return err;
}

int64_t dtls_session_wait_ms(const struct dtls_session *s, struct tick now)
{
    struct timeval left;
    if (s->state != DTLS_IDLE && s->state != DTLS_SHAKING) return -1;
    int64_t wait_ms = s->deadline.ms - now.ms;
    if (DTLSv1_get_timeout(s->ssl, &left) == 1) {
        int64_t left_ms = left.tv_sec * 1000ll + (left.tv_usec + 999) / 1000;
        if (left_ms < wait_ms) wait_ms = left_ms;
    }
    return wait_ms > 0 ? wait_ms : 0;
}

enum err dtls_session_turn(struct dtls_session *s, struct tick now)
{
    if (s->state != DTLS_IDLE && s->state != DTLS_SHAKING) return OK;
    if (now.ms >= s->deadline.ms) return fail(s, ERR_TIMEOUT);
    if (s->state == DTLS_IDLE) return OK;
    ERR_clear_error();
    bool has_failed = DTLSv1_handle_timeout(s->ssl) < 0; /* too many repetitions */
    ERR_clear_error();
    return has_failed ? fail(s, ERR_TIMEOUT) : OK;
}

enum dtls_state dtls_session_state(const struct dtls_session *s)
{
    return s->state;
}

void dtls_session_close(struct dtls_session *s)
{
    uint8_t nothing[1], good_bye[FAREWELL_BYTES];
    if (s->state == DTLS_UP && !s->ssl) {
        if (farewell_write(&s->farewell, good_bye) == OK) s->send(s->owner, good_bye, sizeof good_bye);
    } else if (s->state == DTLS_UP) {
        (void)SSL_read(s->ssl, nothing, sizeof nothing); /* only this makes OpenSSL take its buffers again */
        (void)SSL_shutdown(s->ssl);
    }
    ERR_clear_error();
    if (s->state != DTLS_FAILED) become(s, DTLS_CLOSED);
}

void dtls_session_settle(struct dtls_session *s)
{
    bool may =
        s->state == DTLS_UP && s->ssl && farewell_init(&s->farewell, s->ssl, s->role == DTLS_CLIENT) == OK;
    if (!may) return;
    SSL_free(s->ssl);
    s->ssl = NULL;
}

/* client key | server key | client salt | server salt (RFC 5764 §4.2) */
enum err dtls_session_keys(const struct dtls_session *s, struct srtp_keys *ret_in, struct srtp_keys *ret_out)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    uint8_t all[2 * SRTP_KEYS_MASTER_BYTES_MAX], client[SRTP_KEYS_MASTER_BYTES_MAX],
        server[SRTP_KEYS_MASTER_BYTES_MAX];
    ASSERT(s->state == DTLS_UP && s->ssl);
    enum srtp_profile profile = (enum srtp_profile)SSL_get_selected_srtp_profile(s->ssl)->id;
    const struct srtp_shape *shape = srtp_shape(profile);
    ASSERT(shape);
    size_t key = shape->key_bytes, salt = shape->salt_bytes;
    struct srtp_keys of_client, of_server;
    enum err err = ERR_NOMEM;
    if (SSL_export_keying_material(s->ssl, all, 2 * (key + salt), label, sizeof label - 1, NULL, 0, 0) == 1) {
        memcpy(client, all, key);
        memcpy(server, all + key, key);
        memcpy(client + key, all + 2 * key, salt);
        memcpy(server + key, all + 2 * key + salt, salt);
        err = srtp_keys_derive(profile, client, key + salt, &of_client);
        if (!err) err = srtp_keys_derive(profile, server, key + salt, &of_server);
    }
    if (!err) {
        *ret_out = s->role == DTLS_CLIENT ? of_client : of_server;
        *ret_in = s->role == DTLS_CLIENT ? of_server : of_client;
    }
    mem_wipe(all, sizeof all);
    mem_wipe(client, sizeof client);
    mem_wipe(server, sizeof server);
    mem_wipe(&of_client, sizeof of_client);
    mem_wipe(&of_server, sizeof of_server);
    return err;
}
