/* xhtml: a narrative's paragraphs as lines of plain text, to be drawn. It was sanitized when it was stored; nothing here is drawn but as
 * text: no blank lines, blanks as one, what is cut off in a mark left out. Pure; any thread. */
#ifndef DESK_XHTML_H
#define DESK_XHTML_H
#include "base/arena.h"
#include "base/str.h"

/* In the arena; empty: nothing is left of it. */
enum err xhtml_plain(struct arena *arena, struct str div, struct str *ret_text) MUST_USE;

#endif
