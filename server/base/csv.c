#include "base/csv.h"
#include "base/buf.h"

static bool is_end(char c)
{
    return c == '\n' || c == '\r';
}

static void skip_line(struct str *rest)
{
    struct str line = str_cut(rest, '\n');
    (void)line;
}

/* In quotes: up to the one that no other follows; those doubled are one. Moves *rest behind it. */
static bool unquote(struct str *rest, char *to, size_t *ret_n, size_t *lines)
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
        *lines += rest->at[i] == '\n';
        to[n++] = rest->at[i];
    }
    return false;
}

static size_t plain(struct str rest, char separator)
{
    size_t n = 0;
    while (n < rest.bytes && rest.at[n] != separator && !is_end(rest.at[n]))
        n++;
    return n;
}

/* One field; *rest then stands at its separator, at the line's end, or at the end. */
static enum err field(struct arena *arena, char separator, struct str *rest, struct str *ret, size_t *lines)
{
    struct str from = *rest;
    if (!from.bytes || from.at[0] != '"') {
        size_t n = plain(from, separator);
        char *to = arena_text(arena, from.bytes ? from.at : "", n);
        if (!to) return ERR_NOMEM;
        *rest = (struct str){from.at + n, from.bytes - n};
        *ret = str_trim((struct str){to, n});
        return OK;
    }
    size_t n = 0;
    char *to = arena_alloc(arena, from.bytes);
    if (!to) return ERR_NOMEM;
    if (!unquote(rest, to, &n, lines)) return ERR_BAD_INPUT;
    if (rest->bytes && rest->at[0] != separator && !is_end(rest->at[0])) return ERR_BAD_INPUT;
    *ret = str_trim((struct str){to, n});
    return OK;
}

static void take_end(struct str *rest)
{
    if (rest->bytes && rest->at[0] == '\r') *rest = (struct str){rest->at + 1, rest->bytes - 1};
    if (rest->bytes && rest->at[0] == '\n') *rest = (struct str){rest->at + 1, rest->bytes - 1};
}

enum err csv_read(struct arena *arena, char separator, struct str *rest, struct csv_row *ret)
{
    struct csv_row row = {.lines = 1};
    struct str after = *rest, fields[CSV_FIELDS_MAX];
    enum err err = OK;
    for (;;) {
        if (row.count == CSV_FIELDS_MAX) err = ERR_LIMIT;
        if (!err) err = field(arena, separator, &after, &fields[row.count++], &row.lines);
        if (err) break;
        if (!after.bytes || is_end(after.at[0])) break;
        after = (struct str){after.at + 1, after.bytes - 1};
    }
    if (err == ERR_NOMEM) return err;
    if (err) {
        skip_line(rest);
        return err;
    }
    row.fields = arena_copy(arena, fields, row.count * sizeof *fields);
    if (!row.fields) return ERR_NOMEM;
    take_end(&after);
    *rest = after;
    *ret = row;
    return OK;
}

char csv_separator(struct str text)
{
    static const char separators[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    struct str line = str_cut(&text, '\n');
    for (size_t i = 0; i < line.bytes; i++)
        for (size_t s = 0; s < 3; s++)
            counts[s] += line.at[i] == separators[s];
    for (size_t s = 1; s < 3; s++)
        if (counts[s] > counts[best]) best = s;
    return separators[best];
}

void csv_put(struct buf *to, struct str text)
{
    bool is_quoted = false;
    for (size_t i = 0; i < text.bytes; i++)
        is_quoted |= strchr(",;\t\"\r\n", text.at[i]) != NULL;
    if (!is_quoted) {
        buf_add_str(to, text);
        return;
    }
    buf_add_char(to, '"');
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] == '"') buf_add_char(to, '"');
        buf_add_char(to, text.at[i]);
    }
    buf_add_char(to, '"');
}
