/* Who gets one mixed sound and one composed picture of all others, as he wishes to save data or his way carries little (decision 0287). */
#include "desk/room_own.h"

static void send_save(struct rooms *r, const struct participant *p)
{
    struct link_msg m = {.type = LINK_PEER_SAVE};
    m.peer_save = (struct link_save){.peer = p->peers[DOWN].number, .is_on = p->saves_data};
    if (p->peers[DOWN].number) room_send(r, p->room, &m);
}

void leg_take(struct rooms *r, struct participant *p, const struct room_frame *f)
{
    if (p->saves_data == f->is_on) return;
    p->saves_data = f->is_on;
    send_save(r, p);
}

void leg_of_new_peer(struct rooms *r, struct participant *p)
{
    bool had = p->leg.why != LINK_LEG_NONE;
    p->leg = (struct link_leg){0};
    if (had) tell_leg(r, p);
    if (p->saves_data) send_save(r, p);
}

void leg_heard(struct rooms *r, struct participant *p, const struct link_leg *l)
{
    p->leg = *l;
    tell_leg(r, p);
}
