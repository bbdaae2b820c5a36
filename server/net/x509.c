#include "net/x509.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_MS (24LL * 3600 * 1000)
#define AUTHORITY_DAYS 3652
#define LEAF_DAYS 397 /* Apple and Chromium refuse more than 398 */
/* Clocks of clients run behind: a certificate is good from a day before it was made. */
#define EARLY_DAYS 1

/* -- names -- */

static bool name_is_address(const char *name)
{
    struct in6_addr any;
    return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static bool name_is_dns(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= X509_NAME_BYTES || name[0] == '.' || name[n - 1] == '.') return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '.') return false;
    return true;
}

bool x509_names_add(struct x509_names *names, const char *name)
{
    if (!name_is_address(name) && !name_is_dns(name)) return false;
    for (int i = 0; i < names->count; i++)
        if (strcasecmp(names->at[i], name) == 0) return true;
    if (names->count == X509_NAMES_MAX) return false;
    snprintf(names->at[names->count++], X509_NAME_BYTES, "%s", name);
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void names_add_interfaces(struct x509_names *names)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) return;
    int first = names->count;
    for (struct ifaddrs *i = all; i; i = i->ifa_next) {
        char text[INET6_ADDRSTRLEN];
        if (!i->ifa_addr || !(i->ifa_flags & IFF_UP)) continue;
        if (i->ifa_addr->sa_family == AF_INET) {
            inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, text, sizeof text);
        } else if (i->ifa_addr->sa_family == AF_INET6) {
            const struct in6_addr *a = &((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
            /* A link-local address needs a zone, which no browser can put into an address bar. */
            if (IN6_IS_ADDR_LINKLOCAL(a)) continue;
            inet_ntop(AF_INET6, a, text, sizeof text);
        } else {
            continue;
        }
        x509_names_add(names, text);
    }
    freeifaddrs(all);
    /* The kernel's order changes when an interface goes down and up; the certificate should not. */
    qsort(names->at[first], (size_t)(names->count - first), X509_NAME_BYTES, by_text);
}

void x509_names_local(struct x509_names *names)
{
    char host[HOST_NAME_MAX + 1] = "";
    x509_names_add(names, "localhost");
    x509_names_add(names, "127.0.0.1");
    x509_names_add(names, "::1");
    if (gethostname(host, sizeof host - 1) == 0) x509_names_add(names, host);
    names_add_interfaces(names);
}

bool x509_names_same(const struct x509_names *a, const struct x509_names *b)
{
    if (a->count != b->count) return false;
    for (int i = 0; i < a->count; i++)
        if (strcasecmp(a->at[i], b->at[i]) != 0) return false;
    return true;
}

void x509_pair_done(struct x509_pair *p)
{
    mem_free(p->certificate);
    if (p->key) mem_wipe_free(p->key, strlen(p->key));
    *p = (struct x509_pair){0};
}

/* -- PEM and DER -- */

static X509 *certificate_from(const char *pem)
{
    BIO *in = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    X509 *c = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    BIO_free(in);
    ERR_clear_error();
    return c;
}

/* An encrypted key would make OpenSSL ask on the terminal; a server has none. */
static int no_password(char *to, int room, int writing, void *ctx)
{
    (void)to, (void)room, (void)writing, (void)ctx;
    return -1;
}

static EVP_PKEY *key_from(const char *pem)
{
    BIO *in = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    EVP_PKEY *k = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;
    BIO_free(in);
    ERR_clear_error();
    return k;
}

static char *text_of(BIO *out)
{
    char *at;
    long n = BIO_get_mem_data(out, &at);
    char *copy = n >= 0 ? mem_alloc((size_t)n + 1) : NULL;
    if (!copy) return NULL;
    memcpy(copy, at, (size_t)n);
    copy[n] = '\0';
    return copy;
}

static enum err pair_write(X509 *certificate, EVP_PKEY *key, struct x509_pair *ret)
{
    struct x509_pair made = {0};
    BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_secmem());
    if (c && k && PEM_write_bio_X509(c, certificate) == 1 &&
        PEM_write_bio_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) == 1) {
        made.certificate = text_of(c);
        made.key = text_of(k);
    }
    BIO_free(c);
    BIO_free(k);
    if (!made.certificate || !made.key) {
        x509_pair_done(&made);
        return ERR_NOMEM;
    }
    *ret = made;
    return OK;
}

/* -- making -- */

static bool set_serial(X509 *c)
{
    uint8_t bytes[16]; /* 128 random bits; the Baseline Requirements want at least 64 */
    rnd_bytes(bytes, sizeof bytes);
    bytes[0] &= 0x7f; /* a positive INTEGER of at most 20 bytes */
    BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(c)) != NULL;
    BN_free(n);
    return ok;
}

static bool set_life(X509 *c, struct instant now, int days)
{
    time_t from = (time_t)((now.ms - EARLY_DAYS * DAY_MS) / 1000);
    time_t until = (time_t)((now.ms + (days - EARLY_DAYS) * DAY_MS) / 1000) - 1;
    return ASN1_TIME_set(X509_getm_notBefore(c), from) && ASN1_TIME_set(X509_getm_notAfter(c), until);
}

static bool add_extension(X509 *c, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, c, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = e && X509_add_ext(c, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool add_text(X509_NAME *name, const char *field, const char *text)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) ==
           1;
}

/* A common name holds 64 characters (RFC 5280, ub-common-name); a site's own name may be longer. */
static void cut_utf8(char *text, size_t bytes_max)
{
    size_t n = strlen(text);
    if (n <= bytes_max) return;
    n = bytes_max;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    text[n] = '\0';
}

static bool name_authority(X509 *c, const char *site)
{
    char common[160], short_site[128];
    snprintf(short_site, sizeof short_site, "%s", site && *site ? site : "Yunqiao");
    cut_utf8(short_site, 48);
    snprintf(common, sizeof common, "%s CA %04x", short_site, (unsigned)rnd_below(0x10000));
    X509_NAME *name = X509_get_subject_name(c);
    return add_text(name, "O", "Yunqiao") && add_text(name, "CN", common);
}

static X509 *certificate_new(EVP_PKEY *key, struct instant now, int days)
{
    X509 *c = X509_new();
    if (c && X509_set_version(c, X509_VERSION_3) && set_serial(c) && set_life(c, now, days) &&
        X509_set_pubkey(c, key))
        return c;
    X509_free(c);
    return NULL;
}

enum err x509_make_authority(const char *site, struct instant now, struct x509_pair *ret_pair)
{
    enum err err = ERR_NOMEM;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *c = key ? certificate_new(key, now, AUTHORITY_DAYS) : NULL;
    if (!c) goto out;
    if (!name_authority(c, site) || X509_set_issuer_name(c, X509_get_subject_name(c)) != 1 ||
        !add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !add_extension(c, c, NID_subject_key_identifier, "hash"))
        goto out;
    if (X509_sign(c, key, EVP_sha256()) <= 0) goto out;
    err = pair_write(c, key, ret_pair);
out:
    X509_free(c);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return err;
}

/* Built from parts, not from a configuration text: a name can then never be read as syntax. */
static bool add_names(X509 *c, const struct x509_names *names)
{
    bool ok = false;
    GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
    for (int i = 0; all && i < names->count; i++) {
        bool is_address = name_is_address(names->at[i]);
        GENERAL_NAME *one =
            a2i_GENERAL_NAME(NULL, NULL, NULL, is_address ? GEN_IPADD : GEN_DNS, names->at[i], 0);
        if (!one || !sk_GENERAL_NAME_push(all, one)) {
            GENERAL_NAME_free(one);
            goto out;
        }
    }
    ok = all && X509_add1_ext_i2d(c, NID_subject_alt_name, all, 0, X509V3_ADD_DEFAULT) == 1;
out:
    sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
    return ok;
}

enum err x509_make_leaf(const struct x509_pair *authority, const struct x509_names *names, struct instant now,
                        struct x509_pair *ret_pair)
{
    enum err err = ERR_BAD_INPUT;
    X509 *issuer = certificate_from(authority->certificate), *c = NULL;
    EVP_PKEY *issuer_key = key_from(authority->key), *key = NULL;
    if (!issuer || !issuer_key) goto out;
    err = ERR_NOMEM;
    key = EVP_EC_gen("P-256");
    c = key ? certificate_new(key, now, LEAF_DAYS) : NULL;
    if (!c) goto out;
    const char *first = names->count > 0 ? names->at[0] : "localhost";
    if (!add_text(X509_get_subject_name(c), "CN", first) ||
        X509_set_issuer_name(c, X509_get_subject_name(issuer)) != 1 ||
        !add_extension(c, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(c, issuer, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(c, issuer, NID_ext_key_usage, "serverAuth") ||
        !add_extension(c, issuer, NID_subject_key_identifier, "hash") ||
        !add_extension(c, issuer, NID_authority_key_identifier, "keyid:always") || !add_names(c, names))
        goto out;
    if (X509_sign(c, issuer_key, EVP_sha256()) <= 0) goto out;
    err = pair_write(c, key, ret_pair);
out:
    X509_free(c);
    X509_free(issuer);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
    ERR_clear_error();
    return err;
}

/* -- reading -- */

static struct instant instant_of(const ASN1_TIME *at)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(at, &parts) != 1) return (struct instant){0};
    return (struct instant){(int64_t)timegm(&parts) * 1000};
}

static void read_names(X509 *c, struct x509_names *ret)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(c, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);
        char text[INET6_ADDRSTRLEN];
        if (one->type == GEN_DNS) {
            x509_names_add(ret, (const char *)ASN1_STRING_get0_data(one->d.dNSName));
        } else if (one->type == GEN_IPADD) {
            int n = ASN1_STRING_length(one->d.iPAddress);
            const void *at = ASN1_STRING_get0_data(one->d.iPAddress);
            if ((n == 4 || n == 16) && inet_ntop(n == 4 ? AF_INET : AF_INET6, at, text, sizeof text))
                x509_names_add(ret, text);
        }
    }
    sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
}

static void read_hashes(X509 *c, struct x509_facts *ret)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(c, EVP_sha256(), hash, &n) == 1)
        for (unsigned i = 0; i < n; i++)
            snprintf(ret->sha256 + 3 * i, 4, i + 1 < n ? "%02X:" : "%02X", hash[i]);
    n = 0;
    if (X509_pubkey_digest(c, EVP_sha1(), hash, &n) == 1) str_hex(hash, n, ret->key_id);
}

static void read_subject(X509 *c, char *to, size_t room)
{
    X509_NAME *name = X509_get_subject_name(c);
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return;
    unsigned char *text = NULL;
    int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (n > 0) snprintf(to, room, "%.*s", n, (const char *)text);
    OPENSSL_free(text);
}

enum err x509_read(const char *certificate, struct x509_facts *ret_facts)
{
    X509 *c = certificate_from(certificate);
    if (!c) return ERR_BAD_INPUT;
    *ret_facts = (struct x509_facts){0};
    read_subject(c, ret_facts->subject, sizeof ret_facts->subject);
    read_hashes(c, ret_facts);
    read_names(c, &ret_facts->names);
    ret_facts->from = instant_of(X509_get0_notBefore(c));
    ret_facts->until = instant_of(X509_get0_notAfter(c));
    X509_free(c);
    ERR_clear_error();
    return OK;
}

enum err x509_der(const char *certificate, uint8_t **ret_bytes, size_t *ret_n)
{
    X509 *c = certificate_from(certificate);
    if (!c) return ERR_BAD_INPUT;
    int n = i2d_X509(c, NULL);
    uint8_t *bytes = n > 0 ? mem_alloc((size_t)n) : NULL;
    if (bytes) {
        unsigned char *to = bytes;
        n = i2d_X509(c, &to);
    }
    X509_free(c);
    if (!bytes) return ERR_NOMEM;
    *ret_bytes = bytes;
    *ret_n = (size_t)n;
    return OK;
}

enum err x509_pair_check(const struct x509_pair *pair)
{
    X509 *c = certificate_from(pair->certificate);
    EVP_PKEY *k = key_from(pair->key);
    enum err err = !c || !k ? ERR_BAD_INPUT : X509_check_private_key(c, k) == 1 ? OK : ERR_DENIED;
    X509_free(c);
    EVP_PKEY_free(k);
    ERR_clear_error();
    return err;
}

bool x509_is_signed_by(const char *leaf, const char *authority)
{
    X509 *l = certificate_from(leaf), *a = certificate_from(authority);
    EVP_PKEY *k = a ? X509_get0_pubkey(a) : NULL;
    bool is = l && k && X509_verify(l, k) == 1;
    X509_free(l);
    X509_free(a);
    ERR_clear_error();
    return is;
}
