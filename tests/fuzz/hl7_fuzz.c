/* Messages of a registry, in both charsets. */
#include "registry/hl7.h"
#include "tests/fuzz/fuzz.h"

static void walk(struct arena *arena, const struct hl7 *m)
{
    for (size_t i = 0; i < m->segment_count; i++)
        for (size_t field = 1; field < 24; field++) {
            struct str f = hl7_field(m, &m->segments[i], field), text;
            size_t repeats = hl7_repeats(m, f);
            for (size_t r = 0; r < repeats && r < 4; r++)
                for (size_t c = 1; c < 6; c++) {
                    struct str one = hl7_component(m, hl7_repeat(m, f, r), c, 1);
                    enum err err = hl7_text(arena, m, one, &text, NULL);
                    ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_NOMEM);
                    if (!err) ASSERT(text.bytes <= one.bytes && str_is_utf8(text));
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena *arena = arena_new(1 << 22);
    struct hl7 m;
    const char *why = NULL;
    if (!arena) return 0;
    enum err err = hl7_read(arena, fuzz_str(bytes, n), CHARSET_AUTO, &m, &why);
    ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_NOMEM ||
           err == ERR_UNSUPPORTED);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) ASSERT(why != NULL);
    if (!err) {
        struct buf out;
        struct hl7_answer a = {
            .code = HL7_AE, .error = "101", .where = "PID^1^3", .words = "a | b", .control = "1"};
        walk(arena, &m);
        buf_init(&out, 1 << 20);
        hl7_ack(&out, &m, &a);
        struct hl7 back;
        if (!out.err) {
            err = hl7_read(arena, buf_str(&out), CHARSET_UTF8, &back, &why);
            ASSERT(err == OK || err == ERR_NOMEM || err == ERR_UNSUPPORTED || m.charset == CHARSET_GB18030);
        }
        buf_done(&out);
    }
    arena_free(arena);
    return 0;
}
