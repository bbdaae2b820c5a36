/* profile: which part of a codec a format's parameters promise: H.264's profile-level-id (RFC 6184 §8.1), VP9's
 * profile-id (RFC 9628 §6), AV1's profile (AV1 RTP specification §7.2). The level is passed over: browsers take each
 * other's (level-asymmetry-allowed). Pure; any thread. */
#ifndef MEDIA_PROFILE_H
#define MEDIA_PROFILE_H
#include "media/frame.h"
#include "media/sdp.h"

enum {
    PROFILE_MAIN = 0, /* VP9's and AV1's own numbers go up from here */
    PROFILE_H264_BASELINE_CONSTRAINED = 0,
    PROFILE_H264_BASELINE,
    PROFILE_H264_MAIN,
    PROFILE_H264_HIGH_CONSTRAINED,
    PROFILE_H264_HIGH,
    PROFILE_H264_OTHER
};

uint8_t profile_of(enum codec codec, const struct sdp_codec *format);
/* How well a receiver that promises theirs decodes what is sent as sent; 0: not at all; more is better. */
unsigned profile_fit(enum codec codec, uint8_t theirs, uint8_t sent);

#endif
