/* paper: what is handed out printed, as a PDF of A4 pages: a head and a patient's line on every page, blocks one under the other, a
 * foot that says who printed it, when, and which page of how many. Chinese fonts are embedded as subsets, so that it prints the same
 * everywhere.
 *
 *   ┌ site                                title ┐
 *   │ subject (who this is about)               │   on each page
 *   ├───────────────────────────────────────────┤
 *   │ blocks                                    │   HEADING TEXT FACT ALERT ROW SIGN
 *   ├───────────────────────────────────────────┤
 *   └ foot                          page n of n ┘
 *
 * Knows no patient and no store: the caller puts the words in. Texts point to the caller's memory, which lives until paper_pdf returns;
 * bytes that are no UTF-8, and control characters, are drawn as U+FFFD. The same paper gives the same pages; the PDF names no program
 * and holds paper.title and paper.made alone as its metadata. Drawn by a process of its own (yunqiao-press, decision 0092), for which the
 * caller waits, a tenth of a second and more: on an errand thread. Any thread. */
#ifndef PAPER_PAPER_H
#define PAPER_PAPER_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"

#define PAPER_BLOCKS_MAX 4000
#define PAPER_PAGES_MAX 200
#define PAPER_CELLS 4

enum paper_kind {
    PAPER_HEADING, /* cells[0]; stays with what follows */
    PAPER_TEXT,    /* cells[0]: paragraphs parted by newlines */
    PAPER_FACT,    /* cells[0] label, cells[1] value */
    PAPER_ALERT,   /* cells[0]: framed and bold, as an allergy must be found */
    PAPER_HEADS,   /* the heads of the rows that follow, again on each page */
    PAPER_ROW,     /* cells, of a table of four columns; empty ones leave their room to the one before */
    PAPER_SIGN, /* cells[0] label with a line to sign on, cells[1] label with a line for the date; or cells[2]: signed already, and how */
    PAPER_PICTURE, /* cells[0] a PNG or JPEG in base64url, made small; cells[1] the words beside it, which stand also where it is none */
    PAPER_CODE /* cells[0] rows of a square code as '0' and '1', parted by newlines; cells[1] the words beside it */
};

struct paper_block {
    struct paper_block *next;
    enum paper_kind kind;
    struct str cells[PAPER_CELLS];
};

struct paper {
    struct str site, title, subject;
    struct str mark; /* across every page, in grey behind what stands there: whose copy it is; or empty */
    struct str foot; /* "顾清和 医生 打印于 11月26日 19:40" */
    bool is_english; /* how "page 1 of 3" is said, and how lines break */
    struct instant made;
    struct paper_block *first, *last;
    uint32_t count;
};

/* Adds a block, in the arena. NULL: no memory, or PAPER_BLOCKS_MAX are there already. */
struct paper_block *paper_add(struct paper *p, struct arena *arena, enum paper_kind kind, struct str cell);

/* Appends the PDF to *to. press: the program. ERR_LIMIT: more than PAPER_PAGES_MAX pages, or more than *to may hold; ERR_NOMEM;
 * ERR_UNSUPPORTED: no font at all, or no press; ERR_TIMEOUT. */
enum err paper_pdf(const char *press, const struct paper *p, struct buf *to, uint32_t *ret_pages) MUST_USE;

#endif
