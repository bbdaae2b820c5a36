#include "paper/paper_text.h"
#include <stdio.h>

void paper_page_text(bool is_english, unsigned at, unsigned of, char ret_text[PAPER_PAGE_TEXT_BYTES])
{
    if (is_english)
        snprintf(ret_text, PAPER_PAGE_TEXT_BYTES, "Page %u of %u", at, of);
    else
        snprintf(ret_text, PAPER_PAGE_TEXT_BYTES, "第%u页，共%u页", at, of);
}
