#include "desk/calendar_feed_texts.h"

const char *calendar_feed_text(enum calendar_feed_word word, bool english)
{
    static const char *const words[CALENDAR_FEED_WORDS][2] = {
        [CALENDAR_FEED_NAME] = {"云桥", "Yunqiao"},
        [CALENDAR_FEED_CONSULTATION] = {"云桥会诊", "Yunqiao consultation"},
        [CALENDAR_FEED_ASKED] = {"云桥会诊（待答复）", "Yunqiao consultation (to be answered)"},
        [CALENDAR_FEED_ESCORT] = {"押解任务", "Escort"},
    };
    return words[word][english];
}
