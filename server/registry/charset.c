#include "registry/charset.h"
#include <errno.h>
#include <iconv.h>

static const struct {
    const char *name; /* without blanks and hyphens, upper case */
    enum charset charset;
} names[] = {
    {"", CHARSET_AUTO},
    {"UNICODEUTF8", CHARSET_UTF8},
    {"UNICODE", CHARSET_UTF8},
    {"UTF8", CHARSET_UTF8},
    {"ASCII", CHARSET_UTF8},
    {"GB180302000", CHARSET_GB18030},
    {"GB180302005", CHARSET_GB18030},
    {"GB180302022", CHARSET_GB18030},
    {"GB18030", CHARSET_GB18030},
    {"GBK", CHARSET_GB18030},
    {"GB2312", CHARSET_GB18030},
    {"CP936", CHARSET_GB18030},
};

bool charset_from_name(struct str name, enum charset *ret)
{
    char plain[24];
    size_t n = 0;
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.at[i];
        if (c == ' ' || c == '-' || c == '_') continue;
        if (n == sizeof plain - 1) return false;
        plain[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is((struct str){plain, n}, str_of(names[i].name))) {
            *ret = names[i].charset;
            return true;
        }
    return false;
}

static enum err convert(struct arena *arena, const char *to, const char *from, struct str bytes, size_t room,
                        struct str *ret, size_t *ret_bad)
{
    char *out = arena_alloc(arena, room + 1), *at = out;
    char *in = arena_text(arena, bytes.at, bytes.bytes), *rest = in; /* iconv wants it writable */
    size_t in_left = bytes.bytes, out_left = room;
    if (!out || !in) return ERR_NOMEM;
    iconv_t cd = iconv_open(to, from);
    if (cd == (iconv_t)-1) return errno == ENOMEM ? ERR_NOMEM : ERR_UNSUPPORTED;
    size_t done = iconv(cd, &rest, &in_left, &at, &out_left);
    iconv_close(cd);
    if (done != 0) { /* what cannot be told one to one is refused too */
        if (ret_bad) *ret_bad = bytes.bytes - in_left;
        return ERR_BAD_INPUT;
    }
    *at = '\0';
    *ret = (struct str){out, (size_t)(at - out)};
    return OK;
}

static size_t bad_utf8(struct str s)
{
    size_t at = 0;
    while (at < s.bytes) {
        unsigned char lead = (unsigned char)s.at[at];
        size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (n > s.bytes - at || !str_is_utf8((struct str){s.at + at, n})) return at;
        at += n;
    }
    return at;
}

enum err charset_to_utf8(struct arena *arena, enum charset from, struct str bytes, struct str *ret,
                         size_t *ret_bad)
{
    const struct str mark = STR("\xEF\xBB\xBF");
    struct str text = bytes;
    bool is_utf8 = str_is_utf8(text);
    if (bytes.bytes && memchr(bytes.at, 0, bytes.bytes)) {
        if (ret_bad) *ret_bad = (size_t)((const char *)memchr(bytes.at, 0, bytes.bytes) - bytes.at);
        return ERR_BAD_INPUT;
    }
    if (from == CHARSET_UTF8 || (from == CHARSET_AUTO && is_utf8)) {
        if (!is_utf8) {
            if (ret_bad) *ret_bad = bad_utf8(text);
            return ERR_BAD_INPUT;
        }
        if (str_starts(text, mark)) text = (struct str){text.at + 3, text.bytes - 3};
        *ret = text;
        return OK;
    }
    /* Two bytes become at most three, four at most four. */
    enum err err = convert(arena, "UTF-8", "GB18030", bytes, bytes.bytes * 3 / 2 + 4, &text, ret_bad);
    if (err) return err;
    if (!str_is_utf8(text)) { /* what iconv lets through and we do not: surrogates */
        if (ret_bad) *ret_bad = 0;
        return ERR_BAD_INPUT;
    }
    if (str_starts(text, mark)) text = (struct str){text.at + 3, text.bytes - 3};
    *ret = text;
    return OK;
}

enum err charset_from_utf8(struct arena *arena, enum charset to, struct str text, struct str *ret)
{
    if (!str_is_utf8(text)) return ERR_BAD_INPUT;
    if (to == CHARSET_GB18030) return convert(arena, "GB18030", "UTF-8", text, text.bytes * 2 + 4, ret, NULL);
    ret->at = arena_text(arena, text.at ? text.at : "", text.bytes);
    ret->bytes = text.bytes;
    return ret->at ? OK : ERR_NOMEM;
}
