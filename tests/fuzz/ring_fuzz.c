/* A ring whose other end is in hostile hands: | head 4 | tail 4 | where the rest lies 4 | the rest |. What is taken lies inside, and what
 * reads as a message is written again as the same bytes. */
#include "media/codec_msg.h"
#include "tests/fuzz/fuzz.h"

enum { BYTES = 1 << 16 };

static void message_look(const uint8_t *at, size_t n, enum ring_side to)
{
    static uint8_t memory[BYTES], again[RING_MESSAGE_BYTES_MAX];
    static struct ring_marks marks;
    struct codec_msg m;
    size_t again_n;
    if (codec_msg_read(at, n, to, &m) != OK) return;
    atomic_store(&marks.head, 0);
    atomic_store(&marks.tail, 0);
    struct ring out = {&marks, memory, BYTES, 0}, in = out;
    ASSERT(codec_msg_put(&out, &m) == OK && ring_take(&in, again, &again_n) == OK);
    ASSERT(again_n == n && memcmp(again, at, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t memory[BYTES], message[RING_MESSAGE_BYTES_MAX];
    static struct ring_marks marks;
    uint32_t said[3];
    size_t taken;
    if (n < sizeof said) return 0;
    memcpy(said, bytes, sizeof said);
    memset(memory, 0, sizeof memory);
    size_t at = said[2] % BYTES, rest = n - sizeof said < BYTES - at ? n - sizeof said : BYTES - at;
    memcpy(memory + at, bytes + sizeof said, rest);
    atomic_store(&marks.head, said[0]);
    atomic_store(&marks.tail, said[1]);
    struct ring in = {&marks, memory, BYTES, (uint32_t)at & ~7u}, out = {&marks, memory, BYTES, 0};
    for (int i = 0; i < 64 && ring_take(&in, message, &taken) == OK; i++) {
        ASSERT(taken > 0 && taken <= sizeof message);
        message_look(message, taken, RING_CHILD);
        message_look(message, taken, RING_WORKER);
    }
    message_look(bytes, n, RING_CHILD);
    message_look(bytes, n, RING_WORKER);
    struct ring_piece piece = {"abc", 3};
    enum err err = ring_put(&out, &piece, 1);
    ASSERT(err == OK || err == ERR_BUSY || err == ERR_CORRUPT);
    return 0;
}
