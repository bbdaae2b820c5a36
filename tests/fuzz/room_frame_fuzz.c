/* A frame about a call is read whole within its bounds, or refused. */
#include "desk/room_frame.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct room_frame f;
    struct json *v = NULL;
    if (json_parse(fuzz_str(bytes, n), &v, NULL) != OK) return 0;
    if (room_frame_read(v, &f) == OK) {
        ASSERT(f.kind < ROOM_FRAME_KINDS && f.tracks_n <= ROOM_FRAME_TRACKS_MAX &&
               f.cut_n <= ROOM_FRAME_CUT_MAX);
        ASSERT(f.sdp.bytes <= ROOM_SDP_BYTES_MAX);
        for (int i = 0; i < f.tracks_n; i++)
            ASSERT(f.tracks[i].mid.bytes <= ROOM_MID_BYTES_MAX &&
                   f.tracks[i].name.bytes <= ROOM_NAME_BYTES_MAX);
    }
    json_free(v);
    return 0;
}
