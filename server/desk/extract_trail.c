/* Rows of the trail: as lines with their hashes, so that each can be found in the chain again; and on paper. */
#include "desk/extract_own.h"

static struct str kept(struct extract *x, struct str text)
{
    return extract_own(x, arena_text(x->arena, text.at ? text.at : "", text.bytes));
}

static void add_line(struct extract *x, const struct trail_row *row)
{
    struct buf text;
    struct json_out o;
    buf_init(&text, 1 << 20);
    json_out_init(&o, &text);
    trail_write(row, &o);
    if (text.err)
        x->err = text.err;
    else
        extract_line(x, buf_str(&text));
    buf_done(&text);
}

static void add_row(struct extract *x, const struct trail_row *row)
{
    char at[INSTANT_TEXT_BYTES];
    instant_text(row->at, at);
    const struct str cells[PAPER_CELLS] = {
        extract_when(x, kept(x, str_of(at))),
        extract_own(x, arena_printf(x->arena, "%.*s %.*s", (int)row->action.bytes, row->action.at,
                                    (int)row->target.bytes, row->target.at)),
        str_of(trail_outcome_name(row->outcome)),
        row->display.bytes ? kept(x, row->display) : extract_says(x, EXTRACT_NOBODY)};
    extract_row(x, cells);
}

static enum err take(void *ctx, const struct trail_row *row, bool *more)
{
    struct extract *x = ctx;
    (void)more;
    if (x->count == EXTRACT_TRAIL_ROWS) return ERR_LIMIT;
    add_line(x, row);
    if (!x->is_cut) add_row(x, row);
    return x->err;
}

enum err extract_trail(struct extract *x, struct tx *tx, const struct trail_query *query)
{
    extract_begin(x, EXTRACT_AUDIT, (struct str){0});
    extract_heads(x, EXTRACT_WHAT, EXTRACT_RESULT, EXTRACT_WHO);
    enum err err = trail_walk(tx, query, take, x);
    return err ? err : x->err;
}
