/* csv: rows of comma-separated values (RFC 4180): quotes around a field, doubled inside of it; line breaks only in quotes; CR LF or LF. Also taken:
 * a tab or a semicolon instead of the comma, as spreadsheets write them. Pure; any thread. */
#ifndef BASE_CSV_H
#define BASE_CSV_H
#include "base/arena.h"
#include "base/str.h"

#define CSV_FIELDS_MAX 64

struct csv_row {
    struct str *fields; /* trimmed, in the arena */
    size_t count;       /* an empty line has one empty field */
    size_t lines;       /* that it took */
};
/* The next row of *rest, which is moved behind it. ERR_BAD_INPUT: a quote that does not end, or text behind one; ERR_LIMIT: too many fields: then *rest
 * stands behind the line's end, so that the next row can be read. ERR_NOMEM. */
enum err csv_read(struct arena *arena, char separator, struct str *rest, struct csv_row *ret) MUST_USE;
/* Of comma, semicolon and tab the one that the first line has most of; a comma where it has none. */
char csv_separator(struct str text);
/* Adds a field, quoted where it must be. */
struct buf;
void csv_put(struct buf *to, struct str text);

#endif
