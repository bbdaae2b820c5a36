/* paper_order: a paper on its way to the press: yunqiaod writes it into memory, yunqiao-press reads it there, once, as strictly as a
 * stranger's. JSON:
 *
 *   {"site":…,"title":…,"subject":…,"mark":…,"foot":…,"english":bool,"made":ms,"blocks":[[kind,cell,…],…]}
 *
 * The cells of a block end at the last that is not empty. Texts are UTF-8 without control characters but newlines: what is no such text
 * is written as U+FFFD. Any thread. */
#ifndef PAPER_PAPER_ORDER_H
#define PAPER_PAPER_ORDER_H
#include "base/json.h"
#include "paper/paper.h"

#define PAPER_ORDER_BYTES_MAX (16u << 20)

enum err paper_order_write(const struct paper *p, struct buf *to) MUST_USE;
/* ERR_BAD_INPUT, ERR_LIMIT (blocks), ERR_NOMEM. Blocks are the arena's, texts point into the root, which is the caller's to free. */
enum err paper_order_read(struct str text, struct arena *arena, struct json **ret_root,
                          struct paper *ret) MUST_USE;

#endif
