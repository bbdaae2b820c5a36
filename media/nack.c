#include "media/nack.h"
#include <string.h>

enum { MISSING_OF = 128, MUCH_16 = 65536 / 10, ECHO_TRIP_LEAST_MS = 3 * NACK_ECHO_MS };

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
    if (at == n->count || n->items[at].seq != whole) return NACK_DUPLICATE;
    bool was_asked = n->items[at].tries > 0;
    n->recovered += was_asked;
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

/* What goes next for it is the last request once more. */
static bool is_echoed_next(const struct nack *n, const struct nack_item *item, int64_t round_trip_ms)
{
    return item->tries && !item->is_echoed && n->missing_16 >= MUCH_16 && round_trip_ms >= ECHO_TRIP_LEAST_MS;
}

/* When an item is to be asked for next. */
static int64_t due_ms(const struct nack *n, const struct nack_item *item, int64_t round_trip_ms)
{
    if (item->tries == 0) {
        if (n->newest - item->seq >= NACK_REORDER) return item->noticed.ms;
        return item->noticed.ms + NACK_REORDER_MS;
    }
    if (is_echoed_next(n, item, round_trip_ms)) return item->asked.ms + NACK_ECHO_MS;
    int64_t wait_ms = round_trip_ms * 12 / 10;
    wait_ms = wait_ms < 20 ? 20 : wait_ms > 200 ? 200 : wait_ms;
    return item->asked.ms + wait_ms + (n->missing_16 < MUCH_16 ? wait_ms * (item->tries - 1) / 4 : 0);
}

unsigned nack_due(struct nack *n, struct tick now, int64_t round_trip_ms, uint16_t *ret_seqs,
                  unsigned seqs_max)
{
    unsigned count = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        struct nack_item *item = &n->items[i];
        bool is_due = now.ms >= due_ms(n, item, round_trip_ms),
             is_echo = is_echoed_next(n, item, round_trip_ms);
        if (is_due && !is_echo && item->tries == NACK_TRIES_MAX) {
            n->given_up++;
            n->wants_key = true;
            continue;
        }
        if (is_due && count < seqs_max) {
            ret_seqs[count++] = (uint16_t)item->seq;
            item->is_echoed = is_echo;
            if (!is_echo) item->tries++, item->asked = now;
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
