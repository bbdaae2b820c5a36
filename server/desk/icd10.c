#include "desk/icd10.h"
#include "records/pinyin.h"
#include <ctype.h>

enum { TEXT_BYTES = 120, FITS_MAX = 40 };

static bool holds(struct str hay, struct str needle)
{
    for (size_t at = 0; needle.bytes && at + needle.bytes <= hay.bytes; at++)
        if (memcmp(hay.at + at, needle.at, needle.bytes) == 0) return true;
    return false;
}

static bool begins_nocase(struct str hay, struct str with)
{
    return hay.bytes >= with.bytes && str_is_nocase((struct str){hay.at, with.bytes}, with);
}

/* By pinyin only what was typed in Latin letters is looked for. */
static bool is_latin(struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (!isalpha((unsigned char)text.at[i])) return false;
    return true;
}

static int fit(struct arena *arena, const struct icd10 *c, struct str text, struct str small)
{
    struct str name = str_of(c->name), full, initials;
    if (begins_nocase(str_of(c->code), text) || str_starts(name, text)) return 4;
    if (holds(name, text)) return 3;
    if (!is_latin(text) || !pinyin_of_text(arena, name, &full, &initials)) return 0;
    if (str_starts(initials, small) || str_starts(full, small)) return 2;
    return holds(initials, small) ? 1 : 0;
}

uint32_t icd10_search(struct arena *arena, struct str text, const struct icd10 **ret_codes, uint32_t most)
{
    char lower[TEXT_BYTES];
    uint32_t n = 0;
    text = str_trim(text);
    if (text.bytes == 0 || text.bytes > sizeof lower) return 0;
    for (size_t i = 0; i < text.bytes; i++)
        lower[i] = (char)tolower((unsigned char)text.at[i]);
    const struct icd10 *fits[5][FITS_MAX] = {{NULL}}; /* by how well, the first of each */
    uint32_t counts[5] = {0};
    for (const struct icd10 *c = icd10_codes; c->code; c++) {
        int how = fit(arena, c, text, (struct str){lower, text.bytes});
        if (how && counts[how] < FITS_MAX) fits[how][counts[how]++] = c;
    }
    for (int how = 4; how >= 1; how--)
        for (uint32_t i = 0; i < counts[how] && n < most; i++)
            ret_codes[n++] = fits[how][i];
    return n;
}
