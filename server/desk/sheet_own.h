/* sheet_own: what the papers are put together with: one being filled, and the words and times on it. */
#ifndef DESK_SHEET_OWN_H
#define DESK_SHEET_OWN_H
#include "desk/chart.h"
#include "desk/sheet.h"

struct sheet {
    struct tx *tx;
    struct record_reader *who;
    const struct sheet_by *by;
    struct paper *paper;
    enum err err;
    struct paper_block nowhere; /* takes what no longer fits; never read */
};

/* The first error stays in s->err; what is added after it goes nowhere. */
struct str sheet_own(struct sheet *s, char *text); /* NULL: no memory */
struct paper_block *sheet_add(struct sheet *s, enum paper_kind kind, struct str cell);
struct str sheet_joined(struct sheet *s, struct str a, const char *between, struct str b);
/* Local day, and minute where the text has one: "2026-11-26 20:03". What is no instant is shown as it is. */
struct str sheet_when(struct sheet *s, struct str text);
struct str sheet_instant(struct sheet *s, struct instant at);
/* A part of a chart, as the summary has it: a heading, and blocks; the allergies without one. */
enum sheet_part {
    SHEET_PART_ALLERGIES,
    SHEET_PART_PROBLEMS,
    SHEET_PART_MEDICATION,
    SHEET_PART_VITALS,
    SHEET_PART_OPINION,    /* the latest that is signed */
    SHEET_PART_RESULTS,    /* that are asked for and not there */
    SHEET_PART_FOLLOW_UPS, /* that are planned */
    SHEET_PARTS
};
void sheet_put_part(struct sheet *s, enum sheet_part part, struct str patient);
/* Who signed it, and whether the signature holds. */
void sheet_put_signatures(struct sheet *s, const struct chart_item *document);
/* Title, the patient's line, the foot. */
void sheet_begin(struct sheet *s, const char *title, const struct chart_item *patient);

#endif
