/* join: how a client (tests/lab/client) gets into a call: by WHIP and WHEP, or into janus's videoroom by its HTTP API, so that
 * one load can be put on both. One video track (VP8) and one of audio (Opus), no trickle. Waits for each answer.
 *
 *   publish   our offer --> its answer --> client_connect              (both)
 *   watch     our offer --> its answer --> client_connect              (WHEP)
 *             asked --> its offer --> client_connect, our answer       (janus)
 *
 * Owner: the test; one thread. */
#ifndef TESTS_LAB_JOIN_H
#define TESTS_LAB_JOIN_H
#include "tests/lab/client.h"

enum {
    JOIN_VIDEO_TYPE = 96,
    JOIN_AUDIO_TYPE = 111,
    JOIN_VIDEO_SSRC = 0x11000001, /* of what a publisher sends */
    JOIN_AUDIO_SSRC = 0x11000002
};
enum join_kind { JOIN_WHIP, JOIN_JANUS };

struct join;
struct join_feed { /* what a publisher became: janus numbers them, with us a name does */
    char name[32];
    int64_t id;
};
struct join_times {
    int64_t asked_us,
        offered_us; /* when we asked to watch, and when the offer was there: with WHEP both are one */
};

/* url: "http://127.0.0.1:PORT", of janus with its path; token: of WHIP. The texts outlive it. local: where media is to come to,
 * as janus wants a candidate. Prints what it cannot. */
enum err join_new(enum join_kind kind, const char *url, const char *token, struct link_address local,
                  const uint8_t *fingerprint, struct join **ret_join) MUST_USE;
void join_free(struct join *j); /* NULL allowed; with janus all that was joined goes */
/* With janus before anybody enters it; nothing with WHIP. */
enum err join_room(struct join *j, unsigned room) MUST_USE;
/* settings: what is to be called (up, rtp …) and the owner; the rest is filled in. */
enum err join_publish(struct join *j, unsigned room, const char *name, struct client *c,
                      struct client_settings *settings, struct join_feed *ret_feed) MUST_USE;
enum err join_watch(struct join *j, unsigned room, const struct join_feed *feed, struct client *c,
                    struct client_settings *settings, struct join_times *ret_times) MUST_USE;

#endif
