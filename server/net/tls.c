#include "net/tls.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

/* RFC 9325 §4.2: ECDHE with AEAD. RSA certificates are a site's own choice, so both signature kinds are there. */
#define CIPHERS_12                                                                                           \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"               \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define CIPHERS_13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

enum err tls_set_up(struct ssl_ctx_st *ctx)
{
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, CIPHERS_12) != 1 || SSL_CTX_set_ciphersuites(ctx, CIPHERS_13) != 1 ||
        SSL_CTX_set1_groups_list(ctx, (char[]){"X25519:P-256:P-384"}) != 1 ||
        SSL_CTX_set_num_tickets(ctx, 0) != 1)
        return ERR_UNSUPPORTED;
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    /* 34 KiB less for each connection that is idle. */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    return OK;
}

static int no_password(char *to, int room, int writing, void *ctx)
{
    (void)to, (void)room, (void)writing, (void)ctx;
    return -1;
}

/* The certificates after the first, as the chain to send along. */
static STACK_OF(X509) * chain_from(BIO *in)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    for (X509 *c; chain && (c = PEM_read_bio_X509(in, NULL, NULL, NULL));)
        if (sk_X509_num(chain) >= 8 || !sk_X509_push(chain, c)) X509_free(c);
    return chain;
}

enum err tls_use(struct ssl_ctx_st *ctx, const struct x509_pair *pair)
{
    enum err err = x509_pair_check(pair);
    if (err) return err;
    err = ERR_NOMEM;
    BIO *in = BIO_new_mem_buf(pair->certificate, -1), *key_in = BIO_new_mem_buf(pair->key, -1);
    X509 *first = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = key_in ? PEM_read_bio_PrivateKey(key_in, NULL, no_password, NULL) : NULL;
    STACK_OF(X509) *chain = first ? chain_from(in) : NULL;
    if (!first || !key || !chain) goto out;
    err = SSL_CTX_use_cert_and_key(ctx, first, key, chain, 1) == 1 ? OK : ERR_BAD_INPUT;
out:
    sk_X509_pop_free(chain, X509_free);
    EVP_PKEY_free(key);
    X509_free(first);
    BIO_free(in);
    BIO_free(key_in);
    ERR_clear_error();
    return err;
}
