/* The page's place: see records/search_walk.h. */
#include "base/buf.h"
#include "records/search_walk.h"

static bool read_key(struct search_walk *w, struct str text, struct search_key *ret)
{
    *ret = (struct search_key){0};
    if (text.bytes == 0) return false;
    char kind = text.at[0];
    text.at++, text.bytes--;
    if (kind == 'n') return text.bytes == 0;
    if (kind == 'i') {
        uint64_t bits;
        if (!str_to_u64(text, &bits)) return false;
        ret->kind = SEARCH_KEY_NUMBER;
        memcpy(&ret->number, &bits, sizeof bits);
        return true;
    }
    char *bytes = arena_alloc(w->s.who->arena, text.bytes / 2 + 1);
    if (kind != 't' || !bytes || text.bytes % 2 || !str_from_hex(text, bytes, text.bytes / 2)) return false;
    *ret = (struct search_key){.kind = SEARCH_KEY_TEXT, .text = {bytes, text.bytes / 2}};
    return true;
}

bool search_cursor_read(struct search_walk *w)
{
    struct str rest = w->query->page;
    if (rest.bytes == 0) return true;
    w->has_cursor = true;
    if (!str_to_i64(str_cut(&rest, ';'), &w->cursor.row)) return false;
    for (uint32_t i = 0; i < w->query->sort_count; i++)
        if (!read_key(w, str_cut(&rest, ';'), &w->cursor.keys[i])) return false;
    return rest.bytes == 0;
}

enum err search_cursor_write(struct search_walk *w, const struct search_match *m, struct str *ret)
{
    struct buf to;
    buf_init(&to, 1 << 16);
    buf_add_i64(&to, m->row);
    for (uint32_t i = 0; i < w->query->sort_count; i++) {
        const struct search_key *key = &m->keys[i];
        uint64_t bits;
        memcpy(&bits, &key->number, sizeof bits);
        buf_add_char(&to, ';');
        if (key->kind == SEARCH_KEY_NUMBER) {
            buf_add_char(&to, 'i');
            buf_add_u64(&to, bits);
        } else {
            buf_add_char(&to, key->kind == SEARCH_KEY_NONE ? 'n' : 't');
            for (size_t k = 0; key->kind == SEARCH_KEY_TEXT && k < key->text.bytes; k++)
                buf_printf(&to, "%02x", (uint8_t)key->text.at[k]);
        }
    }
    char *copy = to.err ? NULL : arena_text(w->s.who->arena, to.at, to.bytes);
    *ret = (struct str){copy, to.bytes};
    enum err err = to.err ? to.err : copy ? OK : ERR_NOMEM;
    buf_done(&to);
    return err;
}
