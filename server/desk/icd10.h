/* icd10: diagnoses by code, Chinese name, pinyin and its initials. A generated table (icd10_texts.c), without gaps, by code. Pure; any
 * thread. */
#ifndef DESK_ICD10_H
#define DESK_ICD10_H
#include "base/arena.h"
#include "base/str.h"

struct icd10 {
    const char *code, *name;
};
extern const struct icd10 icd10_codes[]; /* ends with code NULL */

/* What begins with the text first, then what holds it, then what is spelled so; at most most. The arena is used for a while only. */
uint32_t icd10_search(struct arena *arena, struct str text, const struct icd10 **ret_codes, uint32_t most);

#endif
