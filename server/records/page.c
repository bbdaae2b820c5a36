#include "records/page.h"
#include "base/cipher.h"
#include "records/records_own.h"

enum { WORD_MAX = 16384 };
static const char bound[] = "page";

enum err page_seal(struct records *r, struct arena *arena, const struct page *page, struct str *ret_word)
{
    const char *text =
        arena_printf(arena, "%c%.*s\n%.*s\n%.*s", page->is_lenient ? 'l' : 's', (int)page->path.bytes,
                     page->path.at, (int)page->query.bytes, page->query.at ? page->query.at : "",
                     (int)page->cursor.bytes, page->cursor.at);
    size_t bytes = text ? strlen(text) : 0;
    uint8_t *box = text ? arena_alloc(arena, bytes + CIPHER_BOX_BYTES) : NULL;
    char *word = box ? arena_alloc(arena, STR_BASE64_BYTES(bytes + CIPHER_BOX_BYTES)) : NULL;
    if (!word) return ERR_NOMEM;
    pthread_mutex_lock(&r->lock);
    enum err err = cipher_seal_box(r->page, bound, sizeof bound, text, bytes, box);
    pthread_mutex_unlock(&r->lock);
    if (!err) *ret_word = (struct str){word, str_base64url(box, bytes + CIPHER_BOX_BYTES, word)};
    return err;
}

enum err page_open(struct records *r, struct arena *arena, struct str word, struct page *ret)
{
    size_t n;
    if (word.bytes > WORD_MAX) return ERR_BAD_INPUT;
    uint8_t *box = arena_alloc(arena, word.bytes + 1);
    if (!box) return ERR_NOMEM;
    if (!str_from_base64url(word, box, word.bytes, &n) || n < CIPHER_BOX_BYTES + 1) return ERR_BAD_INPUT;
    char *text = arena_alloc(arena, n - CIPHER_BOX_BYTES + 1);
    if (!text) return ERR_NOMEM;
    pthread_mutex_lock(&r->lock);
    enum err err = cipher_open_box(r->page, bound, sizeof bound, box, n, text);
    pthread_mutex_unlock(&r->lock);
    if (err) return err == ERR_CORRUPT ? ERR_BAD_INPUT : err;
    struct str rest = {text + 1, n - CIPHER_BOX_BYTES - 1};
    ret->is_lenient = text[0] == 'l';
    ret->path = str_cut(&rest, '\n');
    ret->query = str_cut(&rest, '\n');
    ret->cursor = rest;
    return OK;
}
