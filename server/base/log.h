/* log: one line an event, key=value, to stderr (journald adds the rest). Any thread.
 *
 *   log_info("store", "opened", LOG_U("pages", n), LOG_T("schema", "7"));
 *   -> ts=2026-11-23T07:24:07.031Z level=info part=store event=opened pages=812 schema=7
 *
 * Only codes, counts, ids, addresses and times are loggable. Names of people, clinical text and secrets live
 * in types (struct secret_text, struct json, struct buf) that no LOG_ macro takes (rule 2). Values with
 * blanks or quotes are quoted and escaped; a value is cut at 512 bytes. Equal (part, event) lines beyond 20 a
 * second are counted, not printed. */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    enum { LOG_FIELD_TEXT, LOG_FIELD_SIGNED, LOG_FIELD_UNSIGNED } kind;
    const char *text;
    int64_t number;
};

#define LOG_T(key, text) ((struct log_field){key, LOG_FIELD_TEXT, text, 0})
#define LOG_E(err) ((struct log_field){"err", LOG_FIELD_TEXT, err_text(err), 0})
#define LOG_I(key, n) ((struct log_field){key, LOG_FIELD_SIGNED, NULL, (int64_t)(n)})
#define LOG_U(key, n) ((struct log_field){key, LOG_FIELD_UNSIGNED, NULL, (int64_t)(n)})

#define log_at(level, part, ...) LOG_LINE(level, part, __VA_ARGS__, {0})
#define LOG_LINE(level, part, event, ...)                                                                    \
    log_line(level, part, event, (const struct log_field[]){__VA_ARGS__})
#define log_debug(part, ...) log_at(LOG_DEBUG, part, __VA_ARGS__)
#define log_info(part, ...) log_at(LOG_INFO, part, __VA_ARGS__)
#define log_warn(part, ...) log_at(LOG_WARN, part, __VA_ARGS__)
#define log_error(part, ...) log_at(LOG_ERROR, part, __VA_ARGS__)

void log_level_set(enum log_level level);
void log_to(int fd); /* default 2 */
/* fields end with key == NULL */
void log_line(enum log_level level, const char *part, const char *event, const struct log_field *fields);
uint64_t log_count(enum log_level level); /* lines so far, suppressed ones too; for /metrics */

#endif
