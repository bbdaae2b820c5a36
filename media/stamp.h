/* stamp: RTP timestamps that go on when the source of a subscriber's stream changes. Layers of one camera
 * tell by their sender reports which of their timestamps are the same instant; where no report has come yet,
 * the time that has passed is what is known. Embedded; one thread. */
#ifndef MEDIA_STAMP_H
#define MEDIA_STAMP_H
#include <stdbool.h>
#include <stdint.h>

struct stamp_source { /* of an incoming stream */
    bool has_report;
    uint64_t ntp;
    uint32_t timestamp;
};
static inline void stamp_report(struct stamp_source *s, uint64_t ntp, uint32_t timestamp)
{
    *s = (struct stamp_source){true, ntp, timestamp};
}

struct stamp { /* of a subscriber's stream */
    bool is_started;
    uint32_t clock_hz, offset; /* ours = theirs + offset */
    uint32_t newest;           /* ours */
    int64_t newest_us;
    struct stamp_source source; /* of the newest, as it was then */
};
void stamp_init(struct stamp *s, uint32_t clock_hz, uint32_t first);
/* The next packets are of this source, beginning with timestamp theirs. */
void stamp_switch(struct stamp *s, const struct stamp_source *to, uint32_t theirs, int64_t now_us);
/* source: what is known of the stream now, for the next switch. */
uint32_t stamp_map(struct stamp *s, const struct stamp_source *source, uint32_t theirs, int64_t now_us);

#endif
