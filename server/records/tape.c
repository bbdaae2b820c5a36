#include "records/tape.h"
#include "base/mem.h"
#include <stdio.h>

enum { NODES_FIRST = 64, NAMES_COMPARED = 12, NAME_BYTES_MAX = 128 };

struct level {
    uint32_t node, last; /* the open object or array; its newest child */
};

struct reader {
    const char *at, *end, *start;
    struct tape_node *nodes; /* on the heap while it grows, then copied */
    uint32_t count, room, nodes_max;
    struct level levels[TAPE_DEPTH_MAX];
    int depth;
    enum err err;
    const char *why;
    const char *where; /* of the fault */
    struct str name;   /* read, and not yet put on its value's node */
};

static bool fail(struct reader *r, const char *why, const char *where)
{
    if (!r->err) {
        r->err = ERR_BAD_INPUT;
        r->why = why;
        r->where = where;
    }
    return false;
}

static bool grow(struct reader *r)
{
    uint32_t room = r->room ? r->room * 2 : NODES_FIRST;
    if (r->count >= r->nodes_max) {
        r->err = ERR_LIMIT;
        r->why = "too many values";
        r->where = r->at;
        return false;
    }
    struct tape_node *nodes = mem_resize(r->nodes, (size_t)room * sizeof *nodes);
    if (!nodes) {
        r->err = ERR_NOMEM;
        return false;
    }
    r->nodes = nodes;
    r->room = room;
    return true;
}

static struct tape_node *node_add(struct reader *r, enum tape_kind kind, const char *at)
{
    if ((r->count == r->room || r->count >= r->nodes_max) && !grow(r)) return NULL;
    struct tape_node *n = &r->nodes[r->count++];
    *n = (struct tape_node){.kind = (uint8_t)kind, .at = (uint32_t)(at - r->start), .end = r->count};
    if (r->name.bytes) {
        n->name_at = (uint32_t)(r->name.at - r->start);
        n->name_bytes = (uint16_t)r->name.bytes;
        r->name.bytes = 0;
    }
    return n;
}

static void skip_blank(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Four hexadecimal digits at p, or -1. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t n = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);
        if (digit < 0) return -1;
        n = n << 4 | digit;
    }
    return n;
}

/* At the backslash. Accepts one escape, both halves of a surrogate pair together. */
static bool skip_escape(struct reader *r)
{
    const char *from = r->at++;
    if (r->at == r->end) return fail(r, "the text does not end", from);
    char c = *r->at++;
    if (c != 'u')
        return memchr("\"\\/bfnrt", c, 8) ? true : fail(r, "an escape that JSON does not know", from);
    int32_t unit = hex4(r->at, r->end);
    if (unit < 0) return fail(r, "\\u without four hexadecimal digits", from);
    r->at += 4;
    if (unit == 0) return fail(r, "the character U+0000", from);
    if (unit < 0xd800 || unit > 0xdfff) return true;
    if (unit > 0xdbff || r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u')
        return fail(r, "half of a surrogate pair", from);
    int32_t low = hex4(r->at + 2, r->end);
    if (low < 0xdc00 || low > 0xdfff) return fail(r, "half of a surrogate pair", from);
    r->at += 6;
    return true;
}

/* One character of two to four bytes (RFC 3629 §4). */
static bool skip_wide(struct reader *r)
{
    const unsigned char *p = (const unsigned char *)r->at, *end = (const unsigned char *)r->end;
    unsigned least = 0x80, most = 0xbf;
    int more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
    if (p[0] < 0xc2 || p[0] > 0xf4 || end - p <= more) return fail(r, "bytes that are not UTF-8", r->at);
    if (p[0] == 0xe0) least = 0xa0;
    if (p[0] == 0xed) most = 0x9f;
    if (p[0] == 0xf0) least = 0x90;
    if (p[0] == 0xf4) most = 0x8f;
    if (p[1] < least || p[1] > most) return fail(r, "bytes that are not UTF-8", r->at);
    for (int i = 2; i <= more; i++)
        if (p[i] < 0x80 || p[i] > 0xbf) return fail(r, "bytes that are not UTF-8", r->at);
    r->at += more + 1;
    return true;
}

/* Eight bytes at once, as long as none of them is a quote, a backslash, a control character, or above ASCII. */
static void skip_plain(struct reader *r)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (r->end - r->at >= 8) {
        uint64_t w;
        memcpy(&w, r->at, 8);
        uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
        uint64_t stop = (w - ones * 0x20) | (quote - ones) | (slash - ones) | w;
        if (stop & highs) return;
        r->at += 8;
    }
}

/* After the opening quote; leaves r->at after the closing one. */
static bool skip_text(struct reader *r, bool *ret_escaped)
{
    const char *from = r->at;
    *ret_escaped = false;
    for (;;) {
        skip_plain(r);
        if (r->at == r->end) return fail(r, "the text does not end", from);
        unsigned char c = (unsigned char)*r->at;
        if (c == '"') {
            r->at++;
            return true;
        }
        if (c < 0x20) return fail(r, "a control character in a text", r->at);
        if (c == '\\') {
            *ret_escaped = true;
            if (!skip_escape(r)) return false;
        } else if (c < 0x80) {
            r->at++;
        } else if (!skip_wide(r)) {
            return false;
        }
    }
}

static bool skip_digits(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > from;
}

/* RFC 8259 §6. */
static bool skip_number(struct reader *r)
{
    const char *from = r->at;
    if (*r->at == '-') r->at++;
    if (r->at < r->end && *r->at == '0')
        r->at++;
    else if (!skip_digits(r))
        return fail(r, "a number without digits", from);
    if (r->at < r->end && *r->at >= '0' && *r->at <= '9') return fail(r, "a number that begins with 0", from);
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (!skip_digits(r)) return fail(r, "a number that ends with a point", from);
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        if (!skip_digits(r)) return fail(r, "a number whose exponent has no digits", from);
    }
    return true;
}

static bool read_word(struct reader *r, const char *word, enum tape_kind kind)
{
    size_t bytes = strlen(word);
    if ((size_t)(r->end - r->at) < bytes || memcmp(r->at, word, bytes) != 0)
        return fail(r, "neither a value nor a bracket", r->at);
    struct tape_node *n = node_add(r, kind, r->at);
    if (!n) return false;
    n->bytes = (uint32_t)bytes;
    r->at += bytes;
    return true;
}

static bool open_level(struct reader *r, enum tape_kind kind)
{
    if (r->depth == TAPE_DEPTH_MAX) return fail(r, "too many levels", r->at);
    struct tape_node *n = node_add(r, kind, r->at);
    if (!n) return false;
    r->levels[r->depth++] = (struct level){r->count - 1, TAPE_NONE};
    r->at++;
    return true;
}

/* One value, or the opening bracket of one. */
static bool read_value(struct reader *r)
{
    skip_blank(r);
    if (r->at == r->end) return fail(r, "the body ends too early", r->at);
    const char *from = r->at;
    struct tape_node *n;
    switch (*r->at) {
    case '{':
        return open_level(r, TAPE_OBJECT);
    case '[':
        return open_level(r, TAPE_ARRAY);
    case '"':
        if (!(n = node_add(r, TAPE_TEXT, from + 1))) return false;
        r->at++;
        if (!skip_text(r, &n->is_escaped)) return false;
        n->bytes = (uint32_t)(r->at - from - 2);
        return true;
    case 't':
        return read_word(r, "true", TAPE_TRUE);
    case 'f':
        return read_word(r, "false", TAPE_FALSE);
    case 'n':
        return read_word(r, "null", TAPE_NULL);
    default:
        if (*r->at != '-' && (*r->at < '0' || *r->at > '9'))
            return fail(r, "neither a value nor a bracket", from);
        if (!(n = node_add(r, TAPE_NUMBER, from)) || !skip_number(r)) return false;
        n->bytes = (uint32_t)(r->at - from);
        return true;
    }
}

static struct str name_of(const struct reader *r, const struct tape_node *n)
{
    return (struct str){r->start + n->name_at, n->name_bytes};
}

/* Objects of FHIR are small: the newest name is compared with those before it. The node that is checked is the last one. */
static bool name_is_new(struct reader *r, uint32_t object, struct str name, const char *where)
{
    uint32_t child = object + 1;
    for (uint32_t i = 0; i < r->nodes[object].count; i++, child = r->nodes[child].end)
        if (str_is(name_of(r, &r->nodes[child]), name)) return fail(r, "a name given twice", where);
    return true;
}

static uint32_t name_hash(struct str name)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < name.bytes; i++)
        h = (h ^ (unsigned char)name.at[i]) * 16777619u;
    return h ^ h >> 15;
}

/* A larger object, compared at its end by a table of its names: hostile bodies cost no more than honest ones. */
static bool names_differ(struct reader *r, uint32_t object)
{
    uint32_t room = 32, child = object + 1;
    while (room < r->nodes[object].count * 2)
        room *= 2;
    uint32_t *table = mem_zalloc(room * sizeof *table);
    if (!table) {
        r->err = ERR_NOMEM;
        return false;
    }
    bool differ = true;
    for (uint32_t i = 0; i < r->nodes[object].count && differ; i++, child = r->nodes[child].end) {
        struct str name = name_of(r, &r->nodes[child]);
        uint32_t place = name_hash(name) & (room - 1);
        for (; table[place] && differ; place = (place + 1) & (room - 1))
            if (str_is(name_of(r, &r->nodes[table[place]]), name))
                differ = fail(r, "a name given twice", name.at);
        if (differ) table[place] = child;
    }
    mem_free(table);
    return differ;
}

/* "name" and its colon, at the opening quote. */
static bool read_name(struct reader *r, uint32_t object)
{
    const char *from = r->at;
    bool is_escaped;
    if (r->at == r->end || *r->at != '"') return fail(r, "a name in quotes is wanted here", from);
    r->at++;
    if (!skip_text(r, &is_escaped)) return false;
    struct str name = {from + 1, (size_t)(r->at - from - 2)};
    if (is_escaped) return fail(r, "a name with an escape", from);
    if (name.bytes == 0 || name.bytes > NAME_BYTES_MAX)
        return fail(r, "a name that is empty or too long", from);
    if (r->nodes[object].count < NAMES_COMPARED && !name_is_new(r, object, name, from)) return false;
    skip_blank(r);
    if (r->at == r->end || *r->at != ':') return fail(r, "a colon is wanted after the name", r->at);
    r->at++;
    r->name = name;
    return true;
}

static bool read_child(struct reader *r)
{
    struct level *level = &r->levels[r->depth - 1];
    uint32_t parent = level->node;
    if (r->nodes[parent].kind == TAPE_OBJECT && !read_name(r, parent)) return false;
    level->last = r->count; /* before it is read: a fault inside it names it */
    if (!read_value(r)) return false;
    r->nodes[parent].count++;
    return true;
}

static bool close_level(struct reader *r)
{
    struct tape_node *n = &r->nodes[r->levels[r->depth - 1].node];
    r->at++;
    n->bytes = (uint32_t)(r->at - r->start) - n->at;
    n->end = r->count;
    if (n->kind == TAPE_OBJECT && n->count > NAMES_COMPARED && !names_differ(r, r->levels[r->depth - 1].node))
        return false;
    r->depth--;
    return true;
}

/* Between two children, or at the end of an open level. */
static bool read_step(struct reader *r)
{
    const struct tape_node *open = &r->nodes[r->levels[r->depth - 1].node];
    char close = open->kind == TAPE_OBJECT ? '}' : ']';
    skip_blank(r);
    if (r->at == r->end) return fail(r, "the body ends too early", r->at);
    if (*r->at == close) return close_level(r);
    if (open->count) {
        if (*r->at != ',') return fail(r, "a comma or the closing bracket is wanted here", r->at);
        r->at++;
        skip_blank(r);
    }
    return read_child(r);
}

static bool read_all(struct reader *r)
{
    if (!read_value(r)) return false;
    while (r->depth > 0)
        if (!read_step(r)) return false;
    skip_blank(r);
    return r->at == r->end ? true : fail(r, "bytes after the value", r->at);
}

/* The open levels' newest children: name[0].given[1] */
static void write_path(const struct reader *r, char path[TAPE_PATH_BYTES])
{
    size_t n = 0;
    path[0] = 0;
    for (int i = 0; i < r->depth && n < TAPE_PATH_BYTES - 1; i++) {
        const struct tape_node *open = &r->nodes[r->levels[i].node];
        uint32_t last = r->levels[i].last;
        if (last == TAPE_NONE) return;
        size_t room = TAPE_PATH_BYTES - n;
        int more = 0;
        if (open->kind == TAPE_ARRAY)
            more = snprintf(path + n, room, "[%u]", open->count - (last < r->count && i + 1 < r->depth));
        else if (last < r->count && r->nodes[last].name_bytes)
            more = snprintf(path + n, room, "%s%.*s", n ? "." : "", (int)r->nodes[last].name_bytes,
                            r->start + r->nodes[last].name_at);
        n += more > 0 ? (size_t)more : 0;
    }
}

enum err tape_read(struct arena *arena, struct str body, uint32_t nodes_max, struct tape *ret_tape,
                   struct tape_fault *ret_fault)
{
    struct reader r = {.start = body.at ? body.at : "", .nodes_max = nodes_max};
    if (body.bytes >= UINT32_MAX) return ERR_LIMIT;
    r.at = r.start;
    r.end = r.start + body.bytes;
    if (read_all(&r)) {
        struct tape_node *nodes = arena_copy(arena, r.nodes, (size_t)r.count * sizeof *nodes);
        if (nodes)
            *ret_tape = (struct tape){{r.start, body.bytes}, nodes, r.count};
        else
            r.err = ERR_NOMEM;
    } else if (r.why && ret_fault) {
        ret_fault->why = r.why;
        ret_fault->byte = (uint32_t)(r.where - r.start);
        write_path(&r, ret_fault->path);
    }
    mem_free(r.nodes);
    return r.err;
}

/* -- reading it -- */

uint32_t tape_get(const struct tape *t, uint32_t node, struct str name)
{
    if (node >= t->count || t->nodes[node].kind != TAPE_OBJECT) return TAPE_NONE;
    uint32_t child = node + 1;
    for (uint32_t i = 0; i < t->nodes[node].count; i++, child = t->nodes[child].end)
        if (str_is(tape_name(t, child), name)) return child;
    return TAPE_NONE;
}

uint32_t tape_at(const struct tape *t, uint32_t node, uint32_t i)
{
    if (node >= t->count || t->nodes[node].kind != TAPE_ARRAY || i >= t->nodes[node].count) return TAPE_NONE;
    uint32_t child = node + 1;
    while (i--)
        child = t->nodes[child].end;
    return child;
}

uint32_t tape_extension(const struct tape *t, uint32_t node, const char *url)
{
    uint32_t all = tape_get(t, node, STR("extension"));
    if (all == TAPE_NONE || t->nodes[all].kind != TAPE_ARRAY) return TAPE_NONE;
    for (uint32_t i = all + 1; i < t->nodes[all].end; i = t->nodes[i].end) {
        uint32_t name = tape_get(t, i, STR("url"));
        if (name != TAPE_NONE && tape_is_text(t, name, url)) return i;
    }
    return TAPE_NONE;
}

struct str tape_name(const struct tape *t, uint32_t node)
{
    const struct tape_node *n = &t->nodes[node];
    return (struct str){t->body.at + n->name_at, n->name_bytes};
}

struct str tape_raw(const struct tape *t, uint32_t node)
{
    const struct tape_node *n = &t->nodes[node];
    uint32_t quote = n->kind == TAPE_TEXT;
    return (struct str){t->body.at + n->at - quote, n->bytes + 2 * quote};
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* The escape after a backslash at p, known to be good; the text never grows. */
static const char *undo_escape(const char *p, const char *end, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    if (*p != 'u') {
        *(*to)++ = into[(const char *)memchr(from, *p, 8) - from];
        return p + 1;
    }
    uint32_t c = (uint32_t)hex4(p + 1, end);
    p += 5;
    if (c >= 0xd800 && c <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)hex4(p + 2, end) - 0xdc00);
        p += 6;
    }
    *to = put_utf8(*to, c);
    return p;
}

bool tape_text(const struct tape *t, uint32_t node, struct arena *arena, struct str *ret_text)
{
    if (node >= t->count || t->nodes[node].kind != TAPE_TEXT) return false;
    const struct tape_node *n = &t->nodes[node];
    const char *p = t->body.at + n->at, *end = p + n->bytes;
    if (!n->is_escaped) {
        *ret_text = (struct str){p, n->bytes};
        return true;
    }
    char *text = arena_alloc(arena, n->bytes), *to = text;
    if (!text) return false;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash ? slash : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (slash) p = undo_escape(p + 1, end, &to);
    }
    *ret_text = (struct str){text, (size_t)(to - text)};
    return true;
}

bool tape_is_text(const struct tape *t, uint32_t node, const char *text)
{
    if (node >= t->count || t->nodes[node].kind != TAPE_TEXT || t->nodes[node].is_escaped) return false;
    return str_is_text((struct str){t->body.at + t->nodes[node].at, t->nodes[node].bytes}, text);
}
