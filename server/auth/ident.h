/* ident: a new random id (UUID version 4, RFC 9562 §5.4) as text. Any thread. */
#ifndef AUTH_IDENT_H
#define AUTH_IDENT_H
#include "base/str.h"

#define IDENT_TEXT 37
void ident_new(char ret_text[IDENT_TEXT]);

#endif
