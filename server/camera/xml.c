#include "camera/xml.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str trim(struct str s)
{
    while (s.bytes > 0 && is_blank(s.at[0]))
        s.at++, s.bytes--;
    while (s.bytes > 0 && is_blank(s.at[s.bytes - 1]))
        s.bytes--;
    return s;
}

static void skip(struct str *s, size_t bytes)
{
    s->at += bytes;
    s->bytes -= bytes;
}

static size_t find(struct str s, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= s.bytes; i++)
        if (memcmp(s.at + i, what, n) == 0) return i;
    return s.bytes;
}

/* The end of a tag: ">" in quotes is none. */
static size_t tag_end(struct str s)
{
    char quote = '\0';
    for (size_t i = 0; i < s.bytes; i++) {
        if (quote ? s.at[i] == quote : s.at[i] == '"' || s.at[i] == '\'')
            quote = quote ? '\0' : s.at[i];
        else if (!quote && s.at[i] == '>')
            return i;
    }
    return s.bytes;
}

static struct str name_of(struct str tag)
{
    size_t n = 0;
    while (n < tag.bytes && !is_blank(tag.at[n]) && tag.at[n] != '/')
        n++;
    return (struct str){tag.at, n};
}

static struct str local(struct str name)
{
    size_t colon = find(name, ":");
    if (colon < name.bytes) skip(&name, colon + 1);
    return name;
}

void xml_begin(struct xml *x, struct str text)
{
    *x = (struct xml){.rest = text};
}

static enum err read_open(struct xml *x, struct str tag, struct xml_part *ret)
{
    bool is_empty = tag.bytes > 0 && tag.at[tag.bytes - 1] == '/';
    if (is_empty) tag.bytes--;
    struct str name = name_of(tag);
    if (name.bytes == 0 || x->depth == XML_DEPTH_MAX || (x->depth == 0 && x->is_begun)) return ERR_BAD_INPUT;
    skip(&tag, name.bytes);
    x->open[x->depth++] = name;
    x->is_begun = true;
    x->is_closing = is_empty;
    *ret = (struct xml_part){.kind = XML_OPEN, .attributes = trim(tag)};
    return OK;
}

static enum err read_close(struct xml *x, struct str tag, struct xml_part *ret)
{
    if (x->depth == 0 || !str_is(trim(tag), x->open[x->depth - 1])) return ERR_BAD_INPUT;
    x->depth--;
    *ret = (struct xml_part){.kind = XML_CLOSE};
    return OK;
}

static enum err read_text(struct xml *x, struct xml_part *ret)
{
    struct str text = {x->rest.at, find(x->rest, "<")};
    skip(&x->rest, text.bytes);
    *ret = (struct xml_part){.kind = XML_TEXT, .text = trim(text)};
    return x->depth > 0 || ret->text.bytes == 0 ? OK : ERR_BAD_INPUT;
}

/* Remarks and instructions say nothing to us. */
static enum err skip_remarks(struct xml *x)
{
    while (str_starts(x->rest, STR("<!--")) || str_starts(x->rest, STR("<?"))) {
        const char *end = x->rest.at[1] == '!' ? "-->" : "?>";
        size_t at = find(x->rest, end);
        if (at == x->rest.bytes) return ERR_BAD_INPUT;
        skip(&x->rest, at + strlen(end));
    }
    return OK;
}

enum err xml_next(struct xml *x, struct xml_part *ret)
{
    if (x->is_closing) {
        x->is_closing = false;
        x->depth--;
        *ret = (struct xml_part){.kind = XML_CLOSE};
        return OK;
    }
    if (skip_remarks(x)) return ERR_BAD_INPUT;
    if (x->rest.bytes == 0) {
        *ret = (struct xml_part){.kind = XML_END};
        return x->depth == 0 && x->is_begun ? OK : ERR_BAD_INPUT;
    }
    if (x->rest.at[0] != '<') return read_text(x, ret);
    skip(&x->rest, 1);
    size_t end = tag_end(x->rest);
    if (end == x->rest.bytes || x->rest.at[0] == '!') return ERR_BAD_INPUT;
    struct str tag = {x->rest.at, end};
    skip(&x->rest, end + 1);
    if (tag.bytes == 0 || tag.at[0] != '/') return read_open(x, tag, ret);
    skip(&tag, 1);
    return read_close(x, tag, ret);
}

bool xml_is_in(const struct xml *x, const char *const names[], int count)
{
    if (count > x->depth) return false;
    for (int i = 0; i < count; i++)
        if (!str_is_text(local(x->open[x->depth - count + i]), names[i])) return false;
    return true;
}

bool xml_attribute(struct str attributes, const char *name, struct str *ret)
{
    while (attributes.bytes > 0) {
        struct str key = trim(str_cut(&attributes, '='));
        attributes = trim(attributes);
        if (attributes.bytes == 0 || (attributes.at[0] != '"' && attributes.at[0] != '\'')) return false;
        char quote = attributes.at[0];
        skip(&attributes, 1);
        struct str value = {attributes.at, 0};
        while (value.bytes < attributes.bytes && attributes.at[value.bytes] != quote)
            value.bytes++;
        if (value.bytes == attributes.bytes) return false;
        skip(&attributes, value.bytes + 1);
        attributes = trim(attributes);
        if (!str_is_text(key, name)) continue;
        *ret = value;
        return true;
    }
    return false;
}
