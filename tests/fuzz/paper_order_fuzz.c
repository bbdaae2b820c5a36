/* A paper that is read is written again, and then reads the same. */
#include "base/mem.h"
#include "paper/paper_order.h"
#include "tests/fuzz/fuzz.h"

static void again(const struct paper *p, struct arena *arena)
{
    struct buf first, second;
    struct json *root = NULL;
    struct paper read;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    if (paper_order_write(p, &first) == OK && paper_order_read(buf_str(&first), arena, &root, &read) == OK) {
        ASSERT(read.count == p->count && read.made.ms == p->made.ms);
        if (paper_order_write(&read, &second) == OK)
            ASSERT(second.bytes == first.bytes && memcmp(second.at, first.at, first.bytes) == 0);
        json_free(root);
    }
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct json *root;
    struct paper paper;
    struct arena *arena = arena_new(1 << 20);
    if (!arena) return 0;
    if (n <= 65536 && paper_order_read(fuzz_str(bytes, n), arena, &root, &paper) == OK) {
        again(&paper, arena);
        json_free(root);
    }
    arena_free(arena);
    return 0;
}
