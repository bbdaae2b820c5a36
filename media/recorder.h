/* recorder: what one source shows and says becomes a film (media/webm) in sealed files (link/recording), live. Packets come in order, track by
 * track, with what is missing told; pictures are put together and neither decoded nor made anew.
 *
 *   IDLE --a key picture, or sound for RECORDER_WAIT_MS and no picture yet--> WRITING --end--> ENDED
 *   WRITING: another codec, or pictures where there were none: the part ends and the next begins
 *   PAUSED (withdrawn, private): nothing is taken, and the stretch stands in the file as a GAP; from then on as from IDLE, in the same file
 *
 * Instants: RTP's stamps through the source's sender reports (RFC 3550 §6.4.1), which put sound and pictures on one clock of the source; that clock is set against
 * ours by the report that came fastest. Before any report a track stands where its first packet came. What is held RECORDER_HOLD_MS is
 * written in the order of instants, so that a late track does not move.
 *
 * Everything of a second is in the file a second later: who kills this loses at most RECORDER_HOLD_MS and a cluster. One owner, one thread. */
#ifndef MEDIA_RECORDER_H
#define MEDIA_RECORDER_H
#include "link/recording.h"
#include "media/webm.h"

enum {
    RECORDER_HOLD_MS = 300,
    RECORDER_WAIT_MS = 2000,
    RECORDER_HELD_MAX = 1024,
    RECORDER_HELD_BYTES_MAX = 16 << 20,
    RECORDER_LOST_MS = 1000 /* a stretch without a picture, or without anything, that is told as a GAP */
};

struct recorder_settings {
    void *ctx;
    /* The file of the next part, from 0 on: its id, key and put. An error ends the recorder. */
    enum err (*open)(void *ctx, unsigned part, struct recording_settings *ret);
    /* The part is whole, synced by whoever has the file. */
    void (*ended)(void *ctx, unsigned part, const struct digest_value *chain, int64_t bytes);
};

struct recorder_packet {
    const uint8_t *at; /* the RTP payload */
    size_t bytes;
    uint32_t stamp;
    bool is_marked, is_after_gap;
    int64_t arrived_us; /* by our clock: UTC, microseconds */
};

struct recorder;
enum err recorder_new(const struct recorder_settings *settings, struct recorder **ret) MUST_USE;
void recorder_free(struct recorder *r); /* NULL allowed; ends nothing: the file stays as after a kill */
/* The track begins, or goes on in another codec. CODEC_NONE: it is gone. ERR_UNSUPPORTED: no film is made of that codec. */
enum err recorder_track(struct recorder *r, enum webm_track track, enum codec codec) MUST_USE;
/* A sender report: at ntp_us the source's stamp was this. */
void recorder_report(struct recorder *r, enum webm_track track, uint32_t stamp, int64_t ntp_us,
                     int64_t arrived_us);
/* Errors are the file's; after one nothing more is taken, and recorder_error tells it. */
void recorder_packet(struct recorder *r, enum webm_track track, const struct recorder_packet *p);
/* Each 100 ms or so. */
void recorder_turn(struct recorder *r, int64_t now_us);
/* At once: what is held is thrown away where consent is withdrawn or the talk private, else written. */
void recorder_pause(struct recorder *r, enum recording_why why, int64_t now_us);
void recorder_resume(struct recorder *r, int64_t now_us);
void recorder_end(struct recorder *r, int64_t now_us);
enum err recorder_error(const struct recorder *r);
/* The last instant (UTC, microseconds) that stands in a file; 0: none. */
int64_t recorder_last_us(const struct recorder *r);

#endif
