/* A FHIR body from a stranger: read, validated, patched with itself. What was read is read again from its own text and is the same. */
#include "records/patch.h"
#include "records/validate.h"
#include "tests/fuzz/fuzz.h"

/* Each value's text, read alone, is that value. */
static void check_again(const struct tape *t, struct arena *arena)
{
    for (uint32_t i = 0; i < t->count; i += 1 + t->count / 16) {
        struct tape again;
        struct str raw = tape_raw(t, i), text;
        if (tape_read(arena, raw, 100000, &again, NULL) != OK) return; /* memory, in the sweep */
        ASSERT(again.nodes[0].kind == t->nodes[i].kind && again.nodes[0].bytes == t->nodes[i].bytes);
        if (t->nodes[i].kind == TAPE_TEXT && tape_text(t, i, arena, &text)) ASSERT(str_is_utf8(text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str body = {(const char *)bytes, n};
    struct arena *arena = arena_new(1 << 22);
    struct tape_fault fault = {0};
    struct tape tape;
    if (!arena) return 0;
    enum err err = tape_read(arena, body, 100000, &tape, &fault);
    if (err == ERR_BAD_INPUT) ASSERT(fault.why && fault.byte <= n && strlen(fault.path) < TAPE_PATH_BYTES);
    if (!err) {
        struct validate_report report;
        struct patch_fault patch_fault;
        struct buf to;
        check_again(&tape, arena);
        if (validate_resource(&tape, 0, FHIR_NONE, arena, 20, &report) == OK) ASSERT(report.count <= 20);
        buf_init(&to, 1 << 20);
        (void)!patch_apply(&tape, &tape, arena, 20000, &to, &patch_fault);
        buf_done(&to);
    }
    arena_free(arena);
    return 0;
}
