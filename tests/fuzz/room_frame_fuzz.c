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
        ASSERT(f.points_n >= 0 && f.points_n <= ROOM_FRAME_POINTS_MAX);
        for (int i = 0; i < f.points_n; i++)
            ASSERT(f.points[i].x <= ROOM_UNIT && f.points[i].y <= ROOM_UNIT);
        ASSERT(f.text.bytes <= ROOM_CHAT_BYTES_MAX && f.document.bytes <= ROOM_REF_BYTES_MAX &&
               f.code.bytes <= ROOM_CODE_BYTES_MAX && f.target.record.bytes <= ROOM_REF_BYTES_MAX);
        for (int i = 0; i < ROOM_AXES; i++)
            ASSERT(f.axes[i] >= -1 && f.axes[i] <= ROOM_UNIT);
        ASSERT(f.hears.bytes <= ROOM_LANGUAGE_BYTES_MAX && f.speaks.bytes <= ROOM_LANGUAGE_BYTES_MAX);
        ASSERT(!f.target.track || !f.target.record.bytes);
        ASSERT(f.kind != ROOM_FRAME_VIEW || !f.has_view ||
               (f.view.document.bytes > 0) != (f.view.study.bytes > 0));
        for (int i = 0; i < f.tracks_n; i++)
            ASSERT(f.tracks[i].mid.bytes <= ROOM_MID_BYTES_MAX &&
                   f.tracks[i].name.bytes <= ROOM_NAME_BYTES_MAX);
    }
    json_free(v);
    return 0;
}
