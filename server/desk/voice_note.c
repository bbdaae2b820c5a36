#include "desk/voice_note.h"

/* In tenths of a millisecond: the shortest Opus frame has 25 of them. */
enum { TENTHS = 10, PACKET_TENTHS_MAX = 1200 };

/* RFC 6716 §3.1: the first byte says which frames, and how many. 0: no packet of Opus. */
static int64_t packet_tenths(const uint8_t *at, size_t bytes)
{
    static const int16_t silk[4] = {100, 200, 400, 600}, hybrid[2] = {100, 200}, celt[4] = {25, 50, 100, 200};
    if (bytes == 0) return 0;
    unsigned config = at[0] >> 3, code = at[0] & 3;
    int64_t frame = config < 12 ? silk[config & 3] : config < 16 ? hybrid[config & 1] : celt[config & 3];
    if (code == 3 && bytes < 2) return 0;
    int64_t count = code == 0 ? 1 : code == 3 ? at[1] & 63 : 2;
    return frame * count <= PACKET_TENTHS_MAX ? frame * count : 0;
}

static enum voice_no verdict(int64_t tenths, const char *type, struct voice_note *ret)
{
    if (tenths <= 0) return VOICE_NO_FORM;
    if (tenths > (int64_t)VOICE_NOTE_MS_MAX * TENTHS) return VOICE_NO_LONG;
    *ret = (struct voice_note){type, tenths / TENTHS};
    return VOICE_YES;
}

/* -- WebM (RFC 8794, RFC 9559): elements, each an id, a size and what it holds; a live one's size may be unknown -- */

enum {
    EBML = 0x1a45dfa3,
    DOC_TYPE = 0x4282,
    SEGMENT = 0x18538067,
    INFO = 0x1549a966,
    SCALE = 0x2ad7b1,
    TRACKS = 0x1654ae6b,
    TRACK = 0xae,
    TRACK_TYPE = 0x83,
    CODEC = 0x86,
    ENCODINGS = 0x6d80,
    CLUSTER = 0x1f43b675,
    CLUSTER_TIME = 0xe7,
    SIMPLE_BLOCK = 0xa3,
    BLOCK_GROUP = 0xa0,
    BLOCK = 0xa1
};
#define SIZE_UNKNOWN UINT64_MAX

struct webm {
    const uint8_t *at;
    size_t left;
    uint64_t scale, cluster; /* ns a tick; ticks */
    unsigned tracks, audio, opus;
    bool is_webm, is_first_known;
    int64_t first, last, sum; /* tenths */
};

static bool take_number(struct webm *w, bool with_marker, size_t bytes_max, uint64_t *ret,
                        bool *ret_is_unknown)
{
    if (w->left == 0 || w->at[0] == 0) return false;
    size_t n = 1;
    for (uint8_t bit = 0x80; !(w->at[0] & bit); bit >>= 1)
        n++;
    if (n > bytes_max || n > w->left) return false;
    uint64_t value = with_marker ? w->at[0] : w->at[0] & (0xff >> n);
    bool is_ones = (w->at[0] & (0xff >> n)) == 0xff >> n;
    for (size_t i = 1; i < n; i++) {
        value = value << 8 | w->at[i];
        is_ones = is_ones && w->at[i] == 0xff;
    }
    w->at += n;
    w->left -= n;
    *ret = value;
    if (ret_is_unknown) *ret_is_unknown = is_ones;
    return true;
}

static uint64_t unsigned_of(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* Track, time within the cluster, flags, and the packet. */
static bool take_block(struct webm *w, const uint8_t *at, size_t bytes)
{
    struct webm block = {.at = at, .left = bytes};
    uint64_t track;
    if (!take_number(&block, false, 8, &track, NULL) || block.left < 4) return false;
    int16_t within = (int16_t)(block.at[0] << 8 | block.at[1]);
    if (block.at[2] & 0x06) return false; /* lacing */
    int64_t packet = packet_tenths(block.at + 3, block.left - 3);
    if (packet == 0 || w->cluster > INT32_MAX || w->scale > 1000000000) return false;
    int64_t start = ((int64_t)w->cluster + within) * (int64_t)(w->scale / 1000) / 100;
    if (!w->is_first_known) w->first = start;
    w->is_first_known = true;
    if (start < w->first) w->first = start;
    if (start + packet > w->last) w->last = start + packet;
    w->sum += packet;
    return true;
}

static bool take_element(struct webm *w, uint64_t id, const uint8_t *at, size_t bytes)
{
    struct str text = {(const char *)at, bytes};
    bool is_number = bytes <= 8;
    switch (id) {
    case DOC_TYPE:
        w->is_webm = str_is_text(text, "webm");
        return w->is_webm;
    case SCALE:
        w->scale = is_number ? unsigned_of(at, bytes) : 0;
        return w->scale >= 1000;
    case TRACK_TYPE:
        w->audio += is_number && unsigned_of(at, bytes) == 2;
        return true;
    case CODEC:
        w->opus += str_is_text(text, "A_OPUS");
        return true;
    case ENCODINGS:
        return false;
    case CLUSTER_TIME:
        w->cluster = is_number ? unsigned_of(at, bytes) : UINT64_MAX;
        return is_number;
    case SIMPLE_BLOCK:
    case BLOCK:
        return take_block(w, at, bytes);
    default:
        return true; /* seeking, tags, padding */
    }
}

static bool is_holder(uint64_t id)
{
    return id == EBML || id == SEGMENT || id == INFO || id == TRACKS || id == TRACK || id == CLUSTER ||
           id == BLOCK_GROUP;
}

static enum voice_no read_webm(struct str file, struct voice_note *ret)
{
    struct webm w = {.at = (const uint8_t *)file.at, .left = file.bytes, .scale = 1000000};
    while (w.left) {
        uint64_t id, size;
        bool is_unknown;
        if (!take_number(&w, true, 4, &id, NULL) || !take_number(&w, false, 8, &size, &is_unknown))
            return VOICE_NO_FORM;
        w.tracks += id == TRACK;
        if (is_holder(id)) { /* what it holds follows */
            if (!is_unknown && size > w.left) return VOICE_NO_FORM;
            continue;
        }
        if (is_unknown || size > w.left || !take_element(&w, id, w.at, (size_t)size)) return VOICE_NO_FORM;
        w.at += size;
        w.left -= (size_t)size;
    }
    if (!w.is_webm || w.tracks != 1 || w.audio != 1 || w.opus != 1) return VOICE_NO_FORM;
    int64_t span = w.last - w.first;
    return verdict(span > w.sum ? span : w.sum, "audio/webm", ret);
}

/* -- Ogg (RFC 3533): pages of one stream, each a head of 27 bytes, the lengths of its segments, and those -- */

static uint32_t ogg_sum(const uint8_t *at, size_t bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes; i++) {
        sum ^= (uint32_t)(i >= 22 && i < 26 ? 0 : at[i]) << 24;
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 0x80000000u ? sum << 1 ^ 0x04c11db7u : sum << 1;
    }
    return sum;
}

static uint32_t little(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

struct ogg {
    uint32_t serial, pages, packets;
    uint8_t head[8]; /* how the packet begins that goes on */
    size_t bytes;    /* of it */
    int64_t sum;
};

static bool end_packet(struct ogg *o)
{
    size_t n = o->bytes < sizeof o->head ? o->bytes : sizeof o->head;
    struct str begins = {(const char *)o->head, n};
    bool is_good = true;
    if (o->packets == 0)
        is_good = str_is_text(begins, "OpusHead");
    else if (o->packets == 1)
        is_good = str_is_text(begins, "OpusTags");
    else {
        int64_t packet = packet_tenths(o->head, n);
        is_good = packet > 0;
        o->sum += packet;
    }
    o->packets++;
    o->bytes = 0;
    return is_good;
}

static bool take_page(struct ogg *o, const uint8_t *page, const uint8_t *body)
{
    for (size_t i = 0; i < page[26]; i++) {
        size_t n = page[27 + i];
        for (size_t k = 0; k < n && o->bytes + k < sizeof o->head; k++)
            o->head[o->bytes + k] = body[k];
        o->bytes += n;
        body += n;
        if (n < 255 && !end_packet(o)) return false;
    }
    return true;
}

static enum voice_no read_ogg(struct str file, struct voice_note *ret)
{
    const uint8_t *at = (const uint8_t *)file.at;
    size_t left = file.bytes;
    struct ogg o = {0};
    while (left) {
        if (left < 27 || memcmp(at, "OggS", 5) != 0 || left < 27u + at[26]) return VOICE_NO_FORM;
        size_t head = 27u + at[26], whole = head;
        for (size_t i = 27; i < head; i++)
            whole += at[i];
        bool is_first = at[5] & 2;
        if (whole > left || ogg_sum(at, whole) != little(at + 22) || is_first != (o.pages == 0))
            return VOICE_NO_FORM;
        if (is_first) o.serial = little(at + 14);
        if (little(at + 14) != o.serial || !take_page(&o, at, at + head)) return VOICE_NO_FORM;
        o.pages++;
        at += whole;
        left -= whole;
    }
    if (o.packets < 3 || o.bytes) return VOICE_NO_FORM;
    return verdict(o.sum, "audio/ogg", ret);
}

enum voice_no voice_note_read(struct str file, struct voice_note *ret)
{
    if (file.bytes > VOICE_NOTE_BYTES_MAX || file.bytes < 32) return VOICE_NO_FORM;
    if (memcmp(file.at, "OggS", 4) == 0) return read_ogg(file, ret);
    return memcmp(file.at, "\x1a\x45\xdf\xa3", 4) == 0 ? read_webm(file, ret) : VOICE_NO_FORM;
}
