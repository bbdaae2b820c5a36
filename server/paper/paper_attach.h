/* paper_attach: a file put into a PDF that the press has drawn, as an embedded file that every reader lists and pdfdetach takes out: by an
 * incremental update (ISO 32000-1, 7.5.6), since cairo 1.16 draws none (decision 0188). The bytes of the pages stay as they are, in front:
 *
 *   pages (a whole PDF) | N 0 obj: the file | N+1 0 obj: its Filespec | R 0 obj: the catalog again, with its name | xref, trailer
 *
 * The same pages and file give the same bytes, so that who has taken both out can tell whether anything else was changed. Pure; any
 * thread. */
#ifndef PAPER_PAPER_ATTACH_H
#define PAPER_PAPER_ATTACH_H
#include "base/buf.h"

/* Appends to the PDF in *pdf. name: a plain file name. ERR_BAD_INPUT: it is no PDF as the press draws them; the buf's own error. */
enum err paper_attach(struct buf *pdf, const char *name, struct str file) MUST_USE;
/* What was attached last, and the pages before it. Only finds it: what was changed tells paper_attach, asked again. ERR_NOT_FOUND. */
enum err paper_attached(struct str pdf, struct str *ret_pages, struct str *ret_file) MUST_USE;

#endif
