/* extract_texts: the words of what leaves the site, in both languages. Pure; any thread. */
#ifndef DESK_EXTRACT_TEXTS_H
#define DESK_EXTRACT_TEXTS_H
#include <stdbool.h>

enum extract_word {
    EXTRACT_RECORD,
    EXTRACT_AUDIT,
    EXTRACT_OWN,
    EXTRACT_OWN_TEXT,
    EXTRACT_PRINTED,
    EXTRACT_FOR,
    EXTRACT_BY,
    EXTRACT_NUMBER,
    EXTRACT_RECIPIENT,
    EXTRACT_REASON,
    EXTRACT_ASKED,
    EXTRACT_GRANTED,
    EXTRACT_WHEN,
    EXTRACT_WHAT,
    EXTRACT_VALUE,
    EXTRACT_WHO,
    EXTRACT_RESULT,
    EXTRACT_CUT,
    EXTRACT_LEFT_OUT,
    EXTRACT_NOTES,
    EXTRACT_NOBODY,
    EXTRACT_WORDS
};
const char *extract_word(enum extract_word word, bool is_english);
/* What records of a type are called in a heading; NULL: they have none. */
const char *extract_type(const char *type, bool is_english);

#endif
