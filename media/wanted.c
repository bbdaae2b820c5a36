#include "media/wanted.h"
#include "media/peer.h"
#include "media/room.h"
#include "media/router.h"

/* The first that fills the tile, as far as their sizes are known. */
static unsigned layers_of(const struct up *up, const struct down *d)
{
    unsigned n = 1;
    for (; n < up->layer_count; n++) {
        uint16_t height = up->layers[n - 1]->height;
        if (d->height && height && height >= d->height) break;
    }
    return n;
}

static unsigned layers_wanted(const struct up *up)
{
    unsigned most = 1;
    list_each (item, after, &up->downs) {
        const struct down *d = list_of(item, struct down, in_up);
        if (d->is_paused || peer_is_cut_off(d->peer) || !peer_is_connected(d->peer)) continue;
        unsigned n = layers_of(up, d);
        most = n > most ? n : most;
    }
    return most;
}

/* He has no more than the lowest layer though his tile asks for more: he would be left with a thumbnail. */
static bool needs_lowest(const struct up *up, const struct down *d)
{
    return d->target == 0 && (up->layer_count == 1 || layers_of(up, d) > 1);
}

static bool is_thin_wanted(const struct up *up)
{
    bool is_narrow = false;
    list_each (item, after, &up->downs) {
        const struct down *d = list_of(item, struct down, in_up);
        if (d->is_paused || peer_is_cut_off(d->peer) || !peer_is_connected(d->peer)) continue;
        if (d->up != d->home || d->is_mixed_in)
            continue; /* what is too large for him is made smaller for him alone */
        if (d->peer->narrow.is)
            is_narrow = true;
        else if (up->kind == SDP_VIDEO && needs_lowest(up, d))
            return false;
    }
    return is_narrow;
}

static void tell(struct up *up, unsigned layers, bool is_thin)
{
    struct room *room = up->peer->room;
    up->wanted =
        (struct wanted){.told = (uint8_t)layers, .is_thin = is_thin, .whole_until = up->wanted.whole_until};
    router_tell(room->router,
                &(struct link_msg){.type = LINK_TRACK_WANTED,
                                   .track_wanted = {room->id, up->id, (uint8_t)layers, is_thin}});
}

void wanted_turn(struct up *up, struct tick now)
{
    struct wanted *w = &up->wanted;
    if (up->peer->kind != LINK_UP) return;
    if (!w->told) { /* a track that is made anew under its old number begins with all again, whatever was said of it */
        tell(up, up->layer_count, false);
        return;
    }
    bool is_whole = now.ms < w->whole_until.ms, is_thin = !is_whole && is_thin_wanted(up);
    unsigned told = w->told, layers = is_whole ? up->layer_count : layers_wanted(up);
    if (layers > told || is_thin != w->is_thin) {
        tell(up, layers > told ? layers : told, is_thin);
    } else if (layers == told) {
        w->is_less = false;
    } else if (!w->is_less) {
        w->is_less = true;
        w->since = now;
    } else if (now.ms - w->since.ms >= WANTED_LESS_MS) {
        tell(up, layers, is_thin);
    }
}

void wanted_whole(struct up *up, struct tick now, struct tick until)
{
    if (until.ms > up->wanted.whole_until.ms) up->wanted.whole_until = until;
    wanted_turn(up, now);
}
