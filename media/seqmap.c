#include "media/seqmap.h"
#include "base/mem.h"
#include <string.h>

enum in_state { IN_UNKNOWN, IN_KNOWN, IN_DROPPED };
enum out_state {
    OUT_NOBODYS,
    OUT_OWN,
    OUT_FREE,
    OUT_FORWARDED
}; /* FREE: it waits for a packet that is late */

static struct seqmap_in *in_at(const struct seqmap *m, int64_t in)
{
    return &m->ins[(uint64_t)in & (m->kept - 1)];
}
static struct seqmap_out *out_at(const struct seqmap *m, int64_t out)
{
    return &m->outs[(uint64_t)out & (m->kept - 1)];
}
static bool out_is_kept(const struct seqmap *m, int64_t out)
{
    return out <= m->out_newest && out > m->out_newest - m->kept;
}

enum err seqmap_init(struct seqmap *m, uint32_t kept, uint16_t first)
{
    ASSERT(kept > 0 && (kept & (kept - 1)) == 0);
    *m = (struct seqmap){.kept = kept, .out_newest = (int64_t)first - 1};
    m->ins = mem_zalloc(kept * sizeof *m->ins);
    m->outs = mem_zalloc(kept * sizeof *m->outs);
    if (m->ins && m->outs) return OK;
    seqmap_done(m);
    return ERR_NOMEM;
}

void seqmap_done(struct seqmap *m)
{
    mem_free(m->ins);
    mem_free(m->outs);
    *m = (struct seqmap){0};
}

void seqmap_switch(struct seqmap *m)
{
    m->is_switching = true;
}

static void source_begin(struct seqmap *m, uint16_t in)
{
    int64_t first = (int64_t)in + 65536; /* so that one before it is no negative number */
    memset(m->ins, 0, m->kept * sizeof *m->ins);
    m->in_newest = first - 1;
    m->offset = first - (m->out_newest + 1);
    m->is_started = true;
    m->is_switching = false;
}

/* Makes in known; those between the newest and it have not come and keep their numbers. */
static void advance(struct seqmap *m, int64_t in)
{
    int64_t from = in - m->in_newest > m->kept ? in - m->kept : m->in_newest;
    for (int64_t i = from + 1; i <= in; i++) {
        int64_t out = i - m->offset;
        *in_at(m, i) = (struct seqmap_in){(uint16_t)out, IN_KNOWN};
        *out_at(m, out) = (struct seqmap_out){(uint16_t)i, 0, OUT_FREE};
    }
    m->in_newest = in;
    m->out_newest = in - m->offset;
}

enum err seqmap_forward(struct seqmap *m, uint8_t source, uint16_t in, uint16_t *ret_out)
{
    if (!m->is_started || m->is_switching) source_begin(m, in);
    int64_t whole = seq_unwrap(m->in_newest, in);
    if (whole > m->in_newest) advance(m, whole);
    if (whole <= m->in_newest - m->kept) return ERR_LIMIT;
    const struct seqmap_in *known = in_at(m, whole);
    if (known->state != IN_KNOWN) return ERR_DENIED;
    int64_t out = seq_unwrap(m->out_newest, known->out);
    if (!out_is_kept(m, out)) return ERR_LIMIT; /* many of our own went since */
    *out_at(m, out) = (struct seqmap_out){in, source, OUT_FORWARDED};
    *ret_out = known->out;
    return OK;
}

bool seqmap_is_newest(const struct seqmap *m, uint16_t in)
{
    return !m->is_started || m->is_switching || seq_unwrap(m->in_newest, in) > m->in_newest;
}

static bool drop_late(struct seqmap *m, int64_t in, uint16_t *ret_out)
{
    struct seqmap_in *known = in_at(m, in);
    if (in <= m->in_newest - m->kept || known->state != IN_KNOWN) return false;
    int64_t out = seq_unwrap(m->out_newest, known->out);
    if (!out_is_kept(m, out) || out_at(m, out)->state != OUT_FREE) return false;
    known->state = IN_DROPPED;
    *ret_out = known->out;
    return true;
}

bool seqmap_drop(struct seqmap *m, uint16_t in, uint16_t *ret_out)
{
    if (!m->is_started || m->is_switching) return false;
    int64_t whole = seq_unwrap(m->in_newest, in);
    if (whole <= m->in_newest) return drop_late(m, whole, ret_out);
    advance(m, whole);
    in_at(m, whole)->state = IN_DROPPED;
    out_at(m, m->out_newest)->state = OUT_NOBODYS;
    m->out_newest--;
    m->offset++; /* the next one takes its number */
    return false;
}

uint16_t seqmap_own(struct seqmap *m)
{
    m->out_newest++;
    m->offset--; /* what follows stands one further on */
    *out_at(m, m->out_newest) = (struct seqmap_out){.state = OUT_OWN};
    return (uint16_t)m->out_newest;
}

bool seqmap_find(const struct seqmap *m, uint16_t out, uint8_t *ret_source, uint16_t *ret_in)
{
    int64_t whole = seq_unwrap(m->out_newest, out);
    const struct seqmap_out *known = out_at(m, whole);
    if (!out_is_kept(m, whole) || known->state != OUT_FORWARDED) return false;
    *ret_source = known->source;
    *ret_in = known->in;
    return true;
}
