/* patch: JSON Patch (RFC 6902) on a body, with JSON Pointer (RFC 6901). The body is never converted: a number that the patch does
 * not touch keeps its text, and one that it brings is written as the patch wrote it.
 * Pure; any thread. All or nothing: a patch that fails at any operation gives no body. */
#ifndef RECORDS_PATCH_H
#define RECORDS_PATCH_H
#include "base/buf.h"
#include "records/tape.h"

struct patch_fault {
    uint32_t operation; /* counted from 0 */
    const char *why;    /* a short English phrase, literal */
    bool is_test;       /* a "test" was not met: 422 or 409, the patch itself is well made */
};

/* Applies the patch document (an array of operations) to the body and writes the new body, compact, to *to.
 * ERR_BAD_INPUT: ret_fault says which operation and why; ERR_LIMIT: more than nodes_max values on the way; ERR_NOMEM, or the buffer's. */
enum err patch_apply(const struct tape *body, const struct tape *patch, struct arena *arena,
                     uint32_t nodes_max, struct buf *to, struct patch_fault *ret_fault) MUST_USE;

/* Are two JSON numbers the same number (1.50 and 1.5, 1e2 and 100)? RFC 6902 §4.6. Both keep to JSON's grammar. */
bool patch_is_same_number(struct str a, struct str b);

#endif
