/* A description that reads is written, read again as the same, and answered without harm; a fragment too. */
#include "media/answer.h"
#include "tests/fuzz/fuzz.h"

static const struct sdp_candidate candidate = {
    .foundation = {"1", 1}, .component = 1, .priority = 1, .address = {4, {192, 0, 2, 1}, 8443}};

static void answer(const struct sdp *s, struct arena *arena, bool is_strict)
{
    struct answer_terms terms = {.may_send = true,
                                 .may_receive = true,
                                 .is_strict = is_strict,
                                 .audio_max = 4,
                                 .video_max = 4,
                                 .layers_max = 4,
                                 .codecs = answer_codecs_default,
                                 .codec_count = answer_codecs_default_count,
                                 .extensions = ~0u,
                                 .setup = SDP_SETUP_ACTIVE,
                                 .ufrag = STR("ufra"),
                                 .password = STR("0123456789012345678901"),
                                 .candidates = &candidate,
                                 .candidate_count = 1};
    struct sdp *made, *back;
    struct sdp_fault fault = {0};
    struct buf text;
    if (answer_make(s, &terms, arena, &made, &fault) != OK) return;
    ASSERT(made->media_count == s->media_count);
    buf_init(&text, 2 * SDP_BYTES_MAX);
    sdp_write(made, &text);
    if (!text.err) {
        enum err err = sdp_parse(buf_str(&text), arena, &back, &fault);
        ASSERT(err == OK || err == ERR_NOMEM);
    }
    buf_done(&text);
}

static void comes_back(const struct sdp *s, struct arena *arena)
{
    struct buf first, second;
    struct sdp *back;
    struct sdp_fault fault = {0};
    buf_init(&first, 2 * SDP_BYTES_MAX);
    buf_init(&second, 2 * SDP_BYTES_MAX);
    sdp_write(s, &first);
    if (!first.err && first.bytes <= SDP_BYTES_MAX &&
        sdp_parse(buf_str(&first), arena, &back, &fault) == OK) {
        sdp_write(back, &second);
        ASSERT(second.err || str_is(buf_str(&first), buf_str(&second)));
    } else if (!first.err) {
        /* What we write is never refused for its form: only a limit or memory can be in the way. */
        ASSERT(fault.why == NULL || first.bytes > SDP_BYTES_MAX || fault.line > SDP_LINES_MAX);
    }
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena *arena = arena_new(8 << 20);
    struct sdp *s;
    struct sdp_fault fault = {0};
    if (!arena) return 0;
    if (sdp_parse(fuzz_str(bytes, n), arena, &s, &fault) == OK) {
        comes_back(s, arena);
        answer(s, arena, true);
        answer(s, arena, false);
    }
    if (sdp_parse_fragment(fuzz_str(bytes, n), arena, &s, &fault) == OK) {
        struct buf text;
        buf_init(&text, 2 * SDP_BYTES_MAX);
        sdp_write_fragment(s, &text);
        buf_done(&text);
    }
    arena_free(arena);
    return 0;
}
