/* A guard with a hole, for rule 9 to find: yunqiaod-leaky is yunqiaod linked with it (--wrap). YQ_LEAK says where it leaks:
 *
 *   walk   a search lists, counts and pages what the reader may not see
 *   hop    only chains and _has look through it
 *
 * Reading by id stays guarded, as the bug that this stands for would leave it. */
#include "records/record_own.h"
#include "records/search_own.h"
#include <stdlib.h>

bool __real_record_may_see(const struct record_reader *who, const struct record_head *head);
bool __wrap_record_may_see(const struct record_reader *who, const struct record_head *head);
enum err __real_search_meets(struct search *s, const struct search_term *term, struct search_row *row,
                             bool *ret_meets);
enum err __wrap_search_meets(struct search *s, const struct search_term *term, struct search_row *row,
                             bool *ret_meets);

static _Thread_local int depth;

bool __wrap_record_may_see(const struct record_reader *who, const struct record_head *head)
{
    const char *leak = getenv("YQ_LEAK");
    if (leak && strcmp(leak, "walk") == 0) return true;
    if (leak && strcmp(leak, "hop") == 0 && depth > 0) return true;
    return __real_record_may_see(who, head);
}

enum err __wrap_search_meets(struct search *s, const struct search_term *term, struct search_row *row,
                             bool *ret_meets)
{
    depth++;
    enum err err = __real_search_meets(s, term, row, ret_meets);
    depth--;
    return err;
}
