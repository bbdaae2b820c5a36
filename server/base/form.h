/* form: text as forms and query strings write it. Pure; any thread. */
#ifndef BASE_FORM_H
#define BASE_FORM_H
#include "base/arena.h"
#include "base/str.h"

/* %XX and + (a blank) made plain, in the arena with a NUL behind; malformed escapes stay as they are. at NULL: no memory. */
struct str form_decode(struct arena *arena, struct str text);

#endif
