#include "tests/lab/network.h"

enum { MS_MAX = 60000, QUEUE_USUAL_MS = 200, RATE_KBIT_MAX = 10000000 };

void network_init(struct network *n, uint64_t seed)
{
    *n = (struct network){.random = seed ? seed : 1};
}

/* xorshift64*: reproducible everywhere, and good enough to lose packets by. */
static double chance(struct network *n)
{
    n->random ^= n->random >> 12;
    n->random ^= n->random << 25;
    n->random ^= n->random >> 27;
    return (double)(n->random * 2685821657736338717u >> 11) / (double)(1ull << 53);
}

static bool per_cent(struct str value, double *ret_share)
{
    struct str fraction = value;
    uint64_t whole, tenths = 0;
    struct str before = str_cut(&fraction, '.');
    if (!str_to_u64(before, &whole) || whole > 100) return false;
    if (before.bytes != value.bytes && (fraction.bytes != 1 || !str_to_u64(fraction, &tenths))) return false;
    *ret_share = ((double)whole + (double)tenths / 10) / 100;
    return *ret_share <= 1;
}

static bool milliseconds(struct str value, int64_t *ret_us)
{
    uint64_t ms;
    if (!str_to_u64(value, &ms) || ms > MS_MAX) return false;
    *ret_us = (int64_t)ms * 1000;
    return true;
}

static bool word_read(struct str name, struct str value, struct network_terms *t)
{
    uint64_t kbit;
    if (str_is_text(name, "loss")) return per_cent(value, &t->loss);
    if (str_is_text(name, "reorder")) return per_cent(value, &t->reorder);
    if (str_is_text(name, "duplicate")) return per_cent(value, &t->duplicate);
    if (str_is_text(name, "delay")) return milliseconds(value, &t->delay_us);
    if (str_is_text(name, "jitter")) return milliseconds(value, &t->jitter_us);
    if (str_is_text(name, "queue")) return milliseconds(value, &t->queue_us);
    if (str_is_text(name, "burst")) {
        struct str enter = str_cut(&value, '/');
        return per_cent(enter, &t->burst_enter) && per_cent(value, &t->burst_leave) && t->burst_leave > 0;
    }
    if (!str_is_text(name, "rate") || !str_to_u64(value, &kbit) || kbit > RATE_KBIT_MAX) return false;
    t->rate_bps = (int64_t)kbit * 1000;
    return true;
}

enum err network_terms_read(struct str spec, struct network_terms *ret_terms)
{
    struct network_terms t = {.queue_us = QUEUE_USUAL_MS * 1000};
    if (spec.bytes && spec.at[spec.bytes - 1] == ',') return ERR_BAD_INPUT;
    if (!str_is_text(spec, "good")) {
        do {
            struct str value = str_cut(&spec, ','), name = str_cut(&value, '=');
            if (!word_read(name, value, &t)) return ERR_BAD_INPUT;
        } while (spec.bytes);
    }
    *ret_terms = t;
    return OK;
}

void network_set(struct network *n, const struct network_terms *terms)
{
    n->terms = *terms;
    n->is_in_burst = false;
}

static bool is_lost(struct network *n)
{
    const struct network_terms *t = &n->terms;
    double turn = chance(n);
    if (n->is_in_burst)
        n->is_in_burst = turn >= t->burst_leave;
    else
        n->is_in_burst = turn < t->burst_enter;
    return n->is_in_burst || chance(n) < t->loss;
}

unsigned network_pass(struct network *n, int64_t now_us, size_t bytes, int64_t ret_at_us[NETWORK_COPIES_MAX])
{
    const struct network_terms *t = &n->terms;
    int64_t out_us = now_us;
    n->taken++;
    if (is_lost(n)) {
        n->lost++;
        return 0;
    }
    if (t->rate_bps) {
        int64_t begins_us = n->free_us > now_us ? n->free_us : now_us;
        if (begins_us - now_us > t->queue_us) {
            n->queue_dropped++;
            return 0;
        }
        out_us = n->free_us = begins_us + (int64_t)bytes * 8000000 / t->rate_bps;
    }
    if (t->reorder > 0 && chance(n) < t->reorder) {
        ret_at_us[0] = out_us; /* overtakes all that are delayed */
    } else {
        ret_at_us[0] = out_us + t->delay_us + (int64_t)(chance(n) * (double)t->jitter_us);
        if (ret_at_us[0] < n->last_us) ret_at_us[0] = n->last_us;
        n->last_us = ret_at_us[0];
    }
    if (t->duplicate == 0 || chance(n) >= t->duplicate) return 1;
    ret_at_us[1] = ret_at_us[0];
    return 2;
}
