#include "mail/parcel.h"
#include "base/digest.h"
#include "base/mem.h"

static const char *const ways[PARCEL_KINDS] = {
    [PARCEL_MAIL] = "mail", [PARCEL_HOOK] = "sms", [PARCEL_FETCH] = "fetch"};

static const struct field {
    const char *name;
    size_t offset;
} fields[] = {
#define FIELD(f)                                                                                             \
    {                                                                                                        \
#f, offsetof(struct parcel, f)                                                                       \
    }
    FIELD(url),   FIELD(user),  FIELD(password), FIELD(from), FIELD(to),
    FIELD(token), FIELD(trust), FIELD(key),      FIELD(body),
#undef FIELD
};

const char *parcel_way_text(enum parcel_way way)
{
    ASSERT(way < PARCEL_KINDS);
    return ways[way];
}

bool parcel_way_from(struct str text, enum parcel_way *ret)
{
    for (int i = 0; i < PARCEL_KINDS; i++)
        if (str_is_text(text, ways[i])) return *ret = (enum parcel_way)i, true;
    return false;
}

bool parcel_token_is(struct str text)
{
    uint8_t bytes[(PARCEL_TOKEN_BYTES - 1) / 2];
    return text.bytes == PARCEL_TOKEN_BYTES - 1 && str_from_hex(text, bytes, sizeof bytes);
}

enum err parcel_write(const struct parcel *p, struct buf *to)
{
    struct json_out o;
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_text(&o, "way", parcel_way_text(p->way));
    json_put_int(&o, "made", p->made);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        const struct str *s = (const struct str *)(const void *)((const char *)p + fields[i].offset);
        json_put_str(&o, fields[i].name, s->at ? *s : (struct str){"", 0});
    }
    json_close(&o);
    return to->err;
}

static enum err fields_of(const struct json *root, struct parcel *ret)
{
    struct parcel p = {0};
    struct str way;
    if (!json_text(json_get(root, "way"), &way) || !parcel_way_from(way, &p.way) ||
        !json_int(json_get(root, "made"), &p.made) || json_count(root) != COUNT_OF(fields) + 2)
        return ERR_BAD_INPUT;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct str *s = (struct str *)(void *)((char *)&p + fields[i].offset);
        if (!json_text(json_get(root, fields[i].name), s)) return ERR_BAD_INPUT;
    }
    if (!parcel_token_is(p.token)) return ERR_BAD_INPUT;
    *ret = p;
    return OK;
}

enum err parcel_read(struct str text, struct json **ret_root, struct parcel *ret)
{
    struct json *root;
    enum err err = json_parse(text, &root, NULL);
    if (err) return err;
    err = fields_of(root, ret);
    if (err)
        json_free(root);
    else
        *ret_root = root;
    return err;
}

void parcel_sign(const struct parcel *p, char ret_hex[65])
{
    struct buf text;
    buf_init(&text, PARCEL_BYTES_MAX);
    buf_add_i64(&text, p->made);
    buf_add_char(&text, '.');
    buf_add_str(&text, p->body);
    struct digest_value mac = digest_hmac(p->key.at, p->key.bytes, text.at, text.bytes);
    str_hex(mac.at, sizeof mac.at, ret_hex);
    buf_done(&text);
}
