/* Files of events. */
#include "base/zone_file.h"
#include "registry/batch.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct zone *zone;
    if (zone_china(&zone)) return 0;
    struct arena *arena = arena_new(1 << 22);
    struct batch b;
    const char *words = NULL;
    enum err err = arena ? batch_begin(arena, fuzz_str(bytes, n), CHARSET_AUTO, zone, &b, &words) : ERR_NOMEM;
    ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_NOMEM ||
           err == ERR_UNSUPPORTED);
    if (err == ERR_BAD_INPUT) ASSERT(words != NULL);
    bool more = err == OK;
    while (more) {
        struct batch_row row = {0};
        struct event_fault fault = {0};
        size_t before = b.rest.bytes;
        err = batch_next(arena, &b, &row, &more, &fault);
        ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_NOMEM);
        if (err == ERR_NOMEM) break;
        ASSERT(!more || b.rest.bytes < before);
        if (err == ERR_BAD_INPUT) ASSERT(fault.where != NULL && fault.words != NULL);
        if (err == OK && more) ASSERT(row.event.number.bytes && row.event.control.bytes);
    }
    arena_free(arena);
    zone_free(zone);
    return 0;
}
