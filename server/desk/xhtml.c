#include "desk/xhtml.h"
#include "base/buf.h"

enum { TEXT_BYTES_MAX = 4 << 20 };

static bool is_block_tag(struct str tag)
{
    static const char *const blocks[] = {"p", "br", "div", "li", "tr", "h1", "h2", "h3"};
    if (tag.bytes && tag.at[0] == '/') tag.at++, tag.bytes--;
    struct str name = str_cut(&tag, ' ');
    if (name.bytes && name.at[name.bytes - 1] == '/') name.bytes--;
    for (size_t i = 0; i < COUNT_OF(blocks); i++)
        if (str_is_nocase(name, str_of(blocks[i]))) return true;
    return false;
}

static void put_entity(struct buf *to, struct str name)
{
    static const char *const known[][2] = {{"lt", "<"},   {"gt", ">"},  {"amp", "&"},  {"quot", "\""},
                                           {"apos", "'"}, {"#39", "'"}, {"#160", " "}, {"nbsp", " "}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is_text(name, known[i][0])) {
            buf_add_text(to, known[i][1]);
            return;
        }
}

static bool is_line_start(const struct buf *to)
{
    return to->bytes == 0 || to->at[to->bytes - 1] == '\n';
}

/* XHTML's blanks are one, and none at the start of a line. */
static void put_char(struct buf *to, char c)
{
    bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_blank)
        buf_add_char(to, c);
    else if (!is_line_start(to) && to->at[to->bytes - 1] != ' ')
        buf_add_char(to, ' ');
}

static void end_line(struct buf *to)
{
    while (to->bytes > 0 && to->at[to->bytes - 1] == ' ')
        to->bytes--;
    if (!is_line_start(to)) buf_add_char(to, '\n');
}

static void put_lines(struct str div, struct buf *to)
{
    while (div.bytes && !to->err) {
        char c = div.at[0];
        div.at++, div.bytes--;
        if (c == '<') {
            if (is_block_tag(str_cut(&div, '>'))) end_line(to);
        } else if (c == '&') {
            put_entity(to, str_cut(&div, ';'));
        } else {
            put_char(to, c);
        }
    }
    while (to->bytes > 0 && (to->at[to->bytes - 1] == '\n' || to->at[to->bytes - 1] == ' '))
        to->bytes--;
}

enum err xhtml_plain(struct arena *arena, struct str div, struct str *ret_text)
{
    struct buf to;
    buf_init(&to, TEXT_BYTES_MAX);
    put_lines(div, &to);
    const char *copy = to.err ? NULL : arena_text(arena, to.at ? to.at : "", to.bytes);
    enum err err = to.err ? to.err : copy ? OK : ERR_NOMEM;
    if (!err) *ret_text = (struct str){copy, to.bytes};
    buf_done(&to);
    return err;
}
