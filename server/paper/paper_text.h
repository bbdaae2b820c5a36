/* paper_text: the words that pages bear by themselves, in both languages. Pure; any thread. */
#ifndef PAPER_PAPER_TEXT_H
#define PAPER_PAPER_TEXT_H
#include <stdbool.h>

#define PAPER_PAGE_TEXT_BYTES 64
void paper_page_text(bool is_english, unsigned at, unsigned of, char ret_text[PAPER_PAGE_TEXT_BYTES]);

#endif
