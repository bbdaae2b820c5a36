/* What a registry said, in any of its three shapes; and what of it a letter keeps, which says the same again. */
#include "base/zone_file.h"
#include "registry/said.h"
#include "tests/fuzz/fuzz.h"

static void kept_says_the_same(struct arena *arena, const struct zone *zone, struct str text,
                               const struct event *e)
{
    struct json *root = NULL;
    struct event again;
    struct event_fault fault;
    struct buf kept;
    if (json_parse(text, &root, NULL)) return;
    buf_init(&kept, 1 << 20);
    said_json_text(root, &kept);
    json_free(root);
    enum err err = kept.err ? ERR_NOMEM : said_read(arena, zone, buf_str(&kept), &again, &fault);
    ASSERT(err == OK || err == ERR_NOMEM);
    if (!err)
        ASSERT(!fault.words && again.kind == e->kind && again.at.ms == e->at.ms &&
               str_is(again.number, e->number) && str_is(again.stay, e->stay) &&
               str_is(again.family, e->family) && str_is(again.cell, e->cell));
    buf_done(&kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct zone *zone;
    if (zone_china(&zone)) return 0;
    struct arena *arena = arena_new(1 << 22);
    struct event e;
    struct event_fault fault = {0};
    struct str text = fuzz_str(bytes, n);
    enum err err = arena ? said_read(arena, zone, text, &e, &fault) : ERR_NOMEM;
    ASSERT(err == OK || err == ERR_NOMEM);
    if (!err && fault.words) ASSERT(fault.code != NULL && fault.where != NULL);
    if (!err && !fault.words) {
        ASSERT(e.number.bytes && e.control.bytes && e.at.ms);
        if (str_starts(text, STR("{"))) kept_says_the_same(arena, zone, text, &e);
    }
    arena_free(arena);
    zone_free(zone);
    return 0;
}
