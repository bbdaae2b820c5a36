#include "media/profile.h"

/* | profile_idc | constraint flags, from the high bit | level_idc | in hex. Without it: baseline (RFC 6184 §8.1). */
static uint8_t h264_profile(struct str text)
{
    uint8_t at[3];
    if (!str_from_hex(text, at, sizeof at)) return PROFILE_H264_BASELINE;
    switch (at[0]) {
    case 0x42:
        return at[1] & 0x40 ? PROFILE_H264_BASELINE_CONSTRAINED : PROFILE_H264_BASELINE;
    case 0x4d:
        return at[1] & 0x80 ? PROFILE_H264_BASELINE_CONSTRAINED : PROFILE_H264_MAIN;
    case 0x58:
        return (at[1] & 0xc0) == 0xc0 ? PROFILE_H264_BASELINE_CONSTRAINED : PROFILE_H264_OTHER;
    case 0x64:
        return (at[1] & 0x0c) == 0x0c ? PROFILE_H264_HIGH_CONSTRAINED : PROFILE_H264_HIGH;
    default:
        return PROFILE_H264_OTHER;
    }
}

static uint8_t number(const struct sdp_codec *format, const char *name)
{
    struct str text;
    uint64_t n;
    bool is_told = sdp_fmtp(format, name, &text) && str_to_u64(text, &n) && n <= UINT8_MAX;
    return is_told ? (uint8_t)n : PROFILE_MAIN;
}

uint8_t profile_of(enum codec codec, const struct sdp_codec *format)
{
    struct str text;
    switch ((int)codec) {
    case CODEC_H264:
        return sdp_fmtp(format, "profile-level-id", &text) ? h264_profile(text) : PROFILE_H264_BASELINE;
    case CODEC_VP9:
        return number(format, "profile-id");
    case CODEC_AV1:
        return number(format, "profile");
    default:
        return PROFILE_MAIN;
    }
}

/* What is told for H.264 is what was configured, not what comes: most senders of "baseline" and "main" send what
 * all decoders take. So a profile that does not fit is the last choice, and no refusal. */
static unsigned h264_fit(uint8_t theirs, uint8_t sent)
{
    static const uint8_t decodes[] = {
        [PROFILE_H264_BASELINE_CONSTRAINED] = 1 << PROFILE_H264_BASELINE_CONSTRAINED,
        [PROFILE_H264_BASELINE] = 1 << PROFILE_H264_BASELINE | 1 << PROFILE_H264_BASELINE_CONSTRAINED,
        [PROFILE_H264_MAIN] = 1 << PROFILE_H264_MAIN | 1 << PROFILE_H264_BASELINE_CONSTRAINED,
        [PROFILE_H264_HIGH_CONSTRAINED] =
            1 << PROFILE_H264_HIGH_CONSTRAINED | 1 << PROFILE_H264_BASELINE_CONSTRAINED,
        [PROFILE_H264_HIGH] = 1 << PROFILE_H264_HIGH | 1 << PROFILE_H264_HIGH_CONSTRAINED |
                              1 << PROFILE_H264_MAIN | 1 << PROFILE_H264_BASELINE_CONSTRAINED,
        [PROFILE_H264_OTHER] = 1 << PROFILE_H264_OTHER};
    if (theirs == sent) return 3;
    return decodes[theirs] >> sent & 1 ? 2 : 1;
}

unsigned profile_fit(enum codec codec, uint8_t theirs, uint8_t sent)
{
    if (codec == CODEC_H264) return h264_fit(theirs, sent);
    if (theirs == sent) return 3;
    /* AV1: each profile decodes those below it (§6.4.1 of its specification). VP9's differ in kind. */
    return codec == CODEC_AV1 && theirs > sent ? 2 : 0;
}
