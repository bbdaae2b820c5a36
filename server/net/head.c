#include "net/head.h"
#include "api/request.h"
#include <stdio.h>
#include <time.h>

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {507, "Insufficient Storage"},
};

const char *head_reason(int status)
{
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "Unknown";
}

void head_date(struct instant now, char ret_text[HEAD_DATE_BYTES])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(now.ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    snprintf(ret_text, HEAD_DATE_BYTES, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[(unsigned)t.tm_wday % 7],
             (unsigned)t.tm_mday % 100, months[(unsigned)t.tm_mon % 12], (unsigned)(t.tm_year + 1900) % 10000,
             (unsigned)t.tm_hour % 100, (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100);
}

/* The client loads nothing from elsewhere and runs nothing inline (rule 35). blob: is for pictures and recordings taken in
 * the page itself, data: for the enrolment's QR code. */
static const char always[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
    "blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "
    "geolocation=(), payment=(), usb=(), serial=(), midi=()\r\n";
static const char on_tls[] = "Strict-Transport-Security: max-age=31536000\r\n";

static void add_field(struct buf *to, const char *name, const char *value)
{
    buf_add_text(to, name);
    buf_add_text(to, ": ");
    buf_add_text(to, value);
    buf_add_text(to, "\r\n");
}

static bool is_one_line(const char *text)
{
    return text[strcspn(text, "\r\n")] == '\0';
}

static bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

void head_write(struct buf *to, const struct head *h, const char *date)
{
    buf_add_text(to, "HTTP/1.1 ");
    buf_add_u64(to, (uint64_t)h->status);
    buf_add_char(to, ' ');
    buf_add_text(to, head_reason(h->status));
    buf_add_text(to, "\r\nDate: ");
    buf_add_text(to, date);
    buf_add_text(to, "\r\n");
    if (h->type && has_body(h->status)) add_field(to, "Content-Type", h->type);
    if (h->encoding) add_field(to, "Content-Encoding", h->encoding);
    if (has_body(h->status)) {
        buf_add_text(to, "Content-Length: ");
        buf_add_u64(to, h->body_bytes);
        buf_add_text(to, "\r\n");
    }
    if (h->etag) add_field(to, "ETag", h->etag);
    if (h->varies) buf_add_text(to, "Vary: Accept-Encoding\r\n");
    add_field(to, "Cache-Control", h->cache ? h->cache : "no-store");
    if (h->allow) add_field(to, "Allow", h->allow);
    for (const struct header *m = h->more; m; m = m->next)
        if (is_one_line(m->name) && is_one_line(m->value)) add_field(to, m->name, m->value);
    buf_add(to, always, sizeof always - 1);
    if (h->is_tls) buf_add(to, on_tls, sizeof on_tls - 1);
    buf_add_text(to, "X-Request-Id: ");
    buf_add_u64(to, h->id);
    buf_add_text(to, h->keep ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
}
