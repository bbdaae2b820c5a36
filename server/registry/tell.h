/* tell: an event as a registry tells it, in each of the three shapes that registry/said reads: a message of HL7 v2.5, a row of a batch file, an object
 * of JSON. What is told and read again is the same event. For who plays a registry (app/sim). Pure; any thread; UTF-8: the caller turns
 * it into what `charset` says. Failures stay in the buf's err. */
#ifndef REGISTRY_TELL_H
#define REGISTRY_TELL_H
#include "base/json.h"
#include "registry/event.h"

/* Unframed; CHARSET_GB18030 says so in MSH-18, all else is UTF-8. */
void tell_hl7(struct buf *to, const struct event *e, enum charset charset);
/* The file's first row: in Chinese for GB 18030, as no file names its charset, and a few short names alone may be UTF-8 by chance. */
void tell_columns(struct buf *to, enum charset charset);
void tell_row(struct buf *to, const struct event *e);
void tell_json(struct json_out *to, const struct event *e); /* an object, without a key */

#endif
