/* Errands of the escorts: whom to fetch, where to, when; in the shape that a booking orders them in (schedule_after.c), no word of what
 * for (rules 3, 6). Yesterday's are done, today's and tomorrow's stand as they would. */
#include "desk/demo_gen.h"

static const struct {
    int who, escort, day, at_min, minutes; /* day: from today */
    const char *status, *room;
} errands[] = {
    {12, 1, -1, 9 * 60 + 40, 50, "completed", "demo-room-1"},
    {40, 2, -1, 15 * 60, 40, "completed", "demo-room-treat"},
    {0, 1, 0, 15 * 60 + 40, 80, "accepted", "demo-room-tele"},
    {27, 1, 0, 17 * 60, 40, "requested", "demo-room-2"},
    {63, 3, 0, 16 * 60 + 20, 50, "requested", "demo-room-1"},
    {88, 2, 0, 10 * 60, 45, "failed", "demo-room-treat"},
    {12, 1, 1, 9 * 60 + 20, 50, "requested", "demo-room-tele2"},
    {105, 4, 1, 10 * 60 + 40, 60, "requested", "demo-room-tele"},
};

void demo_escorts(struct demo_gen *g, int detainees)
{
    for (size_t i = 0; i < COUNT_OF(errands) && !g->err; i++) {
        int64_t from = (g->today + errands[i].day) * MINUTES_A_DAY + errands[i].at_min;
        if (errands[i].who >= detainees) continue;
        demo_begin(g, "Task", "demo-errand-%d", (int)i + 1);
        demo_for_custody(g);
        demo_text(g, "status", errands[i].status);
        demo_text(g, "intent", "order");
        demo_text(g, "priority", "routine");
        demo_concept(g, "code", "urn:yunqiao:task", "escort", NULL, NULL);
        demo_ref(g, "for", NULL, "Patient/demo-p%03d", errands[i].who + 1);
        demo_period(g, "executionPeriod", from, from + errands[i].minutes);
        demo_when(g, "authoredOn", (g->today + errands[i].day - 1) * MINUTES_A_DAY + 16 * 60);
        demo_ref(g, "owner", NULL, "Practitioner/demo-escort-%d", errands[i].escort);
        demo_ref(g, "location", NULL, "Location/%s", errands[i].room);
        demo_end(g);
    }
}
