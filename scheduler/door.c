#include "scheduler/door.h"

struct span door_times(struct span booked)
{
    return (struct span){instant_add(booked.from, -DOOR_BEFORE_MIN * MINUTE_MS),
                         instant_add(booked.until, DOOR_GRACE_MIN * MINUTE_MS)};
}

enum door door_at(struct span times, struct instant now)
{
    if (now.ms < times.from.ms) return DOOR_EARLY;
    return now.ms < times.until.ms ? DOOR_OPEN : DOOR_LATE;
}
