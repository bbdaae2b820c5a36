/* handover: what of a record is handed out beside its patient: the sealed packet for a hospital, the summary for somebody who leaves. It is put
 * together from the chart as its signer may see it, signed at once by a doctor as one Composition, and drawn on paper from what was signed; with
 * the site's bundle in the PDF, so that the reader verifies it away from the site (`yunqiao verify`, desk/opinion_verify).
 *
 *   gathered (nothing is kept) -> signed (final)       what was read is what is signed: the digest of one must be that of the other
 *
 * gather and paper on a reader or the desk, sign on the desk; everything is in the reader's arena. */
#ifndef DESK_HANDOVER_H
#define DESK_HANDOVER_H
#include "base/digest.h"
#include "desk/opinion_sheet.h"

enum handover_kind { HANDOVER_PACKET, HANDOVER_RELEASE, HANDOVER_KINDS };

#define HANDOVER_PARTS_MAX 10
struct handover_part {
    struct str title, text; /* text: lines */
};
struct handover {
    enum handover_kind kind;
    struct str title, patient; /* patient: id */
    struct handover_part parts[HANDOVER_PARTS_MAX];
    uint32_t count;
    char digest[2 * DIGEST_BYTES + 1]; /* SHA-256 over all of it */
};
/* first: what stands before the chart's own parts (title at NULL: nothing). ERR_NOT_FOUND: no such patient, or not to be seen. */
enum err handover_gather(struct tx *tx, struct record_reader *who, const struct sheet_by *by,
                         enum handover_kind kind, struct str patient, struct handover_part first,
                         struct handover *ret) MUST_USE;
/* "title", "parts": [{"title", "text"}], "digest" into an open object. */
void handover_write(const struct handover *h, struct json_out *to);

/* As a final Composition with this person's signature. encounter: "Encounter/x", or empty. */
enum err handover_sign(struct tx *tx, struct record_reader *server, const struct opinion_by *by,
                       const struct handover *h, struct str encounter, struct record_head *ret) MUST_USE;
/* Of such a Composition ("Composition/x"); to: whom it is for, across each page; drawn by opinion_sheet_pdf, done with by opinion_paper_done.
 * ERR_NOT_FOUND: there is none. */
enum err handover_paper(struct tx *tx, struct record_reader *all, const struct sheet_by *by,
                        enum handover_kind kind, struct str composition, struct str to,
                        struct opinion_paper *ret) MUST_USE;

#endif
