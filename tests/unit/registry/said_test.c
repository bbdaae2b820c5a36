/* One thing said, in each of its three shapes; what is wrong with it is said with its place; memory fails anywhere. */
#include "base/zone_file.h"
#include "registry/said.h"
#include "tests/unit/check.h"

#define OBJECT                                                                                               \
    "{\"event\":\"admit\",\"control\":\"A-1\",\"at\":\"2026-11-27T08:15:00+08:00\",\"number\":\"77\","       \
    "\"family\":\"淳于\",\"given\":\"鹭\",\"sex\":\"M\",\"where\":\"cell\",\"block\":\"B\",\"cell\":\"3-" \
    "07\"}"
#define ROW                                                                                                  \
    "event,control,at,number,family,given,sex,where,block,cell\nadmit,A-1,2026-11-27 "                       \
    "08:15,77,淳于,鹭,M,cell,B,3-07\n"
#define MESSAGE                                                                                              \
    "MSH|^~\\&|REG|SITE|YUNQIAO|SITE|20261127081500+0800||ADT^A01|A-1|P|2.5||||||UNICODE UTF-8\r"            \
    "EVN|A01|20261127081500+0800||||20261127081500+0800\rPID|1||77^^^SITE^PI||淳于^鹭|||M\r"              \
    "PV1||I|B^3-07^^^^CELL"

static enum err said(const char *text, struct arena *arena, struct event *ret, struct event_fault *ret_fault)
{
    struct zone *zone;
    enum err err = zone_china(&zone);
    if (err) return err;
    err = said_read(arena, zone, str_of(text), ret, ret_fault);
    zone_free(zone);
    return err;
}

TEST(three_shapes_say_one_thing)
{
    const char *const shapes[] = {OBJECT, ROW, MESSAGE};
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct event e;
        struct event_fault fault;
        CHECK_OK(said(shapes[i], arena, &e, &fault));
        CHECK(fault.words == NULL);
        CHECK_INT(e.kind, EVENT_ADMIT);
        CHECK_STR(e.control, "A-1");
        CHECK_STR(e.number, "77");
        CHECK_STR(e.family, "淳于");
        CHECK_STR(e.given, "鹭");
        CHECK_STR(e.block, "B");
        CHECK_STR(e.cell, "3-07");
        CHECK_INT(e.sex, SEX_MALE);
        CHECK_INT(e.at.ms, 1795738500000);
    }
    arena_free(arena);
}

TEST(what_is_wrong_is_said_with_its_place)
{
    static const struct {
        const char *text, *where;
    } wrong[] = {{"", ""},
                 {"{", ""},
                 {"{\"event\":\"admit\",\"colour\":\"red\"}", ""},
                 {"{\"event\":7}", "event"},
                 {"{\"event\":\"admit\",\"control\":\"A-1\",\"at\":\"soon\",\"number\":\"77\"}", "at"},
                 {"number,event,at\n", ""},
                 {"MSH|", "MSH"}};
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct event e;
        struct event_fault fault = {0};
        CHECK_OK(said(wrong[i].text, arena, &e, &fault));
        CHECK(fault.words != NULL);
        CHECK_STR(str_of(fault.where), wrong[i].where);
    }
    arena_free(arena);
}

TEST(a_refused_object_keeps_its_control_number)
{
    struct arena *arena = arena_new(1 << 20);
    struct event e;
    struct event_fault fault;
    CHECK_OK(said("{\"control\":\"A-9\",\"event\":\"admit\",\"number\":\"77\"}", arena, &e, &fault));
    CHECK(fault.words != NULL);
    CHECK_STR(e.control, "A-9");
    arena_free(arena);
}

SWEEP(each_shape_is_read_with_memory_that_fails)
{
    const char *const shapes[] = {OBJECT, ROW, MESSAGE};
    struct arena *arena = arena_new(1 << 20);
    enum err err = arena ? OK : ERR_NOMEM;
    for (size_t i = 0; i < COUNT_OF(shapes) && !err; i++) {
        struct event e;
        struct event_fault fault;
        err = said(shapes[i], arena, &e, &fault);
        if (!err) CHECK(fault.words == NULL);
    }
    arena_free(arena);
    return err;
}
