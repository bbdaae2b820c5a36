/* x509: keys and certificates as the site makes them: an own authority (EC P-256, 10 years) and a leaf below it (397 days,
 * the longest that browsers accept), by OpenSSL. Everything goes in and out as PEM text or DER bytes in struct x509_pair;
 * nothing here touches a file. Any thread. RFC 5280; CA/Browser Forum Baseline Requirements §7.1. */
#ifndef NET_X509_H
#define NET_X509_H
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include <stdbool.h>

#define X509_NAMES_MAX 64
#define X509_NAME_BYTES 64 /* one DNS name or address, with its NUL */
#define X509_PEM_BYTES_MAX 65536

/* DNS names and IP addresses a leaf is good for, in a stable order, each once. */
struct x509_names {
    int count;
    char at[X509_NAMES_MAX][X509_NAME_BYTES];
};
/* Adds a name unless it is there; anything that is neither a DNS name nor an address is left out (false). */
bool x509_names_add(struct x509_names *names, const char *name);
/* localhost, 127.0.0.1, ::1, this host's name and the addresses of all interfaces that are up. */
void x509_names_local(struct x509_names *names);
bool x509_names_same(const struct x509_names *a, const struct x509_names *b);

/* A certificate (chain) and its private key, PEM, NUL-terminated, on the heap. */
struct x509_pair {
    char *certificate, *key;
};
void x509_pair_done(struct x509_pair *p); /* wipes the key */

struct x509_facts {
    char subject[128];
    char sha256[96]; /* "AB:CD:…" */
    char key_id[41]; /* SHA-1 of the public key, hex: what Apple's profile wants to know it by */
    struct instant from, until;
    struct x509_names names;
};

/* An authority called "<site> CA <4 hex digits>"; the digits tell two authorities of one site apart. */
enum err x509_make_authority(const char *site, struct instant now, struct x509_pair *ret_pair) MUST_USE;
/* A leaf signed by the authority; its certificate text is the leaf alone (browsers that trust the authority have it). */
enum err x509_make_leaf(const struct x509_pair *authority, const struct x509_names *names, struct instant now,
                        struct x509_pair *ret_pair) MUST_USE;
/* What the first certificate in the PEM text says. ERR_BAD_INPUT: it is none. */
enum err x509_read(const char *certificate, struct x509_facts *ret_facts) MUST_USE;
/* The first certificate as DER, on the heap. */
enum err x509_der(const char *certificate, uint8_t **ret_bytes, size_t *ret_n) MUST_USE;
/* Whether the key belongs to the first certificate: OK or ERR_DENIED; ERR_BAD_INPUT when either cannot be read. */
enum err x509_pair_check(const struct x509_pair *pair) MUST_USE;
/* Whether the leaf was signed by this authority. */
bool x509_is_signed_by(const char *leaf, const char *authority);

#endif
