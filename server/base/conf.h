/* conf: a strict settings file (INI by inih): sections, key = value, # comments. An unknown section or key, a
 * key twice, or a value of the wrong kind is refused with file, line and what is known. Main thread, at start
 * and SIGHUP. */
#ifndef BASE_CONF_H
#define BASE_CONF_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_kind { CONF_TEXT, CONF_INT, CONF_BOOL };

struct conf_key {
    const char *section, *key; /* section NULL ends the table */
    enum conf_kind kind;
    size_t offset;       /* in the target struct: char[text_bytes], int64_t or bool */
    size_t text_bytes;   /* CONF_TEXT */
    int64_t least, most; /* CONF_INT */
};

/* Reads path into *target by the table. ERR_BAD_INPUT: ret_why says "FILE:LINE: …". The target is untouched
 * on failure (it is read twice: once to check). */
enum err conf_read(const char *path, const struct conf_key *table, void *target, char ret_why[256]) MUST_USE;
/* One setting, as from the command line; the same checks. */
enum err conf_set(const struct conf_key *key, void *target, const char *value, char ret_why[256]) MUST_USE;

#endif
