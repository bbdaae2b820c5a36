#include "paper/paper_order.h"
#include "base/mem.h"

static const struct field {
    const char *name;
    size_t offset;
} fields[] = {
#define FIELD(f)                                                                                             \
    {                                                                                                        \
#f, offsetof(struct paper, f)                                                                        \
    }
    FIELD(site), FIELD(title), FIELD(subject), FIELD(mark), FIELD(foot),
#undef FIELD
};
enum { OTHERS = 3 }; /* english, made, blocks */

/* -- writing -- */

/* How many bytes of text stand at s that may be drawn; 0: they may not. */
static size_t good_bytes(struct str s)
{
    unsigned char c = (unsigned char)s.at[0];
    if (c == '\n') return 1;
    if (c < 0x20 || c == 0x7f) return 0;
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return n <= s.bytes && str_is_utf8((struct str){s.at, n}) ? n : 0;
}

static void put(struct json_out *o, struct buf *clean, const char *name, struct str s)
{
    buf_clear(clean);
    while (s.bytes) {
        size_t n = good_bytes(s);
        if (n)
            buf_add(clean, s.at, n);
        else
            buf_add_text(clean, "\xef\xbf\xbd");
        s.at += n ? n : 1, s.bytes -= n ? n : 1;
    }
    if (clean->err) o->to->err = clean->err; /* which the next text would clear */
    json_put_str(o, name, clean->bytes ? buf_str(clean) : STR(""));
}

static void put_block(struct json_out *o, struct buf *clean, const struct paper_block *b)
{
    int last = PAPER_CELLS;
    while (last > 0 && b->cells[last - 1].bytes == 0)
        last--;
    json_open_array(o, NULL);
    json_put_int(o, NULL, b->kind);
    for (int i = 0; i < last; i++)
        put(o, clean, NULL, b->cells[i]);
    json_close_array(o);
}

enum err paper_order_write(const struct paper *p, struct buf *to)
{
    struct json_out o;
    struct buf clean;
    buf_init(&clean, PAPER_ORDER_BYTES_MAX);
    json_out_init(&o, to);
    json_open(&o, NULL);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        put(&o, &clean, fields[i].name,
            *(const struct str *)(const void *)((const char *)p + fields[i].offset));
    json_put_bool(&o, "english", p->is_english);
    json_put_int(&o, "made", p->made.ms);
    json_open_array(&o, "blocks");
    for (const struct paper_block *b = p->first; b; b = b->next)
        put_block(&o, &clean, b);
    json_close_array(&o);
    json_close(&o);
    buf_done(&clean);
    return to->err;
}

/* -- reading -- */

static enum err read_block(const struct json *v, struct arena *arena, struct paper *p)
{
    int64_t kind;
    size_t n = json_is_array(v) ? json_count(v) : 0;
    if (n < 1 || n > PAPER_CELLS + 1 || !json_int(json_at(v, 0), &kind) || kind < 0 || kind > PAPER_CODE)
        return ERR_BAD_INPUT;
    if (p->count == PAPER_BLOCKS_MAX) return ERR_LIMIT;
    struct paper_block *b = paper_add(p, arena, (enum paper_kind)kind, STR(""));
    if (!b) return ERR_NOMEM;
    for (size_t i = 1; i < n; i++)
        if (!json_text(json_at(v, i), &b->cells[i - 1])) return ERR_BAD_INPUT;
    return OK;
}

static enum err read_paper(const struct json *root, struct arena *arena, struct paper *p)
{
    const struct json *blocks = json_get(root, "blocks");
    if (json_count(root) != COUNT_OF(fields) + OTHERS ||
        !json_bool(json_get(root, "english"), &p->is_english) ||
        !json_int(json_get(root, "made"), &p->made.ms) || !json_is_array(blocks))
        return ERR_BAD_INPUT;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (!json_text(json_get(root, fields[i].name), (struct str *)(void *)((char *)p + fields[i].offset)))
            return ERR_BAD_INPUT;
    enum err err = OK;
    for (size_t i = 0; i < json_count(blocks) && !err; i++)
        err = read_block(json_at(blocks, i), arena, p);
    return err;
}

enum err paper_order_read(struct str text, struct arena *arena, struct json **ret_root, struct paper *ret)
{
    struct json *root;
    struct paper p = {0};
    enum err err = json_parse(text, &root, NULL);
    if (err) return err;
    err = json_is_object(root) ? read_paper(root, arena, &p) : ERR_BAD_INPUT;
    if (err)
        json_free(root);
    else
        *ret_root = root, *ret = p;
    return err;
}
