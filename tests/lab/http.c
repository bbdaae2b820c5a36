#include "tests/lab/http.h"
#include "base/mem.h"
#include <curl/curl.h>
#include <stdio.h>

enum { BODY_BYTES_MAX = 1 << 20, TIMEOUT_S = 60 };

struct http {
    CURL *curl;
    struct buf body;
};

struct http *http_new(void)
{
    struct http *h = mem_zalloc(sizeof *h);
    if (!h) return NULL;
    buf_init(&h->body, BODY_BYTES_MAX);
    h->curl = curl_easy_init();
    if (h->curl) return h;
    mem_free(h);
    return NULL;
}

void http_free(struct http *h)
{
    if (!h) return;
    curl_easy_cleanup(h->curl);
    buf_done(&h->body);
    mem_free(h);
}

void http_from(struct http *h, const char *address)
{
    (void)curl_easy_setopt(h->curl, CURLOPT_INTERFACE, address);
}

static size_t on_body(char *at, size_t size, size_t count, void *h)
{
    struct buf *body = &((struct http *)h)->body;
    buf_add(body, at, size * count);
    return body->err ? 0 : size * count;
}

enum err http_ask(struct http *h, const char *method, const char *url, const char *type, const char *token,
                  const char *body, long *ret_status)
{
    char line[400];
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    snprintf(line, sizeof line, "Content-Type: %s", type ? type : "application/json");
    headers = curl_slist_append(headers, line);
    snprintf(line, sizeof line, "Authorization: Bearer %s", token ? token : "");
    if (token) headers = curl_slist_append(headers, line);
    buf_clear(&h->body);
    (void)curl_easy_setopt(h->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
    if (body) (void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
    CURLcode done = curl_easy_perform(h->curl);
    (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_slist_free_all(headers);
    return done == CURLE_OK ? OK : ERR_IO;
}

struct str http_body(const struct http *h)
{
    return buf_str(&h->body);
}
