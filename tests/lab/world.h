/* world: sources and viewers around a stage, with a way between that delays, loses and reorders, all from one seed. Ten
 * milliseconds a turn.
 *
 *   world_open(seed), sources and viewers as wanted, world_run(ms), world_close */
#ifndef TESTS_LAB_WORLD_H
#define TESTS_LAB_WORLD_H
#include "tests/lab/source.h"
#include "tests/lab/stage.h"
#include "tests/lab/viewer.h"

enum { WORLD_SOURCES_MAX = 8, WORLD_VIEWERS_MAX = 8, WORLD_FLIGHT_MAX = 8192 };

struct world_way { /* of one direction */
    unsigned lost_of_100, doubled_of_100;
    int64_t delay_us, jitter_us;
};

struct world {
    struct world_way up, down; /* towards the router, and from it */
    unsigned source_count, viewer_count, flight_count;
    struct source sources[WORLD_SOURCES_MAX];
    struct viewer *viewers[WORLD_VIEWERS_MAX]; /* static memory of their own */
    unsigned packets_a_frame[WORLD_SOURCES_MAX];
    int64_t frame_us; /* between pictures */
    int64_t next_frame_us, next_sound_us, next_report_us;
    bool is_paused; /* sources send nothing */
    uint64_t lost, carried;
    struct world_flight {
        int64_t at_us;
        uint32_t peer;
        bool is_up, is_rtcp;
        uint16_t bytes;
        uint8_t at[1500];
    } flights[WORLD_FLIGHT_MAX];
};
extern struct world world;

enum err world_open(uint64_t seed) MUST_USE;
void world_close(void);
struct source *world_source(uint32_t peer, enum codec codec, const char *mid, uint32_t ssrc);
/* Of a section of the latest answer. */
struct viewer *world_viewer(uint32_t peer, enum codec codec, const char *mid);
void world_run(int64_t ms);
void world_settle(
    void); /* the sources rest, and what is under way and asked for arrives, without further loss */

/* One publisher of one video track with the layers in rids, connected, as peer 10 of participant 1; its track's number. */
uint32_t world_publish(unsigned codecs, unsigned traits, const char *rids);
/* One who watches the tracks, connected. Its status. */
uint8_t world_watch(uint32_t peer, uint32_t participant, enum link_peer_kind kind, unsigned codecs,
                    unsigned traits, const uint32_t *tracks, unsigned count);

#endif
