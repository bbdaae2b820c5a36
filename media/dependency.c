#include "media/dependency.h"
#include "media/bits.h"

enum { LAYER_SAME, LAYER_TEMPORAL, LAYER_SPATIAL, LAYER_NO_MORE };

static bool layers_read(struct bits *b, struct dependency_structure *s)
{
    uint8_t sid = 0, tid = 0;
    for (;;) {
        if (s->template_count == DEPENDENCY_TEMPLATES_MAX) return false;
        s->sid[s->template_count] = sid;
        s->tid[s->template_count++] = tid;
        switch (bits_get(b, 2)) {
        case LAYER_TEMPORAL:
            if (++tid == DEPENDENCY_TEMPORAL_MAX) return false;
            break;
        case LAYER_SPATIAL:
            tid = 0;
            if (++sid == DEPENDENCY_SPATIAL_MAX) return false;
            break;
        case LAYER_NO_MORE:
            s->spatial_count = (uint8_t)(sid + 1);
            return true;
        default:
            break;
        }
        if (b->is_over) return false;
    }
}

static void uses_read(struct bits *b, struct dependency_structure *s)
{
    for (int t = 0; t < s->template_count; t++)
        for (int d = 0; d < s->target_count; d++)
            s->use[t][d] = (uint8_t)bits_get(b, 2);
}

/* Which frames a frame refers to is the receiver's business. */
static void references_skip(struct bits *b, const struct dependency_structure *s)
{
    for (int t = 0; t < s->template_count; t++)
        while (bits_flag(b) && !b->is_over)
            (void)bits_get(b, 4);
}

static void chains_skip(struct bits *b, struct dependency_structure *s)
{
    s->chain_count = (uint8_t)bits_below(b, s->target_count + 1u);
    if (s->chain_count == 0) return;
    for (int d = 0; d < s->target_count; d++)
        (void)bits_below(b, s->chain_count);
    for (int i = 0; i < s->template_count * s->chain_count && !b->is_over; i++)
        (void)bits_get(b, 4);
}

/* A decode target is of the highest layers of the frames that are in it. */
static void targets_derive(struct dependency_structure *s)
{
    for (int d = 0; d < s->target_count; d++)
        for (int t = 0; t < s->template_count; t++) {
            if (s->use[t][d] == DEPENDENCY_NOT_PRESENT) continue;
            if (s->sid[t] > s->target_sid[d]) s->target_sid[d] = s->sid[t];
            if (s->tid[t] > s->target_tid[d]) s->target_tid[d] = s->tid[t];
        }
}

static bool structure_read(struct bits *b, struct dependency_structure *s)
{
    s->id_offset = (uint8_t)bits_get(b, 6);
    s->target_count = (uint8_t)(bits_get(b, 5) + 1);
    if (!layers_read(b, s)) return false;
    uses_read(b, s);
    references_skip(b, s);
    chains_skip(b, s);
    targets_derive(s);
    s->has_sizes = bits_flag(b);
    for (int i = 0; s->has_sizes && i < s->spatial_count; i++) {
        s->width[i] = (uint16_t)(bits_get(b, 16) + 1);
        s->height[i] = (uint16_t)(bits_get(b, 16) + 1);
    }
    s->is_known = true;
    return !b->is_over;
}

/* The frame's own part: its template, and what it says instead of the template. */
static enum err frame_read(struct bits *b, const struct dependency_structure *s, bool has_uses,
                           struct dependency *d)
{
    uint8_t index = (uint8_t)((d->template_id + 64 - s->id_offset) % 64);
    if (index >= s->template_count) return ERR_BAD_INPUT;
    d->sid = s->sid[index];
    d->tid = s->tid[index];
    memcpy(d->use, s->use[index], sizeof d->use);
    for (int t = 0; has_uses && t < s->target_count; t++)
        d->use[t] = (uint8_t)bits_get(b, 2);
    return b->is_over ? ERR_BAD_INPUT : OK; /* custom references and chains follow: not ours to read */
}

enum err dependency_parse(struct str value, struct dependency_structure *kept,
                          struct dependency *ret_dependency)
{
    struct bits b = bits_of(value.at, value.bytes);
    struct dependency_structure fresh = {0};
    struct dependency d = {0};
    bool has_uses = false;
    if (value.bytes < 3) return ERR_BAD_INPUT;
    d.is_start = bits_flag(&b);
    d.is_end = bits_flag(&b);
    d.template_id = (uint8_t)bits_get(&b, 6);
    d.frame_number = (uint16_t)bits_get(&b, 16);
    if (value.bytes > 3) {
        d.has_structure = bits_flag(&b);
        d.has_active_targets = bits_flag(&b);
        has_uses = bits_flag(&b);
        (void)bits_get(&b, 2);
        if (d.has_structure && !structure_read(&b, &fresh)) return ERR_BAD_INPUT;
    }
    const struct dependency_structure *s = d.has_structure ? &fresh : kept;
    if (!s->is_known) return ERR_NOT_FOUND;
    d.active_targets = (uint32_t)((1ull << s->target_count) - 1);
    if (d.has_active_targets) d.active_targets = bits_get(&b, s->target_count);
    enum err err = frame_read(&b, s, has_uses, &d);
    if (err) return err;
    if (d.has_structure) *kept = fresh;
    *ret_dependency = d;
    return OK;
}
