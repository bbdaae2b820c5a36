/* The last words of a DTLS connection, against OpenSSL's own, for each cipher that they are for. */
#include "../check.h"
#include "media/farewell.h"
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct side {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
};
static struct side client, server;

static void side_open(struct side *s, const char *cipher)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    CHECK(key && x && X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
          X509_gmtime_adj(X509_getm_notAfter(x), 3600));
    CHECK(X509_set_pubkey(x, key) == 1 && X509_sign(x, key, EVP_sha256()) > 0);
    s->context = SSL_CTX_new(DTLS_method());
    CHECK(s->context && SSL_CTX_set_max_proto_version(s->context, DTLS1_2_VERSION) == 1);
    CHECK(SSL_CTX_set_cipher_list(s->context, cipher) == 1 && SSL_CTX_use_certificate(s->context, x) == 1 &&
          SSL_CTX_use_PrivateKey(s->context, key) == 1);
    (void)SSL_CTX_set_options(s->context, SSL_OP_NO_QUERY_MTU);
    s->ssl = SSL_new(s->context);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    CHECK(s->ssl && s->in && s->out);
    SSL_set_bio(s->ssl, s->in, s->out);
    (void)SSL_set_mtu(s->ssl, 1400);
    X509_free(x);
    EVP_PKEY_free(key);
}

static size_t moved(struct side *from, uint8_t at[4096])
{
    int bytes = BIO_read(from->out, at, 4096);
    return bytes > 0 ? (size_t)bytes : 0;
}

static void pass(struct side *from, struct side *to)
{
    uint8_t at[4096];
    size_t bytes = moved(from, at);
    if (bytes) CHECK_INT(BIO_write(to->in, at, (int)bytes), (int)bytes);
}

static void shake(const char *cipher)
{
    side_open(&client, cipher);
    side_open(&server, cipher);
    SSL_set_connect_state(client.ssl);
    SSL_set_accept_state(server.ssl);
    for (int i = 0; i < 20 && !(SSL_is_init_finished(client.ssl) && SSL_is_init_finished(server.ssl)); i++) {
        (void)SSL_do_handshake(client.ssl);
        pass(&client, &server);
        (void)SSL_do_handshake(server.ssl);
        pass(&server, &client);
    }
    CHECK(SSL_is_init_finished(client.ssl) && SSL_is_init_finished(server.ssl));
}

static void done(void)
{
    SSL_free(client.ssl);
    SSL_free(server.ssl);
    SSL_CTX_free(client.context);
    SSL_CTX_free(server.context);
}

/* What is left of `ours` speaks to all of `theirs`, and the other way round. */
static void talk(struct side *ours, struct side *theirs, unsigned key_bytes)
{
    struct farewell f;
    uint8_t at[4096], nothing[1];
    CHECK_OK(farewell_init(&f, ours->ssl, ours == &client));
    CHECK_INT(f.key_bytes, key_bytes);
    CHECK_OK(farewell_write(&f, at));
    CHECK(!farewell_is(&f, at, FAREWELL_BYTES)); /* our own */
    CHECK_INT(BIO_write(theirs->in, at, FAREWELL_BYTES), FAREWELL_BYTES);
    (void)SSL_read(theirs->ssl, nothing, sizeof nothing);
    CHECK(SSL_get_shutdown(theirs->ssl) & SSL_RECEIVED_SHUTDOWN);
    (void)SSL_shutdown(theirs->ssl);
    CHECK_INT(moved(theirs, at), FAREWELL_BYTES);
    CHECK(farewell_is(&f, at, FAREWELL_BYTES));
    farewell_done(&f);
    CHECK(!farewell_is(&f, at, FAREWELL_BYTES));
}

TEST(openssl_takes_our_good_bye_and_we_take_its)
{
    static const struct {
        const char *cipher;
        unsigned key_bytes;
    } all[] = {{"ECDHE-ECDSA-AES128-GCM-SHA256", 16}, {"ECDHE-ECDSA-AES256-GCM-SHA384", 32}};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        for (int is_client = 0; is_client < 2; is_client++) {
            shake(all[i].cipher);
            talk(is_client ? &client : &server, is_client ? &server : &client, all[i].key_bytes);
            done();
        }
}

TEST(another_cipher_keeps_its_connection)
{
    struct farewell f;
    shake("ECDHE-ECDSA-CHACHA20-POLY1305");
    CHECK_ERR(farewell_init(&f, client.ssl, true), ERR_UNSUPPORTED);
    done();
}
