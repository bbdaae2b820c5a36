/* cert: which certificate this site shows: files that the operator named, or its own authority and leaf, whose private keys
 * live in the sealed store and nowhere else. Made by the main thread once the store is open; renew and reload wait on the
 * desk, so never on the desk or a reader; what says "any thread" takes the cert's own lock.
 *
 * A leaf is renewed LEAF_EARLY before its end, or when the names and addresses of this host are others than it says. */
#ifndef NET_CERT_H
#define NET_CERT_H
#include "base/json.h"
#include "net/x509.h"
#include "store/store.h"

extern const struct migration net_migrations[]; /* numbers 20 - 29 */

struct cert_settings {
    char certificate[256], key[256]; /* PEM files; both empty: the site's own */
    char announce[X509_NAME_BYTES];  /* one more name or address, or empty */
    char site[128];
};

struct cert;
/* ret_why: a sentence for the operator when files cannot be used (ERR_NOT_FOUND, ERR_BAD_INPUT, ERR_DENIED). */
enum err cert_open(struct store *store, const struct cert_settings *settings, struct cert **ret_cert,
                   char ret_why[256]) MUST_USE;
void cert_free(struct cert *c);
/* Reads the files again, or renews the leaf when it is due or `settings` name other hosts. *ret_changed: there is a new pair. The
 * old one stays in use on failure. settings NULL: as before. ERR_UNSUPPORTED: from files to the site's own, or back. */
enum err cert_reload(struct cert *c, const struct cert_settings *settings, bool *ret_changed,
                     char ret_why[256]) MUST_USE;
/* A new leaf now. ERR_UNSUPPORTED: the certificate comes from files. */
enum err cert_renew(struct cert *c) MUST_USE;

/* -- any thread -- */
bool cert_is_due(struct cert *c, struct instant now); /* time for cert_reload */
/* A copy of what is in use; the caller ends it. */
enum err cert_pair(struct cert *c, struct x509_pair *ret_pair) MUST_USE;
/* The authority's PEM text, a copy on the heap; NULL: from files, or no memory. */
char *cert_authority(struct cert *c);
bool cert_is_from_files(const struct cert *c);
struct instant cert_until(struct cert *c);
/* "ca" and "leaf" into an open object, as docs/PROTOCOL §5 shows. */
void cert_write(struct cert *c, struct json_out *o);

#endif
