/* voice_note: what a wall terminal's browser recorded, judged by its bytes alone: one Opus track in WebM (a MediaRecorder's) or in Ogg (RFC 7845),
 * of which nothing else is taken: no picture, no second track, no lacing, nothing encrypted. How long it is comes from the packets themselves
 * (RFC 6716 §3.1), or from the times that they bear, whichever is longer. Pure; any thread. */
#ifndef DESK_VOICE_NOTE_H
#define DESK_VOICE_NOTE_H
#include "base/err.h"
#include "base/str.h"

#define VOICE_NOTE_BYTES_MAX (2 * 1024 * 1024)
#define VOICE_NOTE_MS_MAX 62000 /* a minute, and what a browser takes to stop */

enum voice_no {
    VOICE_YES,
    VOICE_NO_FORM, /* none of the two, or cut off, or with something else in it, or nothing was said */
    VOICE_NO_LONG
};
struct voice_note {
    const char *type; /* "audio/webm", "audio/ogg" */
    int64_t ms;
};
enum voice_no voice_note_read(struct str file, struct voice_note *ret);

#endif
