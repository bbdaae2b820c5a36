#include "media/seqmap.h"

#define NOBODYS UINT32_MAX

_Static_assert((SEQMAP_KEPT & (SEQMAP_KEPT - 1)) == 0, "slots are taken by the number's lower bits");

static struct seqmap_in *in_at(struct seqmap *m, int64_t in)
{
    return &m->ins[(uint64_t)in % SEQMAP_KEPT];
}
static struct seqmap_out *out_at(struct seqmap *m, int64_t out)
{
    return &m->outs[(uint64_t)out % SEQMAP_KEPT];
}

void seqmap_init(struct seqmap *m, uint16_t first)
{
    *m = (struct seqmap){.out_newest = (int64_t)first - 1};
    for (int i = 0; i < SEQMAP_KEPT; i++)
        m->ins[i].in = m->outs[i].out = NOBODYS;
}

void seqmap_switch(struct seqmap *m)
{
    m->is_switching = true;
}

static void source_begin(struct seqmap *m, uint16_t in)
{
    int64_t first = (int64_t)in + 65536; /* so that one before it is no negative number */
    for (int i = 0; i < SEQMAP_KEPT; i++)
        m->ins[i].in = NOBODYS;
    m->in_newest = first - 1;
    m->offset = first - (m->out_newest + 1);
    m->is_started = true;
    m->is_switching = false;
}

/* Makes in known; those between the newest and it have not come and keep their numbers. */
static void advance(struct seqmap *m, int64_t in)
{
    int64_t from = in - m->in_newest > SEQMAP_KEPT ? in - SEQMAP_KEPT : m->in_newest;
    for (int64_t i = from + 1; i <= in; i++) {
        int64_t out = i - m->offset;
        *in_at(m, i) = (struct seqmap_in){(uint32_t)i, (uint16_t)out, false};
        *out_at(m, out) = (struct seqmap_out){(uint32_t)out, (uint16_t)i, 0, false};
    }
    m->in_newest = in;
    m->out_newest = in - m->offset;
}

enum err seqmap_forward(struct seqmap *m, uint8_t source, uint16_t in, uint16_t *ret_out)
{
    if (!m->is_started || m->is_switching) source_begin(m, in);
    int64_t whole = seq_unwrap(m->in_newest, in);
    if (whole > m->in_newest) advance(m, whole);
    const struct seqmap_in *known = in_at(m, whole);
    if (known->in != (uint32_t)whole) return whole + SEQMAP_KEPT <= m->in_newest ? ERR_LIMIT : ERR_DENIED;
    if (known->is_dropped) return ERR_DENIED;
    int64_t out = seq_unwrap(m->out_newest, known->out);
    *out_at(m, out) = (struct seqmap_out){(uint32_t)out, in, source, true};
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
    if (known->in != (uint32_t)in || known->is_dropped) return false;
    int64_t out = seq_unwrap(m->out_newest, known->out);
    if (out_at(m, out)->out != (uint32_t)out || out_at(m, out)->is_forwarded) return false;
    known->is_dropped = true;
    *ret_out = known->out;
    return true;
}

bool seqmap_drop(struct seqmap *m, uint16_t in, uint16_t *ret_out)
{
    if (!m->is_started || m->is_switching) return false;
    int64_t whole = seq_unwrap(m->in_newest, in);
    if (whole <= m->in_newest) return drop_late(m, whole, ret_out);
    advance(m, whole);
    in_at(m, whole)->is_dropped = true;
    out_at(m, m->out_newest)->out = NOBODYS;
    m->out_newest--;
    m->offset++; /* the next one takes its number */
    return false;
}

uint16_t seqmap_own(struct seqmap *m)
{
    m->out_newest++;
    m->offset--; /* what follows stands one further on */
    *out_at(m, m->out_newest) = (struct seqmap_out){(uint32_t)m->out_newest, 0, 0, false};
    return (uint16_t)m->out_newest;
}

bool seqmap_find(const struct seqmap *m, uint16_t out, uint8_t *ret_source, uint16_t *ret_in)
{
    int64_t whole = seq_unwrap(m->out_newest, out);
    const struct seqmap_out *known = &m->outs[(uint64_t)whole % SEQMAP_KEPT];
    if (whole < 0 || known->out != (uint32_t)whole || !known->is_forwarded) return false;
    *ret_source = known->source;
    *ret_in = known->in;
    return true;
}
