#include "store/words.h"

struct words words_of(struct str text, const char *title)
{
    struct words w = {.rest = text};
    if (text.bytes && text.at[text.bytes - 1] == '\n') w.rest.bytes--;
    struct str want = str_of(title);
    if (!str_starts(w.rest, want)) w.is_bad = true;
    if (w.is_bad) return w;
    w.rest.at += want.bytes, w.rest.bytes -= want.bytes;
    if (w.rest.bytes && str_cut(&w.rest, ' ').bytes != 0) w.is_bad = true;
    return w;
}

static struct str take(struct words *w, const char *name, char until)
{
    struct str word = until ? str_cut(&w->rest, until) : w->rest, key;
    if (!until) w->rest = (struct str){0};
    bool has_value = word.bytes && memchr(word.at, '=', word.bytes);
    key = str_cut(&word, '=');
    if (!has_value || !str_is_text(key, name)) w->is_bad = true;
    return word;
}

void words_hex(struct words *w, const char *name, void *ret_bytes, size_t bytes)
{
    if (!str_from_hex(take(w, name, ' '), ret_bytes, bytes)) w->is_bad = true;
}

void words_int(struct words *w, const char *name, int64_t *ret_n)
{
    if (!str_to_i64(take(w, name, ' '), ret_n) || *ret_n < 0) w->is_bad = true;
}

void words_instant(struct words *w, const char *name, struct instant *ret_at)
{
    if (!instant_from_text(take(w, name, ' '), ret_at)) w->is_bad = true;
}

static void copy(struct words *w, struct str value, char *ret_text, size_t room)
{
    if (value.bytes >= room || (value.bytes && memchr(value.at, 0, value.bytes))) {
        w->is_bad = true;
        value.bytes = 0;
    }
    if (value.bytes) memcpy(ret_text, value.at, value.bytes);
    ret_text[value.bytes] = 0;
}

void words_text(struct words *w, const char *name, char *ret_text, size_t room)
{
    copy(w, take(w, name, ' '), ret_text, room);
}

void words_rest(struct words *w, const char *name, char *ret_text, size_t room)
{
    copy(w, take(w, name, 0), ret_text, room);
}

bool words_end(struct words *w)
{
    return !w->is_bad && w->rest.bytes == 0;
}
