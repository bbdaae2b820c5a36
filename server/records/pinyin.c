#include "records/pinyin.h"
#include "records/pinyin_table.h"

enum { SYLLABLE_MAX = 6, TEXT_MAX = 120 }; /* characters: names and titles, not prose */

/* The next character of a well-formed text. */
static uint32_t next(struct str *s)
{
    const uint8_t *at = (const uint8_t *)s->at;
    int n = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? at[0] : at[0] & (0xffu >> (n + 1));
    if (s->bytes < (size_t)n) n = (int)s->bytes;
    for (int i = 1; i < n; i++)
        c = c << 6 | (at[i] & 0x3f);
    s->at += n, s->bytes -= (size_t)n;
    return c;
}

static uint32_t digit_of(char c)
{
    return (uint32_t)(c <= '9' && c != '-' ? c - '0'
                      : c == '-'           ? 62
                      : c <= 'Z'           ? c - 'A' + 10
                      : c == '_'           ? 63
                                           : c - 'a' + 36);
}

static const char *reading(uint32_t c, bool is_first)
{
    if (c < PINYIN_FIRST || c > PINYIN_LAST) return "";
    for (uint16_t i = 0; is_first && i < pinyin_surname_count; i++)
        if (pinyin_surnames[i].character == c) return pinyin_syllables[pinyin_surnames[i].syllable];
    const char *at = &pinyin_readings[(size_t)(c - PINYIN_FIRST) * 2];
    return pinyin_syllables[digit_of(at[0]) << 6 | digit_of(at[1])];
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool pinyin_of_text(struct arena *arena, struct str text, struct str *ret_full, struct str *ret_initials)
{
    char full[TEXT_MAX * SYLLABLE_MAX], initials[TEXT_MAX];
    size_t full_n = 0, initials_n = 0, chinese = 0;
    struct str rest = text;
    for (size_t i = 0; rest.bytes && i < TEXT_MAX; i++) {
        uint32_t c = next(&rest);
        const char *syllable = reading(c, i == 0);
        size_t n = strlen(syllable);
        if (n == 0 && !is_letter(c)) continue;
        if (n) {
            memcpy(full + full_n, syllable, n);
            chinese++;
        } else {
            full[full_n] = (char)c;
        }
        initials[initials_n++] = n ? syllable[0] : (char)c;
        full_n += n ? n : 1;
    }
    if (chinese == 0) return false;
    char *kept = arena_alloc(arena, full_n + initials_n);
    if (!kept) return false;
    memcpy(kept, full, full_n);
    memcpy(kept + full_n, initials, initials_n);
    *ret_full = (struct str){kept, full_n};
    *ret_initials = (struct str){kept + full_n, initials_n};
    return true;
}
