/* What is found in a record, as it stands in the store: whatever is read is written as it was. */
#include "records/index_values.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str whole = fuzz_str(bytes, n);
    struct index_set set = {0};
    struct index_entry e;
    struct str rest = index_values_begin(whole, &set.words);
    while (index_values_next(&rest, &e)) {
        struct buf again;
        struct str back;
        struct index_entry same;
        ASSERT(e.table < INDEX_TABLES && rest.bytes < n);
        ASSERT(!e.text.bytes || (e.text.at >= whole.at && e.text.at + e.text.bytes <= whole.at + n));
        set.at = &e, set.count = 1;
        buf_init(&again, 2 * n + 256);
        index_values_write(&set, &again);
        uint64_t words;
        back = index_values_begin(buf_str(&again), &words);
        if (!again.err)
            ASSERT(words == set.words && index_values_next(&back, &same) && back.bytes == 0 &&
                   same.table == e.table && same.param == e.param && same.n[0] == e.n[0] &&
                   str_is(same.text, e.text) && memcmp(&same.low, &e.low, sizeof e.low) == 0);
        buf_done(&again);
    }
    return 0;
}
