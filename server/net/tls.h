/* tls: how our TLS is set: 1.2 and 1.3 only, forward secrecy and AEAD only, no renegotiation, no compression, no
 * session tickets (their key would live as long as the process and open old recordings), and how a pair is put into a
 * context that is in use. Net thread after start. Rule 29; RFC 9325. */
#ifndef NET_TLS_H
#define NET_TLS_H
#include "net/x509.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

enum err tls_set_up(struct ssl_ctx_st *ctx) MUST_USE;
/* Connections made from now on use the pair; those in progress keep theirs. The certificate text may hold a chain.
 * ERR_DENIED: the key is not the certificate's; ERR_BAD_INPUT: unreadable. The context is untouched on failure. */
enum err tls_use(struct ssl_ctx_st *ctx, const struct x509_pair *pair) MUST_USE;

#endif
