#include "media/nack.h"
#include <string.h>

enum {
    MISSING_OF = 128,
    MUCH_16 = 65536 / 10,
    EXTRA_OF = 32,
    EXTRA_MUCH_16 = 65536 / 3,
    WAIT_LEAST_MS = 20,
    WAIT_MOST_MS = 200
};

void nack_init(struct nack *n)
{
    *n = (struct nack){.trip_ms = -1};
}

static void give_up_all(struct nack *n)
{
    n->given_up += n->count;
    n->count = 0;
}

static void item_remove(struct nack *n, uint32_t at)
{
    n->count--;
    memmove(&n->items[at], &n->items[at + 1], (n->count - at) * sizeof n->items[0]);
}

/* Where seq stands in the list, or would. */
static uint32_t place_of(const struct nack *n, int64_t seq)
{
    uint32_t low = 0, high = n->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (n->items[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void missing_note(struct nack *n, bool is_missing)
{
    n->missing_16 -= n->missing_16 / MISSING_OF;
    n->missing_16 += is_missing ? 65536 / MISSING_OF : 0;
}

static void answer_count(struct nack *n, bool is_extra)
{
    n->extra_16 -= n->extra_16 / EXTRA_OF;
    n->extra_16 += is_extra ? 65536 / EXTRA_OF : 0;
    n->answers_all |= n->extra_16 > EXTRA_MUCH_16;
}

static void answer_note(struct nack *n, int64_t seq)
{
    n->answered[n->answered_next] = (struct nack_answered){.seq = seq};
    n->answered_next = (n->answered_next + 1) % NACK_ANSWERED;
    answer_count(n, false);
}

/* Once may be chance: what RED brought meanwhile, or a packet that went again to fill the way. */
static void again_note(struct nack *n, int64_t seq)
{
    for (unsigned i = 0; i < NACK_ANSWERED; i++)
        if (n->answered[i].seq == seq) {
            if (n->answered[i].came_again) answer_count(n, true);
            n->answered[i].came_again = true;
        }
}

static void gap_note(struct nack *n, int64_t from, int64_t to, struct tick now)
{
    for (int64_t seq = from; seq < to && seq < from + MISSING_OF; seq++)
        missing_note(n, true);
    if (to - from > NACK_LIST_MAX - (int64_t)n->count) {
        give_up_all(n);
        n->given_up += (uint64_t)(to - from);
        n->wants_key = true;
        return;
    }
    for (int64_t seq = from; seq < to; seq++)
        n->items[n->count++] = (struct nack_item){.seq = seq, .noticed = now};
}

enum nack_news nack_packet(struct nack *n, uint16_t seq, struct tick now)
{
    if (!n->is_started) {
        n->is_started = true;
        n->newest = (int64_t)seq + 65536;
        return NACK_NEW;
    }
    int64_t whole = seq_unwrap(n->newest, seq);
    if (whole > n->newest + NACK_LEAP || whole < n->newest - NACK_LEAP) {
        give_up_all(n);
        n->newest = whole;
        n->wants_key = true;
        return NACK_RESTART;
    }
    if (whole > n->newest) {
        gap_note(n, n->newest + 1, whole, now);
        missing_note(n, false);
        n->newest = whole;
        return NACK_NEW;
    }
    uint32_t at = place_of(n, whole);
    if (at == n->count || n->items[at].seq != whole) {
        again_note(n, whole);
        return NACK_DUPLICATE;
    }
    bool was_asked = n->items[at].tries > 0;
    n->recovered += was_asked;
    if (was_asked) answer_note(n, whole);
    n->trip_ms = n->items[at].tries == 1 ? now.ms - n->items[at].asked.ms : -1;
    item_remove(n, at);
    return was_asked ? NACK_RECOVERED : NACK_NEW;
}

bool nack_is_missing(const struct nack *n, uint16_t seq)
{
    int64_t whole = seq_unwrap(n->newest, seq);
    uint32_t at = place_of(n, whole);
    if (!n->is_started) return false;
    return whole > n->newest || (at < n->count && n->items[at].seq == whole);
}

void nack_forget(struct nack *n)
{
    give_up_all(n);
}

void nack_expire(struct nack *n, struct tick now, int64_t age_ms)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->count; i++)
        if (now.ms - n->items[i].noticed.ms < age_ms) n->items[kept++] = n->items[i];
    n->given_up += n->count - kept;
    n->count = kept;
}

void nack_key_frame(struct nack *n, uint16_t seq)
{
    uint32_t before = place_of(n, seq_unwrap(n->newest, seq));
    n->given_up += before;
    n->count -= before;
    memmove(&n->items[0], &n->items[before], n->count * sizeof n->items[0]);
}

static bool is_eager(const struct nack *n)
{
    return n->missing_16 >= MUCH_16 && !n->answers_all;
}

static int64_t between(int64_t least, int64_t n, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

/* When an item is to be asked for next. */
static int64_t due_ms(const struct nack *n, const struct nack_item *item, int64_t round_trip_ms)
{
    if (item->tries == 0) {
        if (n->newest - item->seq >= NACK_REORDER) return item->noticed.ms;
        return item->noticed.ms + NACK_REORDER_MS;
    }
    if (is_eager(n)) {
        bool is_late = item->asked.ms - item->noticed.ms > 2 * round_trip_ms;
        int64_t third_ms = between(NACK_EAGER_LEAST_MS, round_trip_ms / 3, NACK_EAGER_MOST_MS);
        return item->asked.ms + (is_late ? NACK_LATE_EVERY_MS : third_ms);
    }
    int64_t wait_ms = between(WAIT_LEAST_MS, round_trip_ms * 12 / 10, WAIT_MOST_MS);
    return item->asked.ms + wait_ms + wait_ms * (item->tries - 1) / 4;
}

/* Enough has been asked for it. */
static bool is_hopeless(const struct nack *n, const struct nack_item *item, struct tick now)
{
    if (item->tries < NACK_TRIES_MAX) return false;
    return !is_eager(n) || now.ms - item->noticed.ms >= NACK_EAGER_AGE_MS;
}

unsigned nack_due(struct nack *n, struct tick now, int64_t round_trip_ms, uint16_t *ret_seqs,
                  unsigned seqs_max)
{
    unsigned count = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        struct nack_item *item = &n->items[i];
        bool is_due = now.ms >= due_ms(n, item, round_trip_ms);
        if (is_due && is_hopeless(n, item, now)) {
            n->given_up++;
            n->wants_key = true;
            continue;
        }
        if (is_due && count < seqs_max) {
            ret_seqs[count++] = (uint16_t)item->seq;
            if (item->tries < UINT8_MAX) item->tries++;
            item->asked = now;
        }
        n->items[kept++] = *item;
    }
    n->count = kept;
    n->asked += count;
    return count;
}

int64_t nack_wait_ms(const struct nack *n, struct tick now, int64_t round_trip_ms)
{
    int64_t first = -1;
    for (uint32_t i = 0; i < n->count; i++) {
        int64_t wait_ms = due_ms(n, &n->items[i], round_trip_ms) - now.ms;
        if (wait_ms <= 0) return 0;
        if (first < 0 || wait_ms < first) first = wait_ms;
    }
    return first;
}

int64_t nack_take_trip_ms(struct nack *n)
{
    int64_t trip_ms = n->trip_ms;
    n->trip_ms = -1;
    return trip_ms;
}

bool nack_take_key_want(struct nack *n)
{
    bool wants = n->wants_key;
    n->wants_key = false;
    return wants;
}
