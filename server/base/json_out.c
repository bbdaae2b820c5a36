#include "base/json.h"
#include <stdio.h>

void json_out_init(struct json_out *o, struct buf *to)
{
    *o = (struct json_out){.to = to};
}

/* RFC 8259 §7: only what must be escaped is; the text is UTF-8 already. */
static void put_quoted(struct buf *to, struct str text)
{
    size_t from = 0;
    if (!text.at) text.at = "";
    buf_add_char(to, '"');
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c >= ' ' && c != '"' && c != '\\') continue;
        buf_add(to, text.at + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\')
            buf_add(to, (char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            buf_add_text(to, "\\n");
        else if (c == '\t')
            buf_add_text(to, "\\t");
        else
            buf_printf(to, "\\u%04x", c);
    }
    buf_add(to, text.at + from, text.bytes - from);
    buf_add_char(to, '"');
}

static void begin(struct json_out *o, const char *key)
{
    if (o->comma[o->depth]) buf_add_char(o->to, ',');
    o->comma[o->depth] = true;
    if (!key) return;
    put_quoted(o->to, str_of(key));
    buf_add_char(o->to, ':');
}

static void open_with(struct json_out *o, const char *key, char bracket)
{
    begin(o, key);
    ASSERT(o->depth < JSON_DEPTH_MAX);
    buf_add_char(o->to, bracket);
    o->comma[++o->depth] = false;
}

static void close_with(struct json_out *o, char bracket)
{
    ASSERT(o->depth > 0);
    o->depth--;
    buf_add_char(o->to, bracket);
}

void json_open(struct json_out *o, const char *key)
{
    open_with(o, key, '{');
}

void json_close(struct json_out *o)
{
    close_with(o, '}');
}

void json_open_array(struct json_out *o, const char *key)
{
    open_with(o, key, '[');
}

void json_close_array(struct json_out *o)
{
    close_with(o, ']');
}

void json_put_str(struct json_out *o, const char *key, struct str text)
{
    begin(o, key);
    put_quoted(o->to, text);
}

void json_put_text(struct json_out *o, const char *key, const char *text)
{
    if (text)
        json_put_str(o, key, str_of(text));
    else
        json_put_null(o, key);
}

void json_put_int(struct json_out *o, const char *key, int64_t n)
{
    begin(o, key);
    buf_add_i64(o->to, n);
}

void json_put_bool(struct json_out *o, const char *key, bool b)
{
    begin(o, key);
    buf_add_text(o->to, b ? "true" : "false");
}

void json_put_null(struct json_out *o, const char *key)
{
    begin(o, key);
    buf_add_text(o->to, "null");
}

void json_put_instant(struct json_out *o, const char *key, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    if (at.ms == 0) {
        json_put_null(o, key);
        return;
    }
    instant_text(at, text);
    json_put_text(o, key, text);
}

void json_put_raw(struct json_out *o, const char *key, struct str json)
{
    begin(o, key);
    buf_add_str(o->to, json);
}
