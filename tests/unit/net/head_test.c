#include "../check.h"
#include "api/request.h"
#include "net/head.h"

static const char date[] = "Mon, 23 Nov 2026 07:24:07 GMT";

static bool holds(const struct buf *b, const char *text)
{
    return memmem(b->at, b->bytes, text, strlen(text)) != NULL;
}

TEST(a_date_is_written_as_http_wants_it)
{
    char text[HEAD_DATE_BYTES];
    head_date((struct instant){1795418647031}, text);
    CHECK_STR(str_of(text), date);
    head_date((struct instant){0}, text);
    CHECK_STR(str_of(text), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(every_answer_carries_the_fields_of_the_contract)
{
    struct buf b;
    struct head h = {
        .status = 200, .type = "text/html", .body_bytes = 12, .id = 7, .is_tls = true, .keep = true};
    buf_init(&b, HEAD_BYTES_MAX);
    head_write(&b, &h, date);
    CHECK_OK(b.err);
    CHECK(str_starts(buf_str(&b), STR("HTTP/1.1 200 OK\r\n")));
    static const char *const fields[] = {
        "\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; ",
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nCross-Origin-Opener-Policy: same-origin\r\n",
        "\r\nPermissions-Policy: camera=(self)",
        "\r\nStrict-Transport-Security: max-age=31536000\r\n",
        "\r\nCache-Control: no-store\r\n",
        "\r\nContent-Length: 12\r\n",
        "\r\nDate: Mon, 23 Nov 2026 07:24:07 GMT\r\n",
        "\r\nX-Request-Id: 7\r\n\r\n"};
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        CHECK(holds(&b, fields[i]));
    CHECK(!holds(&b, "Connection: close") && !holds(&b, "http:") && !holds(&b, "https:"));
    buf_done(&b);
}

TEST(without_tls_no_browser_is_told_to_insist_on_it)
{
    struct buf b;
    struct head h = {.status = 204, .id = 1};
    buf_init(&b, HEAD_BYTES_MAX);
    head_write(&b, &h, date);
    CHECK(!holds(&b, "Strict-Transport-Security") && !holds(&b, "Content-Length") &&
          holds(&b, "Connection: close"));
    buf_done(&b);
}

TEST(a_line_break_in_a_handlers_field_takes_the_field_away)
{
    struct buf b;
    struct header good = {NULL, "set-cookie", "a=b"},
                  bad = {&good, "\r\nlocation", "/x\r\nset-cookie: evil=1"};
    struct head h = {.status = 200, .more = &bad};
    buf_init(&b, HEAD_BYTES_MAX);
    head_write(&b, &h, date);
    CHECK(holds(&b, "\r\nset-cookie: a=b\r\n") && !holds(&b, "evil") && !holds(&b, "\r\nlocation"));
    buf_done(&b);
}
