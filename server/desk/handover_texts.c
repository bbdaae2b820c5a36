#include "desk/handover_texts.h"

static const char *const words[HANDOVER_WORDS][2] = {
    [HANDOVER_PACKET_TITLE] = {"转院病情摘要（密封）", "Transfer packet (sealed)"},
    [HANDOVER_RELEASE_TITLE] = {"出所医疗小结", "Release summary"},
    [HANDOVER_ALLERGIES] = {"过敏", "Allergies"},
    [HANDOVER_REASON] = {"转院原因", "Reason of the transfer"},
    [HANDOVER_TO] = {"致 ", "To "},
    [HANDOVER_REFERRAL] = {"转诊", "Referral"},
    [HANDOVER_SURGERY] = {"手术", "Operation"},
    [HANDOVER_EMERGENCY] = {"急诊", "Emergency"},
};

const char *handover_word(enum handover_word word, bool is_english)
{
    return words[word][is_english];
}
