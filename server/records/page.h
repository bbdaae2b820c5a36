/* page: where an answer goes on, as one word for a URL: what was asked and the place in it, sealed, so that no name or code stands in
 * the URL of a next page. A page word is no proof: who comes with it is asked anew (rule 10). Pure; any thread. */
#ifndef RECORDS_PAGE_H
#define RECORDS_PAGE_H
#include "base/arena.h"
#include "base/str.h"
#include "records/records.h"

struct page {
    struct str path, query, cursor; /* below the base; the percent-encoded query; the place */
    bool is_lenient;
};
enum err page_seal(struct records *r, struct arena *arena, const struct page *page,
                   struct str *ret_word) MUST_USE;
enum err page_open(struct records *r, struct arena *arena, struct str word,
                   struct page *ret) MUST_USE; /* ERR_BAD_INPUT */

#endif
