/* tape: a FHIR body read once, strictly, into a flat list of nodes that point into the body (RFC 8259; FHIR R4 §2.6.2 JSON).
 *
 * Nothing is converted: a number is the text it was written with, so that 1.50 stays 1.50 through create, patch and signature.
 * Refused: duplicate names, names with escapes, bad UTF-8, lone surrogates, U+0000, control characters, numbers or words outside
 * the grammar, bytes after the value, more depth, nodes or bytes than the limits.
 *
 *   {"a":[1,"x"]}      node 0 OBJECT end 4 count 1
 *                      node 1 ARRAY  end 4 count 2  name "a"
 *                      node 2 NUMBER end 3          text "1"
 *                      node 3 TEXT   end 4          text "x" (without its quotes, escapes as written)
 *
 * The children of node n are n + 1, then the `end` of each in turn, up to the `end` of n. The tape belongs to the arena it was read
 * into and points into the body, which must live as long. Read-only after tape_read: any thread. */
#ifndef RECORDS_TAPE_H
#define RECORDS_TAPE_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define TAPE_DEPTH_MAX 64
#define TAPE_PATH_BYTES 160

enum tape_kind { TAPE_OBJECT, TAPE_ARRAY, TAPE_TEXT, TAPE_NUMBER, TAPE_TRUE, TAPE_FALSE, TAPE_NULL };

struct tape_node {
    uint32_t name_at, at; /* places in the body; name_at only where name_bytes > 0 */
    uint32_t bytes;       /* of the value as written; of a text without its quotes */
    uint32_t end;         /* the node after this one and all that is in it */
    uint32_t count;       /* children, of an object or array */
    uint16_t name_bytes;
    uint8_t kind;
    bool is_escaped; /* a text with backslashes: tape_text undoes them */
};

struct tape {
    struct str body;
    const struct tape_node *nodes;
    uint32_t count;
};

struct tape_fault {
    uint32_t byte;              /* where in the body */
    const char *why;            /* a short English phrase, literal */
    char path[TAPE_PATH_BYTES]; /* such as Patient-less "name[0].given[1]"; empty: the root */
};

/* ERR_BAD_INPUT (ret_fault says what and where), ERR_LIMIT (too many nodes, or a body over 4 GiB - 1), ERR_NOMEM (memory or the arena). */
enum err tape_read(struct arena *arena, struct str body, uint32_t nodes_max, struct tape *ret_tape,
                   struct tape_fault *ret_fault) MUST_USE;

#define TAPE_NONE UINT32_MAX
/* The member of an object; TAPE_NONE when there is none, or node is TAPE_NONE or no object. */
uint32_t tape_get(const struct tape *t, uint32_t node, struct str name);
/* The i-th element of an array, or TAPE_NONE. */
uint32_t tape_at(const struct tape *t, uint32_t node, uint32_t i);
/* The element of the object's array "extension" with this url (R4 Extensibility), the first of them; TAPE_NONE. */
uint32_t tape_extension(const struct tape *t, uint32_t node, const char *url);
struct str tape_name(const struct tape *t, uint32_t node);
/* The value as written, quotes and all: a whole object or array too. */
struct str tape_raw(const struct tape *t, uint32_t node);
/* A text without its escapes: in place where it has none, else in the arena. False: no text, or no memory. */
bool tape_text(const struct tape *t, uint32_t node, struct arena *arena, struct str *ret_text);
bool tape_is_text(const struct tape *t, uint32_t node, const char *text); /* of a text without escapes */

#endif
