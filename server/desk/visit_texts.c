#include "desk/visit_texts.h"

const char *const visit_text_and = "、";
const char *const visit_text_name = "远程会诊";
