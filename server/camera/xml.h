/* xml: as much of XML as a camera's answer needs: elements, attributes, text. No declarations of a document's type, no entities of its own, no CDATA:
 * such an answer is refused. Pure, any thread; what is returned points into the text. */
#ifndef CAMERA_XML_H
#define CAMERA_XML_H
#include "base/err.h"
#include "base/str.h"

#define XML_DEPTH_MAX 32

struct xml {
    struct str rest;
    int depth;
    struct str open[XML_DEPTH_MAX]; /* names with their prefixes */
    bool is_closing;                /* of an element without content: its end comes next */
    bool is_begun;                  /* the one at the root was there */
};

enum xml_kind { XML_OPEN, XML_CLOSE, XML_TEXT, XML_END };
struct xml_part {
    enum xml_kind kind;
    struct str attributes; /* OPEN, unread */
    struct str text;       /* TEXT, as it stands */
};

void xml_begin(struct xml *x, struct str text);
enum err xml_next(struct xml *x, struct xml_part *ret) MUST_USE; /* ERR_BAD_INPUT: it is no such XML */
/* Whether the innermost elements are these, outermost first, whatever their prefixes; after CLOSE it is open no more. */
bool xml_is_in(const struct xml *x, const char *const names[], int count);
bool xml_attribute(struct str attributes, const char *name, struct str *ret);

#endif
