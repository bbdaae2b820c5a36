/* pinyin: how a Chinese text is asked for by those who type Latin letters: 张伟 by "zhangwei" and by "zw". Readings without tones from
 * a generated table; the first character is read as a family name where it has a reading as one. Pure; any thread. */
#ifndef RECORDS_PINYIN_H
#define RECORDS_PINYIN_H
#include "base/arena.h"
#include "base/str.h"

/* The syllables of the text's Chinese characters run together, other letters and digits kept, blanks left out; and their first
 * letters. False: the text has no character with a reading, or the arena is full. */
bool pinyin_of_text(struct arena *arena, struct str text, struct str *ret_full, struct str *ret_initials);

#endif
