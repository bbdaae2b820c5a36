#include "scheduler/door.h"
#include "tests/unit/check.h"

static const struct span booked = {{100 * HOUR_MS}, {100 * HOUR_MS + 40 * MINUTE_MS}};

TEST(a_room_opens_a_quarter_of_an_hour_before)
{
    struct span times = door_times(booked);
    CHECK_INT(door_at(times, (struct instant){100 * HOUR_MS - 15 * MINUTE_MS - 1}), DOOR_EARLY);
    CHECK_INT(door_at(times, (struct instant){100 * HOUR_MS - 15 * MINUTE_MS}), DOOR_OPEN);
    CHECK_INT(door_at(times, booked.from), DOOR_OPEN);
}

TEST(a_room_closes_half_an_hour_after)
{
    struct span times = door_times(booked);
    CHECK_INT(door_at(times, booked.until), DOOR_OPEN);
    CHECK_INT(door_at(times, (struct instant){booked.until.ms + 30 * MINUTE_MS - 1}), DOOR_OPEN);
    CHECK_INT(door_at(times, (struct instant){booked.until.ms + 30 * MINUTE_MS}), DOOR_LATE);
}
