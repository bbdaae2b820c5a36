/* What a terminal's browser says that it recorded. */
#include "desk/voice_note.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct voice_note note = {0};
    enum voice_no no = voice_note_read(fuzz_str(bytes, n), &note);
    ASSERT(no == VOICE_YES || no == VOICE_NO_FORM || no == VOICE_NO_LONG);
    if (no == VOICE_YES) ASSERT(note.type && note.ms >= 0 && note.ms <= VOICE_NOTE_MS_MAX);
    return 0;
}
