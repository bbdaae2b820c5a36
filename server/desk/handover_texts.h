/* handover_texts: the words of what is handed over, in both languages. Pure; any thread. */
#ifndef DESK_HANDOVER_TEXTS_H
#define DESK_HANDOVER_TEXTS_H
#include <stdbool.h>

enum handover_word {
    HANDOVER_PACKET_TITLE,
    HANDOVER_RELEASE_TITLE,
    HANDOVER_ALLERGIES,
    HANDOVER_REASON,
    HANDOVER_TO,
    HANDOVER_REFERRAL,
    HANDOVER_SURGERY,
    HANDOVER_EMERGENCY,
    HANDOVER_WORDS
};
const char *handover_word(enum handover_word word, bool is_english);

#endif
