/* Two walks over the blocks by the same code: the first counts the pages, the second draws them. */
#include "paper/paper_draw.h"
#include "paper/paper_page.h"
#include "paper/paper_picture.h"
#include "paper/paper_text.h"

enum { TOP = 92, GAP = 4, LABEL = 92, NEXT_LINES = 40, PICTURE_WIDTH = 190, PICTURE_HEIGHT = 150, CODE = 78 };
static const double columns[PAPER_CELLS + 1] = {0, 150, 335, 425, PAGE_INNER};
#define BOTTOM (PAGE_HEIGHT - 62)

struct walk {
    const struct paper *paper;
    struct paper_page page;
    const struct paper_block *heads; /* of the table under way */
    double y;
    uint32_t at, of; /* pages; of 0: counting */
    enum err err;
};

/* -- a text at a place: measured always, drawn in the second walk -- */
enum side { LEFT, RIGHT };

static double put(struct walk *w, enum paper_style style, struct str text, double x, double y, double width,
                  double gray, enum side side)
{
    if (w->err || text.bytes == 0) return 0;
    PangoLayout *l = page_set(&w->page, style, text, width);
    if (!l) return w->err = ERR_NOMEM, 0;
    double height = page_height(l);
    if (w->of) page_draw(&w->page, l, side == RIGHT ? x + width - page_width(l) : x, y, gray);
    g_object_unref(l);
    return height;
}

static void line(struct walk *w, double x, double y, double to_x, double gray)
{
    if (w->of) page_line(&w->page, x, y, to_x, gray);
}

/* -- head and foot -- */
static void furniture(struct walk *w)
{
    const struct paper *p = w->paper;
    char number[PAPER_PAGE_TEXT_BYTES];
    if (w->of && p->mark.bytes) page_mark(&w->page, p->mark);
    paper_page_text(p->is_english, w->at, w->of, number);
    put(w, STYLE_TITLE, p->title, PAGE_EDGE, 40, PAGE_INNER * 0.62, 0, LEFT);
    put(w, STYLE_SMALL, p->site, PAGE_EDGE + PAGE_INNER * 0.62, 47, PAGE_INNER * 0.38, 0.25, RIGHT);
    put(w, STYLE_BOLD, p->subject, PAGE_EDGE, 66, PAGE_INNER, 0, LEFT);
    line(w, PAGE_EDGE, TOP - 8, PAGE_WIDTH - PAGE_EDGE, 0);
    line(w, PAGE_EDGE, PAGE_HEIGHT - 50, PAGE_WIDTH - PAGE_EDGE, 0.6);
    put(w, STYLE_SMALL, p->foot, PAGE_EDGE, PAGE_HEIGHT - 45, PAGE_INNER - 90, 0.25, LEFT);
    put(w, STYLE_SMALL, str_of(number), PAGE_WIDTH - PAGE_EDGE - 90, PAGE_HEIGHT - 45, 90, 0.25, RIGHT);
}

static double row(struct walk *w, const struct paper_block *b, double y, enum paper_style style, double gray);

static void turn(struct walk *w)
{
    if (w->at && w->of) page_show(&w->page);
    if (++w->at > PAPER_PAGES_MAX) w->err = ERR_LIMIT;
    w->y = TOP;
    furniture(w);
    if (w->heads) w->y += row(w, w->heads, w->y, STYLE_SMALL, 0.25);
}

/* A block that does not fit goes to the next page whole. */
static void room(struct walk *w, double height)
{
    if (w->y + height > BOTTOM && w->y > TOP) turn(w);
}

/* -- the blocks -- */
static double measure(struct walk *w, enum paper_style style, struct str text, double width)
{
    uint32_t of = w->of;
    w->of = 0;
    double height = put(w, style, text, 0, 0, width, 0, LEFT);
    w->of = of;
    return height;
}

static void heading(struct walk *w, const struct paper_block *b)
{
    w->y += w->y > TOP ? 10 : 0;
    room(w, measure(w, STYLE_HEADING, b->cells[0], PAGE_INNER) + NEXT_LINES);
    w->y += put(w, STYLE_HEADING, b->cells[0], PAGE_EDGE, w->y, PAGE_INNER, 0, LEFT);
    line(w, PAGE_EDGE, w->y, PAGE_WIDTH - PAGE_EDGE, 0.7);
    w->y += GAP;
}

/* Paragraphs: each may stand on a page of its own; one longer than a page is cut where the page ends. */
static struct str fitting(struct walk *w, struct str text, double height)
{
    size_t good = 0, least = 0, most = text.bytes;
    while (least <= most) {
        size_t middle = least + (most - least) / 2, n = middle;
        while (n && n < text.bytes && ((unsigned char)text.at[n] & 0xc0) == 0x80)
            n--;
        if (measure(w, STYLE_TEXT, (struct str){text.at, n}, PAGE_INNER) <= height)
            good = n, least = middle + 1;
        else if (middle == 0)
            break;
        else
            most = middle - 1;
        if (w->err) return text;
    }
    return (struct str){text.at, good ? good : text.bytes};
}

static void paragraph(struct walk *w, struct str text)
{
    double height = measure(w, STYLE_TEXT, text, PAGE_INNER);
    if (height <= BOTTOM - TOP) room(w, height);
    while (!w->err && text.bytes) {
        struct str part = w->y + height > BOTTOM ? fitting(w, text, BOTTOM - w->y) : text;
        w->y += put(w, STYLE_TEXT, part, PAGE_EDGE, w->y, PAGE_INNER, 0, LEFT);
        text.at += part.bytes, text.bytes -= part.bytes;
        if (text.bytes) turn(w);
        height = text.bytes ? measure(w, STYLE_TEXT, text, PAGE_INNER) : 0;
    }
    w->y += GAP;
}

static void paragraphs(struct walk *w, const struct paper_block *b)
{
    struct str rest = b->cells[0];
    while (!w->err && rest.bytes) {
        struct str one = str_cut(&rest, '\n');
        if (one.bytes) paragraph(w, one);
    }
}

static void fact(struct walk *w, const struct paper_block *b)
{
    double width = PAGE_INNER - LABEL, height = measure(w, STYLE_TEXT, b->cells[1], width);
    double label = measure(w, STYLE_TEXT, b->cells[0], LABEL - 8);
    room(w, label > height ? label : height);
    put(w, STYLE_TEXT, b->cells[0], PAGE_EDGE, w->y, LABEL - 8, 0.35, LEFT);
    put(w, STYLE_TEXT, b->cells[1], PAGE_EDGE + LABEL, w->y, width, 0, LEFT);
    w->y += (label > height ? label : height) + 2;
}

static void alert(struct walk *w, const struct paper_block *b)
{
    double height = measure(w, STYLE_BOLD, b->cells[0], PAGE_INNER - 20) + 14;
    room(w, height);
    if (w->of) page_frame(&w->page, PAGE_EDGE, w->y, PAGE_INNER, height);
    put(w, STYLE_BOLD, b->cells[0], PAGE_EDGE + 10, w->y + 7, PAGE_INNER - 20, 0, LEFT);
    w->y += height + GAP * 2;
}

/* The width of a cell and of the empty ones after it. */
static double cell_width(const struct paper_block *b, int i)
{
    int end = i + 1;
    while (end < PAPER_CELLS && b->cells[end].bytes == 0)
        end++;
    return columns[end] - columns[i] - 8;
}

static double row(struct walk *w, const struct paper_block *b, double y, enum paper_style style, double gray)
{
    double height = 0;
    for (int i = 0; i < PAPER_CELLS; i++) {
        double h = put(w, style, b->cells[i], PAGE_EDGE + columns[i], y + 2, cell_width(b, i), gray, LEFT);
        height = h > height ? h : height;
    }
    line(w, PAGE_EDGE, y + height + 4, PAGE_WIDTH - PAGE_EDGE, 0.8);
    return height + 6;
}

static void table_row(struct walk *w, const struct paper_block *b, enum paper_style style, double gray)
{
    uint32_t of = w->of;
    w->of = 0;
    double height = row(w, b, 0, style, gray);
    w->of = of;
    room(w, b->kind == PAPER_HEADS ? height + NEXT_LINES : height);
    w->y += row(w, b, w->y, style, gray);
}

static void sign(struct walk *w, const struct paper_block *b)
{
    w->y += 18;
    if (b->cells[2].bytes) {
        room(w, measure(w, STYLE_TEXT, b->cells[2], PAGE_INNER) + 8);
        w->y += put(w, STYLE_TEXT, b->cells[2], PAGE_EDGE, w->y, PAGE_INNER, 0, LEFT);
        return;
    }
    room(w, 40);
    double x = PAGE_EDGE + PAGE_INNER * 0.45, date = PAGE_EDGE + PAGE_INNER * 0.75;
    put(w, STYLE_TEXT, b->cells[0], x, w->y, 70, 0, LEFT);
    put(w, STYLE_TEXT, b->cells[1], date, w->y, 50, 0, LEFT);
    line(w, x + 42, w->y + 14, date - 12, 0.2);
    line(w, date + 34, w->y + 14, PAGE_WIDTH - PAGE_EDGE, 0.2);
    w->y += 28;
}

/* The words to the right of what is drawn with this width and height; all of it stays together. */
static void beside(struct walk *w, struct str words, double drawn, double height)
{
    double text = measure(w, STYLE_SMALL, words, PAGE_INNER - drawn - 14);
    room(w, (text > height ? text : height) + GAP);
    put(w, STYLE_SMALL, words, PAGE_EDGE + drawn + 14, w->y + 2, PAGE_INNER - drawn - 14, 0, LEFT);
}

static void picture(struct walk *w, const struct paper_block *b)
{
    double width = 0, height = 0;
    cairo_surface_t *p = picture_open(b->cells[0], PICTURE_WIDTH, PICTURE_HEIGHT, &width, &height);
    double text = measure(w, STYLE_SMALL, b->cells[1], PAGE_INNER - (p ? PICTURE_WIDTH : -14) - 14);
    beside(w, b->cells[1], p ? PICTURE_WIDTH : -14, height);
    if (p && w->of) picture_draw(&w->page, p, PAGE_EDGE, w->y, width);
    if (p) cairo_surface_destroy(p);
    w->y += (text > height ? text : height) + 2 * GAP;
}

static void code(struct walk *w, const struct paper_block *b)
{
    uint32_t n = picture_squares(b->cells[0]);
    double text = measure(w, STYLE_SMALL, b->cells[1], PAGE_INNER - CODE - 14);
    w->y += 8;
    beside(w, b->cells[1], CODE, CODE);
    if (n && w->of) picture_draw_squares(&w->page, b->cells[0], PAGE_EDGE, w->y, (double)CODE / n);
    w->y += (text > CODE ? text : CODE) + 2 * GAP;
}

static void block(struct walk *w, const struct paper_block *b)
{
    if (b->kind != PAPER_ROW) w->heads = NULL;
    switch (b->kind) {
    case PAPER_HEADING:
        heading(w, b);
        break;
    case PAPER_TEXT:
        paragraphs(w, b);
        break;
    case PAPER_FACT:
        fact(w, b);
        break;
    case PAPER_ALERT:
        alert(w, b);
        break;
    case PAPER_HEADS:
        table_row(w, b, STYLE_SMALL, 0.25);
        w->heads = b;
        break;
    case PAPER_ROW:
        table_row(w, b, STYLE_TEXT, 0);
        break;
    case PAPER_SIGN:
        sign(w, b);
        break;
    case PAPER_PICTURE:
        picture(w, b);
        break;
    case PAPER_CODE:
        code(w, b);
        break;
    }
}

static uint32_t walk(struct walk *w, uint32_t of)
{
    w->of = of;
    w->at = 0;
    w->heads = NULL;
    turn(w);
    for (const struct paper_block *b = w->paper->first; b && !w->err; b = b->next)
        block(w, b);
    return w->at;
}

enum err paper_draw(const struct paper *p, struct buf *to, uint32_t *ret_pages)
{
    struct walk w = {.paper = p};
    uint32_t pages = 0;
    w.err = page_init(&w.page, p, to);
    if (!w.err) pages = walk(&w, 0);
    if (!w.err && walk(&w, pages) != pages) w.err = ERR_CORRUPT;
    if (!w.err) page_show(&w.page);
    if (!w.err) w.err = page_finish(&w.page);
    page_done(&w.page);
    if (!w.err) *ret_pages = pages;
    return w.err;
}
