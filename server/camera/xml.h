/* xml: a camera's answer by expat: elements, their attributes and text. A document's type, with entities of its own, is refused: no answer needs
 * one. Any thread. */
#ifndef CAMERA_XML_H
#define CAMERA_XML_H
#include "base/err.h"
#include "base/str.h"

enum { XML_DEPTH_MAX = 32, XML_NAME_BYTES = 64, XML_TEXT_BYTES = 256 };

struct xml {
    int depth;
    char open[XML_DEPTH_MAX][XML_NAME_BYTES]; /* without their prefixes; a longer name is cut */
    const char *const *attributes;            /* of what opens */
    struct str text; /* of what closes: its last text, blanks at its ends off; a longer one is cut */
};

/* What opens, and what closes. False: the answer is refused. */
typedef bool xml_see(void *ctx, const struct xml *x);
/* ERR_BAD_INPUT: it is no XML, too deep, or was refused. */
enum err xml_read(struct str text, xml_see *opens, xml_see *closes, void *ctx) MUST_USE;

/* Whether the innermost elements are these, outermost first. */
bool xml_is_in(const struct xml *x, const char *const names[], int count);
/* NULL: there is none. */
const char *xml_attribute(const struct xml *x, const char *name);

#endif
