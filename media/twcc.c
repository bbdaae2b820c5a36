#include "media/twcc.h"

enum { TICK_US = 250, REFERENCE_US = 64000, FCI_HEADER_BYTES = 8, RUN_MAX = 8191 };
enum { LOST, SMALL, LARGE };

void twcc_recv_init(struct twcc_recv *t)
{
    *t = (struct twcc_recv){0};
    for (int i = 0; i < TWCC_WINDOW; i++)
        t->seq_at[i] = -1;
}

static size_t slot_of(int64_t seq)
{
    return (size_t)seq % TWCC_WINDOW;
}

static bool has_arrived(const struct twcc_recv *t, int64_t seq)
{
    return t->seq_at[slot_of(seq)] == seq;
}

void twcc_recv_note(struct twcc_recv *t, uint16_t seq, int64_t now_us)
{
    if (!t->is_started) {
        t->is_started = true;
        t->next = t->newest = seq + 65536; /* so that one from before the first is no negative number */
    }
    int64_t whole = seq_unwrap(t->newest, seq);
    if (whole < t->next - TWCC_LATE_MAX || whole < 0 || has_arrived(t, whole)) return;
    t->arrived_us[slot_of(whole)] = now_us;
    t->seq_at[slot_of(whole)] = whole;
    t->untold++;
    _Static_assert(TWCC_LATE_MAX < TWCC_WINDOW, "what is told again is remembered");
    if (whole > t->newest) t->newest = whole;
    if (t->next <= t->newest - TWCC_WINDOW) t->next = t->newest - TWCC_WINDOW + 1;
    if (whole < t->next) t->next = whole; /* told as lost: tell again from here on */
}

/* The first that arrived at or after t->next. */
static bool first_arrival(const struct twcc_recv *t, int64_t *ret_seq)
{
    for (int64_t seq = t->next; seq <= t->newest; seq++) {
        if (!has_arrived(t, seq)) continue;
        *ret_seq = seq;
        return true;
    }
    return false;
}

struct draft {
    int64_t base, reference;
    unsigned count;
    uint8_t symbols[TWCC_STATUSES_MAX];
    int16_t deltas[TWCC_STATUSES_MAX];
    unsigned delta_count;
    size_t delta_bytes;
};

static int64_t round_down(int64_t n, int64_t by)
{
    return (n >= 0 ? n : n - by + 1) / by;
}

/* Statuses from t->next on, until the packet is full or a delta cannot be said in sixteen bits. */
static bool draft_fill(const struct twcc_recv *t, struct draft *d)
{
    int64_t first;
    if (!first_arrival(t, &first)) return false;
    *d = (struct draft){.base = t->next};
    if (first - t->next >= TWCC_STATUSES_MAX)
        d->base = first; /* a gap longer than a packet tells is no news */
    d->reference = round_down(t->arrived_us[slot_of(first)], REFERENCE_US);
    int64_t ticks = d->reference * (REFERENCE_US / TICK_US);
    for (int64_t seq = d->base; seq <= t->newest && d->count < TWCC_STATUSES_MAX; seq++) {
        if (!has_arrived(t, seq)) {
            d->symbols[d->count++] = LOST;
            continue;
        }
        int64_t delta = round_down(t->arrived_us[slot_of(seq)], TICK_US) - ticks;
        if (delta < INT16_MIN || delta > INT16_MAX) break; /* begins the next packet */
        ticks += delta;
        bool is_small = delta >= 0 && delta <= UINT8_MAX;
        d->symbols[d->count++] = is_small ? SMALL : LARGE;
        d->deltas[d->delta_count++] = (int16_t)delta;
        d->delta_bytes += is_small ? 1 : 2;
    }
    return true;
}

static unsigned run_at(const struct draft *d, unsigned i)
{
    unsigned n = 1;
    while (i + n < d->count && n < RUN_MAX && d->symbols[i + n] == d->symbols[i])
        n++;
    return n;
}

/* The chunk for the symbols at i on; returns how many it tells. */
static unsigned chunk_of(const struct draft *d, unsigned i, uint16_t *ret_chunk)
{
    unsigned run = run_at(d, i), n = 0;
    uint16_t chunk = 0;
    bool has_large = false;
    for (unsigned k = i; k < i + 14 && k < d->count; k++)
        has_large |= d->symbols[k] == LARGE;
    if (run >= (has_large ? 7 : 14) || run == d->count - i) {
        *ret_chunk = (uint16_t)((unsigned)d->symbols[i] << 13 | run);
        return run;
    }
    unsigned room = has_large ? 7 : 14, bits = has_large ? 2 : 1;
    for (; n < room && i + n < d->count; n++)
        chunk |= (uint16_t)((unsigned)d->symbols[i + n] << (14 - bits * (n + 1)));
    *ret_chunk = (uint16_t)(0x8000 | (has_large ? 0x4000 : 0) | chunk);
    return n;
}

bool twcc_recv_write(struct twcc_recv *t, struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc)
{
    struct draft d;
    uint16_t chunks[TWCC_STATUSES_MAX];
    unsigned chunk_count = 0;
    if (t->untold == 0 || !draft_fill(t, &d)) {
        t->untold = 0;
        return false;
    }
    for (unsigned i = 0; i < d.count;)
        i += chunk_of(&d, i, &chunks[chunk_count++]);
    size_t bytes = FCI_HEADER_BYTES + 2 * (size_t)chunk_count + d.delta_bytes;
    uint8_t *at = rtcp_add_feedback(o, RTCP_TYPE_RTPFB, RTCP_FORMAT_TWCC, ssrc, media_ssrc, bytes);
    if (!at) return false;
    bytes_put16(at, (uint16_t)d.base);
    bytes_put16(at + 2, (uint16_t)d.count);
    bytes_put24(at + 4, (uint32_t)d.reference & 0xffffff);
    at[7] = t->feedback_count++;
    at += FCI_HEADER_BYTES;
    for (unsigned i = 0; i < chunk_count; i++, at += 2)
        bytes_put16(at, chunks[i]);
    for (unsigned i = 0, k = 0; i < d.count; i++) {
        if (d.symbols[i] == SMALL) *at++ = (uint8_t)d.deltas[k++];
        if (d.symbols[i] != LARGE) continue;
        bytes_put16(at, (uint16_t)d.deltas[k++]);
        at += 2;
    }
    t->next = d.base + d.count;
    if (t->next > t->newest) t->untold = 0;
    return true;
}

/* Reads the chunk under t->chunk. */
static void chunk_begin(struct twcc *t)
{
    uint16_t chunk = bytes_get16(t->chunk);
    t->chunk += 2;
    if (chunk & 0x8000) {
        t->symbol_bits = chunk & 0x4000 ? 2 : 1;
        t->symbols = chunk & 0x3fff;
        t->symbols_left = t->symbol_bits == 2 ? 7 : 14;
    } else {
        t->symbol_bits = 0;
        t->symbols = chunk >> 13;
        t->symbols_left = chunk & 0x1fff;
    }
}

static unsigned symbol_next(struct twcc *t)
{
    t->symbols_left--;
    if (t->symbol_bits == 0) return t->symbols;
    return t->symbols >> (t->symbol_bits * t->symbols_left) & (t->symbol_bits == 2 ? 3u : 1u);
}

/* Adds up the chunks' statuses and their deltas; false when they are more than there is. */
static bool adds_up(struct twcc *t)
{
    size_t delta_bytes = 0;
    unsigned left = t->left;
    while (left > 0) {
        if (t->end - t->chunk < 2) return false;
        chunk_begin(t);
        if (t->symbols_left == 0) return false; /* a run of none */
        for (; left > 0 && t->symbols_left > 0; left--) {
            unsigned symbol = symbol_next(t);
            if (symbol > LARGE) return false; /* reserved */
            delta_bytes += symbol;
        }
    }
    t->delta = t->chunk;
    return delta_bytes <= (size_t)(t->end - t->delta);
}

enum err twcc_parse(const struct rtcp *feedback, struct twcc *ret_twcc)
{
    ASSERT(feedback->kind == RTCP_TWCC);
    const uint8_t *p = feedback->body;
    int32_t reference = (int32_t)(bytes_get24(p + 4) << 8) >> 8;
    struct twcc t = {.chunk = p + FCI_HEADER_BYTES, .end = p + feedback->body_bytes};
    t.seq = bytes_get16(p);
    t.left = bytes_get16(p + 2);
    t.feedback_count = p[7];
    t.at_us = (int64_t)reference * REFERENCE_US;
    if (t.left == 0 || !adds_up(&t)) return ERR_BAD_INPUT;
    t.chunk = p + FCI_HEADER_BYTES;
    t.symbols_left = 0;
    *ret_twcc = t;
    return OK;
}

bool twcc_next(struct twcc *t, struct twcc_status *ret_status)
{
    if (t->left == 0) return false;
    if (t->symbols_left == 0) chunk_begin(t);
    unsigned symbol = symbol_next(t);
    int ticks = symbol == SMALL ? t->delta[0] : symbol == LARGE ? (int16_t)bytes_get16(t->delta) : 0;
    t->delta += symbol;
    t->at_us += (int64_t)ticks * TICK_US;
    t->left--;
    *ret_status = (struct twcc_status){t->seq++, symbol != LOST, t->at_us};
    return true;
}
