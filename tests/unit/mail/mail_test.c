/* What leaves the house: addresses, letters, parcels, receipts. */
#include "../check.h"
#include "mail/letter.h"
#include "mail/place.h"
#include "mail/receipt.h"
#include <stdio.h>
#include <unistd.h>

TEST(a_place_is_a_scheme_a_host_and_a_port_and_nothing_else)
{
    static const char *const wrong[] = {"",
                                        "mail.example",
                                        "ftp://mail.example",
                                        "smtp:/mail.example",
                                        "smtp://",
                                        "smtp://a:0",
                                        "smtp://a:65536",
                                        "smtp://a:b",
                                        "smtp://u@host",
                                        "smtp://[::1",
                                        "smtp://[]:1",
                                        "https://a b/",
                                        "https://a/\n",
                                        "https://a\"/",
                                        "smtp://[::1]x"};
    struct place p;
    CHECK(place_of(STR("smtps://mail.example.org"), &p));
    CHECK(p.scheme == PLACE_SMTPS && p.port == 465 && strcmp(p.host, "mail.example.org") == 0);
    CHECK(!place_is_loopback(&p));
    CHECK(place_of(STR("smtp://[::1]:2525"), &p));
    CHECK(p.port == 2525 && strcmp(p.host, "::1") == 0 && place_is_loopback(&p));
    CHECK(place_of(STR("https://gateway.example/a?b=c"), &p));
    CHECK(p.scheme == PLACE_HTTPS && p.port == 443);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK(!place_of(str_of(wrong[i]), &p));
}

TEST(an_address_is_one_address)
{
    static const char *const wrong[] = {"",      "a",       "@b",    "a@",    "a@b\r\nBcc: c@d",
                                        "a b@c", "a@b,c@d", "<a@b>", "a@b@c", "\"a\"@b"};
    CHECK(letter_address_is(STR("wen.zhiyuan+duty@hospital.example")));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK(!letter_address_is(str_of(wrong[i])));
}

static bool has(const struct buf *b, const char *words)
{
    return memmem(b->at, b->bytes, words, strlen(words)) != NULL;
}

SWEEP(a_letter_is_ascii_in_short_lines)
{
    struct buf b;
    struct letter l = {.from = STR("yunqiao@site.example"),
                       .to = STR("wen@hospital.example"),
                       .token = "00112233445566778899aabbccddeeff",
                       .date = {INT64_C(1795996800000)},
                       .subject = "云桥：会诊提醒，请注意时间 / Yunqiao: reminder of a consultation",
                       .text = STR("十五分钟后开始。\r\n"),
                       .calendar = STR("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")};
    size_t line = 0;
    buf_init(&b, 65536);
    enum err err = letter_write(&l, &b);
    if (err == OK) {
        for (size_t i = 0; i < b.bytes; i++) {
            CHECK((uint8_t)b.at[i] < 0x80);
            line = b.at[i] == '\n' ? 0 : line + 1;
            CHECK(line <= 100);
            CHECK(b.at[i] != '\n' || b.at[i - 1] == '\r');
        }
        CHECK(has(&b, "Date: Mon, 30 Nov 2026 00:00:00 +0000\r\n"));
        CHECK(has(&b, "Message-ID: <00112233445566778899aabbccddeeff@site.example>\r\n"));
        CHECK(has(&b, "=?UTF-8?B?5LqR5qGl77ya"));
        CHECK(has(&b, "text/calendar; charset=utf-8; method=PUBLISH"));
    }
    buf_done(&b);
    return err;
}

SWEEP(a_parcel_is_read_as_it_was_written)
{
    struct buf b;
    struct json *root = NULL;
    struct parcel p = {.way = PARCEL_HOOK,
                       .url = STR("https://a.example/"),
                       .token = STR("00112233445566778899aabbccddeeff"),
                       .key = STR("key"),
                       .made = 1700000000,
                       .body = STR("{\"a\":\"云\"}")},
                  q = {0};
    buf_init(&b, PARCEL_BYTES_MAX);
    enum err err = parcel_write(&p, &b);
    if (!err) err = parcel_read(buf_str(&b), &root, &q);
    if (!err) {
        char mac[65];
        CHECK(q.way == PARCEL_HOOK && q.made == p.made && str_is(q.body, p.body) && str_is(q.key, p.key) &&
              q.user.bytes == 0);
        parcel_sign(&q, mac);
        CHECK(strlen(mac) == 64);
    }
    json_free(root);
    buf_done(&b);
    return err;
}

TEST(a_parcel_of_a_stranger_is_refused)
{
    struct json *root;
    struct parcel p;
    CHECK_INT(parcel_read(STR("{}"), &root, &p), ERR_BAD_INPUT);
    CHECK_INT(parcel_read(STR("{\"way\":\"pigeon\",\"made\":1}"), &root, &p), ERR_BAD_INPUT);
    CHECK_INT(parcel_read(STR("not json"), &root, &p), ERR_BAD_INPUT);
}

TEST(a_receipt_tells_the_last_whole_line_and_is_locked)
{
    char path[256];
    int fd, other;
    struct receipt r,
        end = {
            .token = "00112233445566778899aabbccddeeff", .end = RECEIPT_LATER, .code = 451, .why = "reply"};
    snprintf(path, sizeof path, "%s/receipt", check_tmp_dir());
    CHECK_OK(receipt_open(path, 0, &fd));
    CHECK_OK(receipt_read(fd, &r));
    CHECK_INT(r.end, RECEIPT_NONE);
    CHECK_OK(receipt_begin(fd, end.token));
    CHECK_OK(receipt_read(fd, &r));
    CHECK_INT(r.end, RECEIPT_BEGUN);
    CHECK_OK(receipt_add(fd, &end));
    CHECK(write(fd, "00112233445566778899aabbccddeeff done 25", 40) == 40); /* the machine stopped here */
    CHECK_OK(receipt_read(fd, &r));
    CHECK_INT(r.end, RECEIPT_LATER);
    CHECK_INT(r.code, 451);
    CHECK(strcmp(r.why, "reply") == 0);
    CHECK_INT(receipt_open(path, 0, &other), ERR_BUSY);
    close(fd);
    CHECK_OK(receipt_open(path, 0, &other));
    close(other);
}
