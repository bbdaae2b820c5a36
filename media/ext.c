#include "media/ext.h"

_Static_assert(EXT_KINDS <= 32, "struct ext_values.has has a bit a kind");

static const char *const uris[EXT_KINDS] = {
    [EXT_NONE] = "",
    [EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
    [EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    [EXT_REPAIRED_RID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    [EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    [EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    [EXT_TRANSPORT_SEQ] = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    [EXT_TIME_OFFSET] = "urn:ietf:params:rtp-hdrext:toffset",
    [EXT_ORIENTATION] = "urn:3gpp:video-orientation",
    [EXT_PLAYOUT_DELAY] = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    [EXT_DEPENDENCY] =
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    [EXT_CONTENT_TYPE] = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    [EXT_VIDEO_TIMING] = "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    [EXT_COLOR_SPACE] = "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    [EXT_ABS_CAPTURE_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    [EXT_LAYER_ALLOCATION] = "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
};

enum ext_kind ext_of_uri(struct str uri)
{
    for (int kind = EXT_NONE + 1; kind < EXT_KINDS; kind++)
        if (str_is_text(uri, uris[kind])) return (enum ext_kind)kind;
    return EXT_NONE;
}

const char *ext_uri(enum ext_kind kind)
{
    ASSERT(kind < EXT_KINDS);
    return uris[kind];
}

void ext_map_init(struct ext_map *m)
{
    *m = (struct ext_map){0};
}

bool ext_map_add(struct ext_map *m, enum ext_kind kind, unsigned id)
{
    ASSERT(kind > EXT_NONE && kind < EXT_KINDS);
    if (id == 0 || id == 15 || id > 255) return false;
    if (m->kind_of[id] != EXT_NONE && m->kind_of[id] != kind) return false;
    if (m->id_of[kind] != 0 && m->id_of[kind] != id) return false;
    m->kind_of[id] = (uint8_t)kind;
    m->id_of[kind] = (uint8_t)id;
    return true;
}

/* False: the length does not fit the kind. */
static bool value_read(enum ext_kind kind, struct str value, struct ext_values *v)
{
    const uint8_t *at = (const uint8_t *)value.at;
    switch (kind) {
    case EXT_MID:
        v->mid = value;
        return value.bytes > 0;
    case EXT_RID:
        v->rid = value;
        return value.bytes > 0;
    case EXT_REPAIRED_RID:
        v->repaired_rid = value;
        return value.bytes > 0;
    case EXT_DEPENDENCY:
        v->dependency = value;
        return value.bytes >= 3;
    case EXT_AUDIO_LEVEL:
        if (value.bytes < 1) return false; /* a two-byte form may add a byte of padding (RFC 6464 §3) */
        v->is_voice = at[0] >> 7;
        v->level = at[0] & 0x7f;
        return true;
    case EXT_ABS_SEND_TIME:
        if (value.bytes != 3) return false;
        v->abs_send_time = bytes_get24(at);
        return true;
    case EXT_TRANSPORT_SEQ:
        if (value.bytes < 2) return false; /* version 2 adds a request for feedback */
        v->transport_seq = bytes_get16(at);
        return true;
    case EXT_ORIENTATION:
        if (value.bytes != 1) return false;
        v->orientation = at[0];
        return true;
    case EXT_CONTENT_TYPE:
        if (value.bytes != 1) return false;
        v->content_type = at[0];
        return true;
    case EXT_PLAYOUT_DELAY:
        if (value.bytes != 3) return false;
        v->playout_min = (uint16_t)(bytes_get24(at) >> 12);
        v->playout_max = (uint16_t)(bytes_get24(at) & 0xfff);
        return true;
    case EXT_TIME_OFFSET:
    case EXT_VIDEO_TIMING:
    case EXT_COLOR_SPACE:
    case EXT_ABS_CAPTURE_TIME:
    case EXT_LAYER_ALLOCATION:
        return true; /* nobody here reads them: ext_find gets the bytes */
    case EXT_NONE:
    case EXT_KINDS:
    default:
        return false;
    }
}

void ext_read(const struct ext_map *m, const struct rtp *r, struct ext_values *ret_values)
{
    struct ext_values v = {0};
    struct str value;
    uint8_t id;
    for (uint16_t at = 0; rtp_next_extension(r, &at, &id, &value);) {
        enum ext_kind kind = (enum ext_kind)m->kind_of[id];
        if (kind != EXT_NONE && !ext_has(&v, kind) && value_read(kind, value, &v)) v.has |= 1u << kind;
    }
    *ret_values = v;
}

bool ext_find(const struct ext_map *m, const struct rtp *r, enum ext_kind kind, struct str *ret_value)
{
    struct str value;
    uint8_t id;
    for (uint16_t at = 0; rtp_next_extension(r, &at, &id, &value);) {
        if (m->kind_of[id] != kind) continue;
        *ret_value = value;
        return true;
    }
    return false;
}
