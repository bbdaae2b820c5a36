#include "records/code_line.h"

enum { FIELDS_MAX = 3 };

/* In quotes: up to the one that no other follows; those doubled are one. Moves *rest behind it. */
static bool unquote(struct str *rest, char *to, size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 1; i < rest->bytes; i++) {
        bool is_quote = rest->at[i] == '"',
             is_doubled = is_quote && i + 1 < rest->bytes && rest->at[i + 1] == '"';
        if (is_quote && !is_doubled) {
            *rest = (struct str){rest->at + i + 1, rest->bytes - i - 1};
            *ret_n = n;
            return true;
        }
        i += is_doubled;
        to[n++] = rest->at[i];
    }
    return false;
}

/* Moves *rest behind the field's comma; *ret_last: there is none. */
static enum err field(struct arena *arena, struct str *rest, struct str *ret, bool *ret_last)
{
    bool is_quoted = rest->bytes > 0 && rest->at[0] == '"';
    char *to = arena_alloc(arena, rest->bytes + 1);
    size_t n = 0;
    if (!to) return ERR_NOMEM;
    if (is_quoted && !unquote(rest, to, &n)) return ERR_BAD_INPUT;
    if (is_quoted && rest->bytes && rest->at[0] != ',') return ERR_BAD_INPUT;
    *ret_last = rest->bytes == 0 || !memchr(rest->at, ',', rest->bytes);
    struct str plain = str_cut(rest, ',');
    if (!is_quoted && plain.bytes) memcpy(to, plain.at, n = plain.bytes);
    *ret = str_trim((struct str){to, n});
    return OK;
}

enum err code_line_read(struct arena *arena, struct str line, struct code_line *ret)
{
    struct str fields[FIELDS_MAX] = {0};
    bool is_last = false;
    int n = 0;
    for (; n < FIELDS_MAX && !is_last; n++) {
        enum err err = field(arena, &line, &fields[n], &is_last);
        if (err) return err;
    }
    if (!is_last || n < 2 || !fields[0].bytes || !fields[1].bytes) return ERR_BAD_INPUT;
    *ret = (struct code_line){fields[0], fields[1], fields[2]};
    return OK;
}
