/* texts: what each code of a fault says to people, in zh-CN and English, and what they can do: the only place with such words on
 * the server. Constant; any thread. A test holds that every code of docs/PROTOCOL is here in both languages. */
#ifndef DESK_TEXTS_H
#define DESK_TEXTS_H
#include "base/fault.h"
#include "base/json.h"

struct text {
    const char *code; /* "password_weak", or "password_weak.short" for one reason of it */
    const char *zh, *en;
    const char *todo_zh, *todo_en; /* NULL: nothing to add */
};

/* The text of code.reason when there is one, else of the code; never NULL. reason may be NULL. */
const struct text *text_find(const char *code, const char *reason);
extern const struct text texts[]; /* ends with code NULL */

/* The members of an "error" object: code, message, where, todo, left, until. A fault's detail names the reason. */
void text_write_fault(struct json_out *to, const struct fault *fault, bool english);

#endif
