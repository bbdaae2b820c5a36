/* opinion_bundle: what is needed to verify a signed opinion away from here: the canonical bytes of the opinion and its amendments, each
 * signature with its key, dissents, and the site's own signature over all of it, which vouches for whose keys these are.
 *
 *   {"content": {…}, "format": "yunqiao opinion bundle 1", "site": {"algorithm", "public", "value"}}
 *
 * Canonical as what is signed is (records/seal): value signs the bytes of content. In a PDF it is an embedded file, and content.pages says how
 * many bytes the pages have and their SHA-256 (decision 0188). desk/opinion_verify reads it. On a reader or the desk, but for
 * opinion_bundle_close, which may be on an errand thread. */
#ifndef DESK_OPINION_BUNDLE_H
#define DESK_OPINION_BUNDLE_H
#include "desk/opinion.h"
#include "desk/site_key.h"

#define OPINION_BUNDLE_FORMAT "yunqiao opinion bundle 1"
#define OPINION_BUNDLE_NAME "bundle.json"
#define OPINION_BUNDLE_BYTES_MAX (8u * 1024 * 1024)
#define OPINION_CODE_BYTES 20 /* "7K3M-…": 80 bits of the SHA-256 over the opinion's canonical bytes */

/* Of a text that is signed. */
void opinion_code_from(struct str canonical, char ret[OPINION_CODE_BYTES]);
/* Of an opinion that is signed. ERR_NOMEM. */
enum err opinion_code_of(struct record_reader *all, const struct opinion *o,
                         char ret[OPINION_CODE_BYTES]) MUST_USE;

/* Of another document. */
enum err opinion_code_of_document(struct record_reader *all, const struct chart_item *document,
                                  char ret[OPINION_CODE_BYTES]) MUST_USE;

struct
    opinion_signature { /* of the opinion or an amendment, with what stands in the account and the directory */
    struct str account, display, role, hospital, public, value, text;
    enum sign_algorithm algorithm;
    struct instant at;
    bool holds;
};
#define OPINION_SIGNATURES_MAX 32
/* In the order in which they were given; site: where the clinic's own people work. */
enum err opinion_signatures(struct tx *tx, struct record_reader *all, const struct chart_item *document,
                            struct str site, struct opinion_signature ret[OPINION_SIGNATURES_MAX],
                            uint32_t *ret_n) MUST_USE;

/* The members of content but pages, in the arena, and the key that will sign them. */
struct opinion_bundle {
    struct str members; /* without braces */
    struct site_key key;
};
/* ERR_NOT_FOUND: it is not signed. Wipe the key when done. */
enum err opinion_bundle_open(struct tx *tx, struct record_reader *all, const struct opinion *p,
                             struct str site, struct opinion_bundle *ret) MUST_USE;
/* Of a document of the clinic's that is handed out by itself (desk/handover): kind is what it is called in the bundle. */
enum err opinion_bundle_open_alone(struct tx *tx, struct record_reader *all,
                                   const struct chart_item *document, const char *kind, struct str patient,
                                   struct str site, struct opinion_bundle *ret) MUST_USE;
/* pages: the PDF as it was drawn; at NULL: none. Appends to *to. */
enum err opinion_bundle_close(const struct opinion_bundle *b, struct arena *arena, struct str pages,
                              struct buf *to) MUST_USE;

#endif
