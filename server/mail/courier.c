/* yunqiao-courier: carries one parcel (mail/parcel) and writes its receipt (mail/receipt). Descriptor 0 is the parcel, 1 the receipts, 2
 * nothing that anybody reads, 3 where the answer of what is fetched goes. It knows no record, holds no key of the store and may open no file but those by which names are found;
 * where the kernel can (Landlock 4) it may connect to its parcel's port and to that of names alone.
 *
 * Whatever the other side answers is parsed here, by libcurl, and not in yunqiaod. Ends with 0 when the receipt is written. */
#include "base/mem.h"
#include "base/sandbox.h"
#include "mail/dispatch.h"
#include "mail/place.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
    EXIT_PARCEL = 2,
    EXIT_BOX = 3,
    EXIT_RECEIPT = 4,
    CONNECT_S = 15,
    ADDRESSES_MAX = 8,
    ANSWER_MAX = 65536
};

static const char *const readable[] = {
    "/etc/resolv.conf",     "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/host.conf",
    "/run/systemd/resolve", NULL};

struct carrying {
    const struct parcel *p;
    struct place place;
    size_t sent, answered;
    struct receipt receipt;
    bool is_ending, has_failed; /* has_failed: the receipt cannot be written */
    CURL *curl;
    struct curl_slist *to, *headers, *resolved;
};

static bool note(struct carrying *c, enum receipt_end end, int code, const char *why)
{
    c->receipt.end = end;
    c->receipt.code = code;
    snprintf(c->receipt.why, sizeof c->receipt.why, "%s", why);
    c->has_failed |= receipt_add(1, &c->receipt) != OK;
    return !c->has_failed;
}

/* The body piece by piece. Nothing has arrived before its end has, which is sent after we have said that there is no more. */
static size_t give(char *to, size_t size, size_t count, void *arg)
{
    struct carrying *c = arg;
    size_t n = c->p->body.bytes - c->sent, room = size * count;
    if (n > room) n = room;
    memcpy(to, c->p->body.at + c->sent, n);
    c->sent += n;
    if (n > 0) return n;
    if (!c->is_ending && !note(c, RECEIPT_ENDING, 0, "")) return CURL_READFUNC_ABORT;
    c->is_ending = true;
    return 0;
}

/* Nobody reads what a hook answers; too much of it ends the talk. */
static size_t take(char *from, size_t size, size_t count, void *arg)
{
    struct carrying *c = arg;
    (void)from;
    c->answered += size * count;
    return c->answered > ANSWER_MAX ? 0 : size * count;
}

/* What is fetched is read by who sent us, as a stranger's. */
static size_t bring(char *from, size_t size, size_t count, void *arg)
{
    struct carrying *c = arg;
    size_t n = size * count;
    c->answered += n;
    if (c->answered > DISPATCH_ANSWER_MAX) return 0;
    for (size_t at = 0; at < n;) {
        ssize_t some = write(3, from + at, n - at);
        if (some <= 0) return 0;
        at += (size_t)some;
    }
    return n;
}

/* Names are found before libcurl is, so that it starts no thread for it: HOST:PORT:ADDRESS,ADDRESS */
static bool resolve(struct carrying *c)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *all = NULL;
    char line[PLACE_HOST_BYTES + 16 + ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3)], text[INET6_ADDRSTRLEN];
    int n = snprintf(line, sizeof line, "%s:%u:", c->place.host, c->place.port), count = 0;
    if (getaddrinfo(c->place.host, NULL, &want, &all) != 0) return false;
    for (struct addrinfo *a = all; a && count < ADDRESSES_MAX; a = a->ai_next) {
        const void *at = a->ai_family == AF_INET
                             ? (const void *)&((struct sockaddr_in *)(void *)a->ai_addr)->sin_addr
                             : &((struct sockaddr_in6 *)(void *)a->ai_addr)->sin6_addr;
        if (!inet_ntop(a->ai_family, at, text, sizeof text)) continue;
        n += snprintf(line + n, sizeof line - (size_t)n, a->ai_family == AF_INET ? "%s%s" : "%s[%s]",
                      count ? "," : "", text);
        count++;
    }
    freeaddrinfo(all);
    c->resolved = count ? curl_slist_append(NULL, line) : NULL;
    return c->resolved != NULL;
}

static void set_mail(struct carrying *c, const char *from, const char *to, const char *user,
                     const char *password)
{
    bool is_open = c->place.scheme == PLACE_SMTP && place_is_loopback(&c->place);
    c->to = curl_slist_append(NULL, to);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c->curl, CURLOPT_USE_SSL, is_open ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(c->curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(c->curl, CURLOPT_MAIL_RCPT, c->to);
    curl_easy_setopt(c->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c->curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(c->curl, CURLOPT_READDATA, c);
    if (!user[0]) return;
    curl_easy_setopt(c->curl, CURLOPT_USERNAME, user);
    curl_easy_setopt(c->curl, CURLOPT_PASSWORD, password);
}

static void set_hook(struct carrying *c)
{
    char line[128], mac[65];
    parcel_sign(c->p, mac);
    c->headers = curl_slist_append(NULL, "Content-Type: application/json");
    snprintf(line, sizeof line, "Idempotency-Key: %s", c->receipt.token);
    c->headers = curl_slist_append(c->headers, line);
    snprintf(line, sizeof line, "X-Yunqiao-Signature: t=%lld,v1=%s", (long long)c->p->made, mac);
    c->headers = curl_slist_append(c->headers, line);
    c->headers = curl_slist_append(c->headers, "Expect:");
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)c->p->body.bytes);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, c->p->body.at);
    curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L);
}

static void set_fetch(struct carrying *c, const char *token)
{
    char line[512];
    c->headers = curl_slist_append(NULL, "Accept: application/json");
    snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    if (token[0]) c->headers = curl_slist_append(c->headers, line);
    mem_wipe(line, sizeof line);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, bring);
}

static void set_all(struct carrying *c, const char *url)
{
    struct curl_blob trust = {(void *)(uintptr_t)c->p->trust.at, c->p->trust.bytes, CURL_BLOB_COPY};
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(c->curl, CURLOPT_RESOLVE, c->resolved);
    curl_easy_setopt(c->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c->curl, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(c->curl, CURLOPT_CAPATH, NULL);
    if (trust.len) curl_easy_setopt(c->curl, CURLOPT_CAINFO_BLOB, &trust);
    curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, (long)DISPATCH_S - 5);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
}

static const char *why_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return "connect";
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_LOGIN_DENIED:
        return "login";
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return "tls";
    default:
        return "reply";
    }
}

/* Answers of SMTP (RFC 5321 §4.2.1): 4xx not now, 5xx never. After the end of the body only an answer tells. */
static bool end_mail(struct carrying *c, CURLcode code, long reply)
{
    if (code == CURLE_OK) return note(c, RECEIPT_DONE, (int)reply, "");
    bool is_answer = reply >= 400 && reply < 600;
    if (c->is_ending && !is_answer) return true; /* nobody knows: the receipt stays at its ending */
    bool is_never = reply >= 500 && code != CURLE_LOGIN_DENIED && code != CURLE_USE_SSL_FAILED;
    return note(c, is_never ? RECEIPT_REFUSED : RECEIPT_LATER, (int)reply, why_of(code));
}

static bool end_fetch(struct carrying *c, CURLcode code, long reply)
{
    if (code == CURLE_OK && reply == 200) return note(c, RECEIPT_DONE, 200, "");
    return note(c, RECEIPT_LATER, (int)reply, code == CURLE_OK ? "reply" : why_of(code));
}

static bool end_hook(struct carrying *c, CURLcode code, long reply)
{
    if (code != CURLE_OK) return note(c, RECEIPT_LATER, (int)reply, why_of(code));
    if (reply >= 200 && reply < 300) return note(c, RECEIPT_DONE, (int)reply, "");
    bool is_later = reply >= 500 || reply < 400 || reply == 401 || reply == 403 || reply == 408 ||
                    reply == 409 || reply == 425 || reply == 429;
    return note(c, is_later ? RECEIPT_LATER : RECEIPT_REFUSED, (int)reply, "reply");
}

static char *text_of(struct str s)
{
    char *at = mem_alloc(s.bytes + 1);
    if (!at) return NULL;
    memcpy(at, s.at, s.bytes);
    at[s.bytes] = '\0';
    return at;
}

static bool carry(struct carrying *c)
{
    const struct parcel *p = c->p;
    char *url = text_of(p->url), *from = text_of(p->from), *to = text_of(p->to), *user = text_of(p->user),
         *password = text_of(p->password);
    bool is_told = false;
    long reply = 0;
    if (!resolve(c)) {
        is_told = note(c, RECEIPT_LATER, 0, "connect");
    } else if (url && from && to && user && password) {
        set_all(c, url);
        if (p->way == PARCEL_MAIL)
            set_mail(c, from, to, user, password);
        else if (p->way == PARCEL_FETCH)
            set_fetch(c, password);
        else
            set_hook(c);
        CURLcode code = curl_easy_perform(c->curl);
        curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &reply);
        is_told = p->way == PARCEL_MAIL    ? end_mail(c, code, reply)
                  : p->way == PARCEL_FETCH ? end_fetch(c, code, reply)
                                           : end_hook(c, code, reply);
    }
    mem_free(url), mem_free(from), mem_free(to), mem_free(user);
    if (password) mem_wipe_free(password, p->password.bytes);
    return is_told;
}

static enum err read_all(struct buf *to)
{
    for (;;) {
        char *at = buf_reserve(to, 65536);
        ssize_t n = at ? read(0, at, 65536) : -1;
        if (n < 0) return to->err ? to->err : ERR_IO;
        if (n == 0) return OK;
        to->bytes += (size_t)n;
    }
}

int main(void)
{
    struct buf text;
    struct json *root = NULL;
    struct parcel p;
    struct carrying c = {.p = &p};
    struct sandbox_state state;
    buf_init(&text, PARCEL_BYTES_MAX + 65536);
    alarm(DISPATCH_S);
    signal(SIGPIPE, SIG_IGN);
    if (read_all(&text) != OK || parcel_read(buf_str(&text), &root, &p) != OK || !place_of(p.url, &c.place))
        return EXIT_PARCEL;
    snprintf(c.receipt.token, sizeof c.receipt.token, "%.*s", (int)p.token.bytes, p.token.at);
    /* What a library reads of its own configuration it reads before the door is shut. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(c.curl = curl_easy_init())) return EXIT_BOX;
    if (sandbox_enter_outward(readable, (const uint16_t[]){c.place.port, 53, 0}, &state) != OK)
        return EXIT_BOX;
    bool is_told = carry(&c);
    curl_easy_cleanup(c.curl);
    curl_slist_free_all(c.to), curl_slist_free_all(c.headers), curl_slist_free_all(c.resolved);
    json_free(root);
    buf_done(&text);
    return is_told ? 0 : EXIT_RECEIPT;
}
