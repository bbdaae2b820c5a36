/* loud: makes people as loud as each other, whatever their microphones do. How loud somebody is, is measured as ITU-R BS.1770 does (the
 * K-weighting, blocks of 400 ms), over what is speech alone: a block below LOUD_GATE_LUFS counts nothing, one far below what
 * this person usually is counts little. The gain goes slowly to where the target is met, and what is no speech changes it not.
 *
 * Mono, 48 kHz. Embedded; one thread; no memory is taken. */
#ifndef MEDIA_LOUD_H
#define MEDIA_LOUD_H
#include <stdbool.h>

#define LOUD_TARGET_LUFS (-23.0f) /* of each person's speech (EBU R 128) */
#define LOUD_GATE_LUFS (-52.0f)   /* quieter is no speech */
#define LOUD_FAR_LU 10.0f         /* below the usual: a pause or a breath */
#define LOUD_GAIN_MOST_DB 20.0f   /* either way */
#define LOUD_UP_DB_S 5.0f         /* louder, at most so much a second */
#define LOUD_DOWN_DB_S 20.0f

enum { LOUD_PARTS = 4 }; /* of 100 ms, to a block */

struct loud {
    double a[2], b[2]; /* of the two filters */
    double part;       /* the sum of squares of this part */
    unsigned part_frames;
    double parts[LOUD_PARTS]; /* the last of them */
    unsigned part_count;
    double usual;        /* mean square of this person's speech */
    unsigned blocks;     /* of speech, as far as it matters */
    float gain_db, gain; /* of now */
};
void loud_init(struct loud *l);
/* Measures one frame of 20 ms, and brings it to where it belongs, in place. */
void loud_frame(struct loud *l, float *sound, unsigned samples);
float loud_usual_lufs(const struct loud *l); /* -INFINITY: nothing has been said yet */

#endif
