/* limit: no sample of what goes out is larger than LIMIT_CEILING, whatever goes in; what is smaller is left as it is. It looks
 * LIMIT_AHEAD samples (5 ms) ahead, so that the gain is down before the peak comes, and lets go within a fifth of a second. What is no
 * number is silence. Embedded; one thread; no memory is taken. */
#ifndef MEDIA_LIMIT_H
#define MEDIA_LIMIT_H

#define LIMIT_CEILING 0.891f /* -1 dBFS */
enum { LIMIT_AHEAD = 240 };

struct limit {
    float gain;  /* at the end of what has gone out */
    float bound; /* that the part which waits may have */
    float waits[LIMIT_AHEAD];
};
void limit_init(struct limit *l);
/* In place; samples: a multiple of LIMIT_AHEAD. What comes out is LIMIT_AHEAD later than what goes in. */
void limit_frame(struct limit *l, float *sound, unsigned samples);

#endif
