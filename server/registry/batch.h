/* batch: a file of events, a row each, as a registry without HL7 exports it. The first row names the columns, in English or Chinese, in any
 * order; columns that are not known are refused, as a misspelt one would be lost in silence. UTF-8 or GB 18030; comma, semicolon or tab. Pure;
 * any thread; texts live in the arena.
 *
 *   event control at recorded number stay prior national family given name birth sex where block cell bed end
 *
 * Needed: event, at, number. `name` is a whole Chinese name where there are no family and given. Times: RFC 3339, or 2026-11-27 08:15[:00] on the site's
 * wall. A row without a control number has its own text's SHA-256 as one: the same row twice is one event. */
#ifndef REGISTRY_BATCH_H
#define REGISTRY_BATCH_H
#include "registry/event.h"

#define BATCH_BYTES_MAX (32u * 1024 * 1024)

enum batch_column {
    BATCH_EVENT,
    BATCH_CONTROL,
    BATCH_AT,
    BATCH_RECORDED,
    BATCH_NUMBER,
    BATCH_STAY,
    BATCH_PRIOR,
    BATCH_NATIONAL,
    BATCH_FAMILY,
    BATCH_GIVEN,
    BATCH_NAME,
    BATCH_BIRTH,
    BATCH_SEX,
    BATCH_WHERE,
    BATCH_BLOCK,
    BATCH_CELL,
    BATCH_BED,
    BATCH_END,
    BATCH_COLUMNS
};
struct batch {
    struct str rest; /* what has not been read */
    const struct zone *zone;
    size_t line; /* of the next row, from 1 */
    char separator;
    int8_t columns[64]; /* enum batch_column of each place */
    size_t column_count;
};
/* Reads the first row. ERR_BAD_INPUT: the charset, a column that is not known or stands twice, one that is needed and missing; *ret_words says which
 * in English; ERR_LIMIT: longer than a file may be. */
enum err batch_begin(struct arena *arena, struct str bytes, enum charset charset, const struct zone *zone,
                     struct batch *ret, const char **ret_words) MUST_USE;
struct batch_row {
    size_t line;
    struct str text; /* the row as it stands there */
    struct event event;
};
/* The next row; *ret_more false: there is none. ERR_BAD_INPUT: the row is none (fault: where is the column's name); the one after it can be read. */
enum err batch_next(struct arena *arena, struct batch *b, struct batch_row *ret, bool *ret_more,
                    struct event_fault *ret_fault) MUST_USE;

/* An event from a value for each column (empty: unsaid), whatever it stood in. The control number where there is none is the hash of `text`. */
enum err batch_event(struct arena *arena, const struct zone *zone, const struct str values[BATCH_COLUMNS],
                     struct str text, struct event *ret, struct event_fault *ret_fault) MUST_USE;

const char *batch_column_text(enum batch_column column);    /* "number" */
const char *batch_column_chinese(enum batch_column column); /* the same in Chinese, UTF-8 */

#endif
