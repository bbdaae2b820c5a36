/* audit_event_find: the reading interactions of AuditEvent, for interact.c and interact_list.c. */
#ifndef RECORDS_AUDIT_EVENT_FIND_H
#define RECORDS_AUDIT_EVENT_FIND_H
#include "records/interact_own.h"

bool audit_event_knows(uint16_t param); /* a parameter that this type can be searched by */
/* cursor: the page's place, empty on the first. */
enum err audit_event_search(struct interaction *i, struct str cursor) MUST_USE;
enum err audit_event_read(struct interaction *i) MUST_USE;

#endif
