#include "desk/xhtml.h"
#include "base/buf.h"

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

enum err xhtml_plain(struct arena *arena, struct str div, struct str *ret_text)
{
    struct buf to;
    buf_init(&to, 4 << 20);
    while (div.bytes) {
        char c = div.at[0];
        div.at++, div.bytes--;
        if (c == '<') {
            if (is_block_tag(str_cut(&div, '>')) && to.bytes && to.at[to.bytes - 1] != '\n')
                buf_add_char(&to, '\n');
        } else if (c == '&') {
            put_entity(&to, str_cut(&div, ';'));
        } else {
            buf_add_char(&to, c);
        }
    }
    while (to.bytes && to.at[to.bytes - 1] == '\n')
        to.bytes--;
    const char *copy = to.err ? NULL : arena_text(arena, to.at ? to.at : "", to.bytes);
    enum err err = to.err ? to.err : copy ? OK : ERR_NOMEM;
    if (!err) *ret_text = (struct str){copy, to.bytes};
    buf_done(&to);
    return err;
}
