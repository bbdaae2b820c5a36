/* opinion_verify: whether an opinion's PDF or bundle.json (desk/opinion_bundle) holds, without the store and without a network: signer by
 * signer, the site's own seal, and of a PDF each of its bytes. A stranger's file: it may hold anything. Pure; any thread.
 *
 * What is proved without a key from outside: that the text is what these keys signed, and that all of it is as the site whose key is in the
 * file gave it out. That this is the site's key is known by its fingerprint, or by the key given here. */
#ifndef DESK_OPINION_VERIFY_H
#define DESK_OPINION_VERIFY_H
#include "base/arena.h"
#include "base/buf.h"

#define OPINION_FILE_BYTES_MAX (40u << 20)

enum opinion_verdict {
    OPINION_HOLDS,      /* everything does */
    OPINION_HOLDS_NOT,  /* something does not: the report says what */
    OPINION_IS_NO_FILE, /* no opinion's PDF or bundle */
};
/* key: the site's, PEM; at NULL: the file's own, and the report says so. Appends the report, lines of text, to *report. ERR_NOMEM, or the
 * report's own error. */
enum err opinion_verify(struct arena *arena, struct str file, struct str key, bool is_english,
                        struct buf *report, enum opinion_verdict *ret) MUST_USE;

#endif
