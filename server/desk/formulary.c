#include "desk/formulary.h"
#include "records/pinyin.h"
#include <ctype.h>

const struct drug *formulary_find(struct str code)
{
    for (const struct drug *d = formulary_drugs(); d->code; d++)
        if (str_is_text(code, d->code)) return d;
    return NULL;
}

/* ASCII letters of both alike; the needle is in small letters. */
static bool contains(struct str hay, struct str needle)
{
    if (needle.bytes == 0) return false;
    for (size_t at = 0; at + needle.bytes <= hay.bytes; at++) {
        size_t i = 0;
        while (i < needle.bytes && tolower((unsigned char)hay.at[at + i]) == (unsigned char)needle.at[i])
            i++;
        if (i == needle.bytes) return true;
    }
    return false;
}

bool formulary_names(const char *stems, struct str words)
{
    struct str rest = str_of(stems);
    while (rest.bytes)
        if (contains(words, str_cut(&rest, '|'))) return true;
    return false;
}

const struct drug *formulary_known(struct str code, struct str words)
{
    const struct drug *d = formulary_find(code);
    for (const struct drug *other = formulary_drugs(); !d && other->code; other++)
        if (formulary_names(other->stems, words)) d = other;
    return d;
}

static struct str small(struct arena *arena, struct str text)
{
    char *copy = arena_text(arena, text.at, text.bytes);
    for (size_t i = 0; copy && i < text.bytes; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    return (struct str){copy, copy ? text.bytes : 0};
}

/* 0: no hit; the higher, the better. */
static int fit(struct arena *arena, const struct drug *d, struct str text)
{
    struct str full, initials, zh = str_of(d->zh);
    if (str_starts(zh, text)) return 4;
    if (contains(zh, text) || formulary_names(d->stems, text)) return 3;
    if (contains(str_of(d->en), text)) return 3;
    if (!pinyin_of_text(arena, zh, &full, &initials)) return 0;
    if (str_starts(initials, text) || str_starts(full, text)) return 2;
    return contains(initials, text) ? 1 : 0;
}

uint32_t formulary_search(struct arena *arena, struct str text, const struct drug **ret_drugs, uint32_t most)
{
    uint32_t n = 0;
    text = small(arena, str_trim(text));
    if (text.bytes == 0) return 0;
    for (int wanted = 4; wanted >= 1; wanted--)
        for (const struct drug *d = formulary_drugs(); d->code && n < most; d++)
            if (fit(arena, d, text) == wanted) ret_drugs[n++] = d;
    return n;
}
