/* ca: the pages that tell how to trust this site's certificate on each kind of device, and the certificate in the forms that devices take
 * (docs/PROTOCOL §8): /ca (zh or en), /ca.css, /ca.crt (PEM), /ca.der, /ca.mobileconfig. Made whole from the
 * authority's certificate; read-only after that. */
#ifndef NET_CA_H
#define NET_CA_H
#include "net/x509.h"

struct ca_page {
    const char *type;        /* literal */
    const char *disposition; /* Content-Disposition, or NULL */
    struct str body;
};

struct ca_pages;
enum err ca_pages_new(const char *authority, const char *site, struct ca_pages **ret_pages) MUST_USE;
void ca_pages_free(struct ca_pages *p);
/* NULL: the path is none of these. */
const struct ca_page *ca_page_find(const struct ca_pages *p, struct str path, bool is_english);

#endif
