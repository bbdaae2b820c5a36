#include "mail/letter.h"
#include "base/err.h"
#include <time.h>

enum { LINE = 57 }; /* bytes that become 76 letters (RFC 2045 §6.8) */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_base64(struct buf *to, const char *from, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)from;
    for (size_t i = 0; i < bytes; i += 3) {
        uint32_t three = (uint32_t)at[i] << 16;
        if (i + 1 < bytes) three |= (uint32_t)at[i + 1] << 8;
        if (i + 2 < bytes) three |= at[i + 2];
        buf_add_char(to, alphabet[three >> 18]);
        buf_add_char(to, alphabet[(three >> 12) & 63]);
        buf_add_char(to, i + 1 < bytes ? alphabet[(three >> 6) & 63] : '=');
        buf_add_char(to, i + 2 < bytes ? alphabet[three & 63] : '=');
    }
}

static void put_lines(struct buf *to, struct str s)
{
    for (size_t i = 0; i < s.bytes; i += LINE) {
        put_base64(to, s.at + i, s.bytes - i < LINE ? s.bytes - i : LINE);
        buf_add_text(to, "\r\n");
    }
}

/* Encoded words of at most 75 letters, none of which splits a character (RFC 2047 §2, §5). */
static void put_subject(struct buf *to, struct str s)
{
    enum { WORD = 42 };
    buf_add_text(to, "Subject:");
    for (size_t i = 0; i < s.bytes;) {
        size_t n = s.bytes - i < WORD ? s.bytes - i : WORD;
        while (i + n < s.bytes && n > 1 && ((uint8_t)s.at[i + n] & 0xc0) == 0x80)
            n--;
        buf_add_text(to, i ? "\r\n =?UTF-8?B?" : " =?UTF-8?B?");
        put_base64(to, s.at + i, n);
        buf_add_text(to, "?=");
        i += n;
    }
    buf_add_text(to, "\r\n");
}

static void put_date(struct buf *to, struct instant at)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t s = (time_t)(at.ms / 1000);
    struct tm t;
    gmtime_r(&s, &t);
    buf_printf(to, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
               months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void put_part(struct buf *to, const char *token, const char *type, const char *more, struct str s)
{
    buf_printf(to, "--%s\r\nContent-Type: %s\r\n%sContent-Transfer-Encoding: base64\r\n\r\n", token, type,
               more);
    put_lines(to, s);
}

enum err letter_write(const struct letter *l, struct buf *to)
{
    struct str domain = l->from;
    (void)str_cut(&domain, '@');
    put_date(to, l->date);
    buf_printf(to, "From: <%.*s>\r\nTo: <%.*s>\r\n", (int)l->from.bytes, l->from.at, (int)l->to.bytes,
               l->to.at);
    buf_printf(to, "Message-ID: <%s@%.*s>\r\n", l->token, (int)domain.bytes, domain.at);
    put_subject(to, str_of(l->subject));
    buf_add_text(to, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"); /* RFC 3834 */
    buf_printf(to, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n", l->token);
    put_part(to, l->token, "text/plain; charset=utf-8", "", l->text);
    if (l->calendar.bytes)
        put_part(to, l->token, "text/calendar; charset=utf-8; method=PUBLISH; name=\"yunqiao.ics\"",
                 "Content-Disposition: attachment; filename=\"yunqiao.ics\"\r\n", l->calendar);
    buf_printf(to, "--%s--\r\n", l->token);
    return to->err;
}

static bool is_atom(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

bool letter_address_is(struct str text)
{
    struct str domain = text, local = str_cut(&domain, '@');
    if (text.bytes >= LETTER_ADDRESS_BYTES || local.bytes == 0 || local.bytes > 64 || domain.bytes == 0)
        return false;
    for (size_t i = 0; i < local.bytes; i++)
        if (!is_atom(local.at[i])) return false;
    for (size_t i = 0; i < domain.bytes; i++) {
        char c = domain.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
              c == '-'))
            return false;
    }
    return true;
}
