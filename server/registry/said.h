/* said: one thing that a registry said, in whichever of the three shapes it came: a message of HL7 v2, an object of JSON, or a row of a batch file
 * below its row of columns. Letters (registry/inbox) are kept in these shapes and read again from them. Pure; any thread; texts live in the
 * arena or the bytes.
 *
 *     {"event": "admit", "control": "A-1", "at": "2026-11-27T08:15:00+08:00", "number": "9900417", "family": "…", …}
 *
 * The members are the columns of registry/batch, each a text; one that is not known is refused. */
#ifndef REGISTRY_SAID_H
#define REGISTRY_SAID_H
#include "base/json.h"
#include "registry/batch.h"

/* ret_fault->words NULL: *ret is the event. Else what is wrong; of *ret the control number alone may be there. ERR_NOMEM. */
enum err said_read(struct arena *arena, const struct zone *zone, struct str text, struct event *ret,
                   struct event_fault *ret_fault) MUST_USE;
/* The same of a message of HL7 that is read (*ret_read: its separators and charset, for the answer), and of a part of a JSON text. */
enum err said_hl7(struct arena *arena, const struct zone *zone, struct str text, struct hl7 *ret_read,
                  bool *ret_is_read, struct event *ret, struct event_fault *ret_fault) MUST_USE;
enum err said_json(struct arena *arena, const struct zone *zone, const struct json *object, struct str text,
                   struct event *ret, struct event_fault *ret_fault) MUST_USE;
/* The object as a text again, as letters keep it: its members that are texts, numbers or truths. */
void said_json_text(const struct json *object, struct buf *to);

#endif
