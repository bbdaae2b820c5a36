/* standing_texts: the words that a specialist's records say, in Chinese as the hospitals write them. Constant. */
#ifndef DESK_STANDING_TEXTS_H
#define DESK_STANDING_TEXTS_H

#define STANDING_TITLES 4

struct standing_title {
    const char *code, *words;
};
extern const struct standing_title standing_titles[STANDING_TITLES];
extern const char standing_licence_words[];

#endif
