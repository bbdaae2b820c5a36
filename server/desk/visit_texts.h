/* visit_texts: what a request for a consultation is called in the record: the specialties, then this word. */
#ifndef DESK_VISIT_TEXTS_H
#define DESK_VISIT_TEXTS_H

extern const char *const visit_text_and;  /* between specialties */
extern const char *const visit_text_name; /* after them */

#endif
