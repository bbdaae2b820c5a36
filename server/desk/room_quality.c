/* How each line was, minute by minute: looked at every other second, told to the port when the minute is over or its person goes. */
#include "desk/room_own.h"

enum { SLOW_MS = 300, FAIR = 20, POOR = 100, WEAK_LOOKS = 10 };

enum call_grade room_grade(const struct room_peer *peer)
{
    if (!peer->has_quality || peer->state != LINK_CONNECTED) return CALL_LOST;
    if (peer->loss >= POOR) return CALL_POOR;
    return peer->loss >= FAIR || peer->rtt_ms > SLOW_MS ? CALL_FAIR : CALL_GOOD;
}

const char *call_grade_text(enum call_grade grade)
{
    static const char *const texts[] = {
        [CALL_GOOD] = "good", [CALL_FAIR] = "fair", [CALL_POOR] = "poor", [CALL_LOST] = "lost"};
    ASSERT(grade < CALL_GRADES);
    return texts[grade];
}

static void look(struct participant *p, int way)
{
    const struct room_peer *peer = &p->peers[way];
    struct room_minute *m = &p->minutes[way];
    enum call_grade grade = room_grade(peer);
    int *weak = &p->weak_looks[way];
    *weak = grade < CALL_POOR ? 0 : *weak < WEAK_LOOKS ? *weak + 1 : WEAK_LOOKS;
    m->looks++;
    m->grades[grade]++;
    if (grade == CALL_LOST) return;
    m->kbps_sum += peer->bps / 1000;
    m->loss_sum += peer->loss;
    if (peer->loss > m->loss_worst) m->loss_worst = peer->loss;
    if (peer->rtt_ms > m->rtt_worst_ms) m->rtt_worst_ms = peer->rtt_ms;
}

void quality_tell(struct rooms *r, const struct room *room, struct participant *p)
{
    for (int way = 0; way < WAYS; way++) {
        struct room_minute *m = &p->minutes[way];
        struct room_line_minute line = {.visit = room->visit,
                                        .account = p->account,
                                        .source = p->source,
                                        .is_up = way == UP,
                                        .at = room->minute,
                                        .minute = *m};
        if (m->looks && room->visit[0] && p->kind != VIEWER) r->ports.quality(r->ports.ctx, &line);
        *m = (struct room_minute){0};
    }
}

void quality_minute(struct rooms *r, struct room *room, struct instant wall)
{
    struct instant minute = {wall.ms - wall.ms % ROOM_MINUTE_MS};
    if (minute.ms == room->minute.ms) return;
    list_each (item, after, &room->participants)
        quality_tell(r, room, list_of(item, struct participant, item));
    room->minute = minute;
}

void quality_look(struct room *room)
{
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        for (int way = 0; way < WAYS; way++) {
            p->had_quality[way] |= p->peers[way].has_quality;
            if (p->had_quality[way]) look(p, way);
        }
    }
}

int rooms_weak(const struct rooms *r)
{
    int n = 0;
    list_each (one, next, &r->all) {
        const struct room *room = list_of(one, struct room, item);
        list_each (item, after, &room->participants) {
            const struct participant *p = list_of(item, struct participant, item);
            n += p->weak_looks[UP] >= WEAK_LOOKS || p->weak_looks[DOWN] >= WEAK_LOOKS;
        }
    }
    return n;
}
