/* RFC 8536 §3 (RFC 9636 for version 4). All integers are big-endian.
 *
 *   header  "TZif" | version | 15 unused | isut n | isstd n | leap n | time n | type n | char n     (44 bytes)
 *   data    time n × time | time n × type index | type n × {int32 offset, is_dst, name index} | char n × char
 *           | leap n × {time, int32} | isstd n × byte | isut n × byte
 *
 * The first header and data use 4-byte times and are skipped; a second of each with 8-byte times follows, then
 * the TZ string between two newlines. */
#include "base/mem.h"
#include "base/zone_own.h"

enum { HEADER_BYTES = 44, TYPES_MAX = 256, TIMES_MAX = 4096 };

struct reader {
    const uint8_t *at;
    size_t left;
};
struct header {
    uint8_t version;
    uint32_t ut, std, leaps, times, types, chars;
};

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The next bytes, or NULL when there are not so many. */
static const uint8_t *take(struct reader *r, size_t bytes)
{
    const uint8_t *p = r->at;
    if (bytes > r->left) return NULL;
    r->at += bytes;
    r->left -= bytes;
    return p;
}

static enum err read_header(struct reader *r, struct header *ret)
{
    const uint8_t *p = take(r, HEADER_BYTES);
    if (!p || memcmp(p, "TZif", 4) != 0) return ERR_BAD_INPUT;
    struct header h = {p[4], u32(p + 20), u32(p + 24), u32(p + 28), u32(p + 32), u32(p + 36), u32(p + 40)};
    if (h.version == 0) return ERR_UNSUPPORTED;
    if (h.version < '2') return ERR_BAD_INPUT;
    if (h.version > '4') return ERR_NEWER;
    if (h.times > TIMES_MAX || h.types > TYPES_MAX || h.chars > ZONE_BYTES_MAX || h.leaps > TIMES_MAX)
        return ERR_LIMIT;
    if (h.types == 0 || h.chars == 0 || (h.ut && h.ut != h.types) || (h.std && h.std != h.types))
        return ERR_BAD_INPUT;
    *ret = h;
    return OK;
}

static size_t data_bytes(const struct header *h, size_t time_bytes)
{
    return h->times * (time_bytes + 1) + h->types * 6 + h->chars + h->leaps * (time_bytes + 4) + h->std +
           h->ut;
}

static bool read_times(struct zone *z, const uint8_t *times, const uint8_t *to)
{
    for (uint32_t i = 0; i < z->time_count; i++) {
        uint64_t bits = (uint64_t)u32(times + 8 * i) << 32 | u32(times + 8 * i + 4);
        z->times[i] = (int64_t)bits;
        z->to[i] = to[i];
        if (to[i] >= z->offset_count || (i > 0 && z->times[i] <= z->times[i - 1])) return false;
        /* Years 1 to 9999 are more than any table holds, and sums with them cannot overflow. */
        if (z->times[i] < -62135596800 || z->times[i] > 253402300799) return false;
    }
    return true;
}

static bool read_offset(const uint8_t *type, const uint8_t *chars, uint32_t char_count,
                        struct zone_offset *ret)
{
    uint32_t bits = u32(type), name = type[5];
    struct zone_offset o = {.s = (int32_t)bits, .is_dst = type[4]};
    if (o.s < -89999 || o.s > 93599 || type[4] > 1 || name >= char_count) return false;
    const uint8_t *end = memchr(chars + name, 0, char_count - name);
    if (!end || end - (chars + name) >= ZONE_NAME_BYTES) return false;
    memcpy(o.name, chars + name, (size_t)(end - (chars + name)));
    *ret = o;
    return true;
}

static bool are_indicators_right(const struct header *h, const uint8_t *std, const uint8_t *ut)
{
    for (uint32_t i = 0; i < h->std; i++)
        if (std[i] > 1) return false;
    for (uint32_t i = 0; i < h->ut; i++) {
        if (ut[i] > 1) return false;
        if (ut[i] && (h->std == 0 || !std[i])) return false; /* UT implies standard time */
    }
    return true;
}

static enum err read_data(struct zone *z, const struct header *h, const uint8_t *data)
{
    const uint8_t *to = data + (size_t)h->times * 8, *types = to + h->times,
                  *chars = types + (size_t)h->types * 6;
    const uint8_t *std = chars + h->chars, *ut = std + h->std; /* no leap seconds between */
    z->times = mem_alloc(h->times * sizeof *z->times);
    z->to = mem_alloc(h->times);
    z->offsets = mem_alloc(h->types * sizeof *z->offsets);
    if (!z->times || !z->to || !z->offsets) return ERR_NOMEM;
    z->time_count = h->times;
    z->offset_count = h->types;
    if (!read_times(z, data, to) || !are_indicators_right(h, std, ut)) return ERR_BAD_INPUT;
    for (uint32_t i = 0; i < h->types; i++)
        if (!read_offset(types + 6 * i, chars, h->chars, &z->offsets[i])) return ERR_BAD_INPUT;
    return OK;
}

/* The rule must say of the last transition what the table says of it (RFC 8536 §3.3). */
static bool is_rule_consistent(const struct zone *z)
{
    if (z->time_count == 0) return true;
    const struct zone_offset *table = &z->offsets[z->to[z->time_count - 1]];
    const struct zone_offset *rule = zone_rule_offset(&z->rule, z->times[z->time_count - 1]);
    return table->s == rule->s && table->is_dst == rule->is_dst && strcmp(table->name, rule->name) == 0;
}

static enum err read_footer(struct zone *z, struct reader *r)
{
    if (r->left < 2 || r->at[0] != '\n' || r->at[r->left - 1] != '\n') return ERR_BAD_INPUT;
    struct str rule = {(const char *)r->at + 1, r->left - 2};
    if (rule.bytes == 0) return OK;
    if (!zone_rule_parse(rule, &z->rule)) return ERR_BAD_INPUT;
    z->has_rule = true;
    return is_rule_consistent(z) ? OK : ERR_BAD_INPUT;
}

static enum err read_zone(struct zone *z, struct reader *r)
{
    struct header h;
    enum err err = read_header(r, &h);
    if (err) return err;
    if (!take(r, data_bytes(&h, 4))) return ERR_BAD_INPUT;
    err = read_header(r, &h);
    if (err) return err;
    if (h.leaps) return ERR_UNSUPPORTED;
    const uint8_t *data = take(r, data_bytes(&h, 8));
    if (!data) return ERR_BAD_INPUT;
    err = read_data(z, &h, data);
    return err ? err : read_footer(z, r);
}

enum err zone_parse(const void *tzif, size_t bytes, struct zone **ret_zone)
{
    struct reader r = {tzif, bytes};
    if (bytes > ZONE_BYTES_MAX) return ERR_LIMIT;
    struct zone *z = mem_zalloc(sizeof *z);
    if (!z) return ERR_NOMEM;
    enum err err = read_zone(z, &r);
    if (err) {
        zone_free(z);
        return err;
    }
    *ret_zone = z;
    return OK;
}
