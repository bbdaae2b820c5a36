/* calendar_feed_texts: the few words of a calendar feed, in zh-CN and English. Constant; any thread. */
#ifndef DESK_CALENDAR_FEED_TEXTS_H
#define DESK_CALENDAR_FEED_TEXTS_H
#include <stdbool.h>

enum calendar_feed_word {
    CALENDAR_FEED_NAME,
    CALENDAR_FEED_CONSULTATION,
    CALENDAR_FEED_ASKED,
    CALENDAR_FEED_ESCORT,
    CALENDAR_FEED_WORDS
};
const char *calendar_feed_text(enum calendar_feed_word word, bool english);

#endif
