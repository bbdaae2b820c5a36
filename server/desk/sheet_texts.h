/* sheet_texts: the words of what is printed, in both languages. Pure; any thread. */
#ifndef DESK_SHEET_TEXTS_H
#define DESK_SHEET_TEXTS_H
#include "base/str.h"

enum sheet_word {
    SHEET_SUMMARY,
    SHEET_NOTE,
    SHEET_NUMBER,
    SHEET_BORN,
    SHEET_MALE,
    SHEET_FEMALE,
    SHEET_ALLERGIES,
    SHEET_ALLERGY_NONE,
    SHEET_ALLERGY_CUT,
    SHEET_PROBLEMS,
    SHEET_MEDICATION,
    SHEET_DRUG,
    SHEET_USE,
    SHEET_SINCE,
    SHEET_BY,
    SHEET_VITALS,
    SHEET_VALUE,
    SHEET_NOTES,
    SHEET_NONE,
    SHEET_CUT,
    SHEET_SIGNATURE,
    SHEET_DATE,
    SHEET_PRINTED, /* between who and when */
    SHEET_DRAFT,
    SHEET_SIGNED, /* before when */
    SHEET_HOLDS,
    SHEET_BROKEN,
    SHEET_AMENDMENT,
    SHEET_REASON,
    SHEET_COMMA,
    SHEET_COLON,
    SHEET_OPINION,
    SHEET_RESULTS,
    SHEET_FOLLOW_UPS,
    SHEET_WORDS
};
/* What a LOINC code of the usual vital signs is called; NULL: not one of them. */
const char *sheet_measure(struct str code, bool is_english);
const char *sheet_word(enum sheet_word word, bool is_english);

#endif
