#include "voice.h"
#include "base/mem.h"
#include <math.h>
#include <opus.h>

enum { BPS = 24000, SYLLABLES_A_SECOND = 4 };

void voice_init(struct voice *v, double hz, float loud, unsigned lost_percent)
{
    *v = (struct voice){.hz = hz, .loud = loud, .seq = 65000, .stamp = 4294900000u};
    v->encoder = mem_alloc((size_t)opus_encoder_get_size(1));
    ASSERT(v->encoder != NULL);
    ASSERT(opus_encoder_init(v->encoder, SOUND_HZ, 1, OPUS_APPLICATION_VOIP) == OPUS_OK);
    (void)opus_encoder_ctl(v->encoder, OPUS_SET_BITRATE(BPS));
    (void)opus_encoder_ctl(v->encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    (void)opus_encoder_ctl(v->encoder, OPUS_SET_INBAND_FEC(lost_percent > 0));
    (void)opus_encoder_ctl(v->encoder, OPUS_SET_PACKET_LOSS_PERC((int)lost_percent));
}

void voice_done(struct voice *v)
{
    mem_free(v->encoder);
}

void voice_sound(struct voice *v, float ret_sound[SOUND_FRAME])
{
    for (unsigned i = 0; i < SOUND_FRAME; i++) {
        double t = (double)(v->at + i) / SOUND_HZ, x = 2 * M_PI * (v->turns += v->hz / SOUND_HZ), open = 1;
        if (v->is_spoken) open = 0.5 - 0.5 * cos(2 * M_PI * SYLLABLES_A_SECOND * t);
        ret_sound[i] = (float)(v->loud * open * (0.7 * sin(x) + 0.2 * sin(2 * x) + 0.1 * sin(3 * x)));
    }
    v->at += SOUND_FRAME;
}

size_t voice_packet(struct voice *v, uint8_t ret_packet[VOICE_BYTES_MAX])
{
    float sound[SOUND_FRAME];
    voice_sound(v, sound);
    v->seq++;
    v->stamp += SOUND_FRAME;
    int n = opus_encode_float(v->encoder, sound, SOUND_FRAME, ret_packet, VOICE_BYTES_MAX);
    ASSERT(n > 0);
    return (size_t)n;
}

double tone_in(const float *sound, unsigned samples, double hz)
{
    double w = 2 * cos(2 * M_PI * hz / SOUND_HZ), a = 0, b = 0;
    for (unsigned i = 0; i < samples; i++) {
        double next = sound[i] + w * a - b;
        b = a;
        a = next;
    }
    double power = a * a + b * b - w * a * b;
    return power > 0 ? 2 * sqrt(power) / samples : 0;
}

double rms_of(const float *sound, unsigned samples)
{
    double sum = 0;
    for (unsigned i = 0; i < samples; i++)
        sum += (double)sound[i] * sound[i];
    return sqrt(sum / samples);
}

double db_of(double ratio)
{
    return ratio > 0 ? 20 * log10(ratio) : -200;
}
