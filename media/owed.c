#include "media/owed.h"
#include "media/twcc.h"

static struct owed_item *item_at(struct owed *o, unsigned i)
{
    return &o->items[(o->first + i) % OWED_MAX];
}

void owed_add(struct owed *o, const struct owed_packet *packet, int64_t due_ms)
{
    if (o->count < OWED_MAX) *item_at(o, o->count++) = (struct owed_item){*packet, false, due_ms};
}

void owed_sent(struct owed *o, uint16_t number, uint32_t ssrc, uint16_t seq)
{
    o->numbers[number % OWED_SENT] = (struct owed_number){ssrc, number, seq};
}

static void arrival_note(struct owed *o, uint32_t ssrc, uint16_t seq)
{
    for (unsigned i = 0; i < o->count; i++) {
        struct owed_item *item = item_at(o, i);
        item->has_arrived |= item->packet.ssrc == ssrc && item->packet.seq == seq;
    }
}

void owed_feedback(struct owed *o, const struct rtcp *feedback)
{
    struct twcc t;
    struct twcc_status status;
    if (twcc_parse(feedback, &t) != OK) return;
    while (twcc_next(&t, &status)) {
        const struct owed_number *n = &o->numbers[status.seq % OWED_SENT];
        if (status.is_received && n->ssrc && n->number == status.seq) arrival_note(o, n->ssrc, n->seq);
    }
}

bool owed_take(struct owed *o, int64_t now_ms, struct owed_packet *ret_packet)
{
    while (o->count && item_at(o, 0)->due_ms <= now_ms) {
        const struct owed_item *item = item_at(o, 0);
        o->first = (o->first + 1) % OWED_MAX;
        o->count--;
        if (item->has_arrived) continue;
        *ret_packet = item->packet;
        return true;
    }
    return false;
}

void owed_forget(struct owed *o, uint32_t ssrc)
{
    for (unsigned i = 0; i < o->count; i++)
        item_at(o, i)->has_arrived |= item_at(o, i)->packet.ssrc == ssrc;
}
