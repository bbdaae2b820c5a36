/* pinyin_table: between pinyin.c and the generated pinyin_table.c. The reading of character U+4E00 + i is the syllable whose number
 * stands at pinyin_readings[2 i] as two digits of base 64 (0-9 A-Z a-z - _); syllable 0 is none. */
#ifndef RECORDS_PINYIN_TABLE_H
#define RECORDS_PINYIN_TABLE_H
#include <stdint.h>

#define PINYIN_FIRST 0x4e00u
#define PINYIN_LAST 0x9fffu

struct pinyin_surname {
    uint16_t character, syllable; /* read so when it is a family name */
};
extern const char *const pinyin_syllables[];
extern const char pinyin_readings[];
extern const struct pinyin_surname pinyin_surnames[]; /* sorted by character */
extern const uint16_t pinyin_surname_count;

#endif
