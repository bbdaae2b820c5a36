/* opinion_sheet: a signed opinion on paper, with its pictures, who signed it with which key, dissents, amendments, and the code to verify it
 * by. Gathered on a reader by what the asker may see; drawn on an errand thread (opinion_sheet_pdf), where the bundle goes into the PDF. */
#ifndef DESK_OPINION_SHEET_H
#define DESK_OPINION_SHEET_H
#include "desk/opinion_bundle.h"
#include "desk/sheet.h"
#include "records/file_seal.h"

struct sheet;
struct opinion_picture { /* to be read when it is drawn */
    struct paper_block *block;
    struct file_seal seal;
};
struct opinion_paper {
    struct paper paper;
    struct opinion_bundle bundle; /* with the site's key: opinion_paper_done */
    struct opinion_picture pictures[OPINION_STILLS_MAX];
    uint32_t picture_count;
};
/* ERR_NOT_FOUND: it is not signed. */
enum err opinion_sheet(struct tx *tx, struct record_reader *all, const struct sheet_by *by,
                       const struct opinion *o, struct opinion_paper *ret) MUST_USE;
/* files: DIR/files; press: the program. Appends the PDF to *to. */
enum err opinion_sheet_pdf(struct opinion_paper *p, const char *files, const char *press,
                           struct buf *to) MUST_USE;
/* The code, as text and as squares, and how to verify by it. */
void opinion_sheet_verify(struct sheet *s, const struct opinion_bundle *bundle, const char *code);
void opinion_paper_done(struct opinion_paper *p); /* keys are wiped */

#endif
