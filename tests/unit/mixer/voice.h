/* voice: an invented person for the mixer's tests: a tone with a few overtones, encoded by Opus, as packets. And what is left of a tone in
 * some sound. One owner, one thread. */
#ifndef TESTS_VOICE_H
#define TESTS_VOICE_H
#include "media/jitter.h"

struct voice {
    double hz;
    float loud;     /* peak, 0 … 1 */
    bool is_spoken; /* syllables, four a second, not one long tone */
    double turns;   /* of the tone so far */
    uint64_t at;    /* samples said so far */
    uint16_t seq;
    uint32_t stamp;
    void *encoder;
};
enum { VOICE_BYTES_MAX = 1275 };

void voice_init(struct voice *v, double hz, float loud, unsigned lost_percent);
void voice_done(struct voice *v);
/* The next 20 ms of it, as sound and as a packet; its bytes. */
void voice_sound(struct voice *v, float ret_sound[SOUND_FRAME]);
size_t voice_packet(struct voice *v, uint8_t ret_packet[VOICE_BYTES_MAX]);
/* How large the tone is in the sound (Goertzel): its peak. */
double tone_in(const float *sound, unsigned samples, double hz);
double rms_of(const float *sound, unsigned samples);
double db_of(double ratio);

#endif
