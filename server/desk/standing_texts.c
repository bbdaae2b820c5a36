#include "desk/standing_texts.h"

const struct standing_title standing_titles[STANDING_TITLES] = {
    {"chief", "主任医师"}, {"deputy", "副主任医师"}, {"attending", "主治医师"}, {"resident", "住院医师"}};
const char standing_licence_words[] = "执业医师";
