/* binary_type: what an uploaded file says it is and what its first bytes say (docs/PROTOCOL §11.1). Pure; any thread. */
#ifndef API_BINARY_TYPE_H
#define API_BINARY_TYPE_H
#include "base/str.h"

#define BINARY_HEAD_BYTES 512 /* so much of the file is looked at */

/* The media type without its parameters is one of those taken, and the file begins as such a file does. */
bool binary_type_is_taken(struct str content_type);
bool binary_type_fits(struct str content_type, const void *head, size_t bytes);
/* May a browser show it in place? Everything else is offered for saving. */
bool binary_type_is_shown(struct str content_type);

#endif
