/* code_line: a line of a code list as a site brings it, `code,name[,classes]` (CSV, RFC 4180; no line breaks inside quotes). Pure; any
 * thread. Everything is in the arena. */
#ifndef RECORDS_CODE_LINE_H
#define RECORDS_CODE_LINE_H
#include "base/arena.h"
#include "base/str.h"

struct code_line {
    struct str code, words, classes; /* trimmed; classes may be empty */
};
/* ERR_BAD_INPUT: fewer or more fields, no code or name, or a quote that does not end; ERR_NOMEM. */
enum err code_line_read(struct arena *arena, struct str line, struct code_line *ret) MUST_USE;

#endif
