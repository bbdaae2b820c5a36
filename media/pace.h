/* pace: what leaves a down peer by the clock, beside what goes on as it comes: what is kept and caught up with, stills, padding that bears an
 * estimate out, and a probe where nothing else goes. Called each turn of a connected down peer; one thread. */
#ifndef MEDIA_PACE_H
#define MEDIA_PACE_H
#include <stdint.h>

struct peer;

/* How fast what is kept, and what comes in a burst, leaves (media/down: CATCHING): all at once it would fill the queues on the way, and the
 * sound behind them would wait. */
void pace_caught(struct peer *p, int64_t now_us);
/* Single pictures of what is held back for the rate (media/still). */
void pace_stills(struct peer *p, int64_t now_us);
/* A way on which nothing goes tells nothing of itself: one small packet of padding each twentieth of a second keeps its feedback coming, and
 * what is held back for its estimate can come again. */
void pace_probe(struct peer *p, int64_t now_us);
/* Up to what is estimated, where more is wanted: an estimate that nothing bears out would be a guess. */
void pace_pad(struct peer *p, int64_t now_us);

#endif
