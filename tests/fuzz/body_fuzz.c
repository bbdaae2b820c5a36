/* A body from a stranger: what the search parameters find in it, its labels, it written anew and cut down; and a search's text. */
#include "base/zone_file.h"
#include "records/body.h"
#include "records/index.h"
#include "records/records_own.h"
#include "records/search.h"
#include "records/subset.h"
#include "tests/fuzz/fuzz.h"

static enum err resolve(void *ctx, uint16_t resource, struct str id, int64_t *ret_row)
{
    (void)ctx;
    *ret_row = resource + (int64_t)id.bytes % 3;
    return OK;
}

static struct str rewrite(void *ctx, struct str name, struct str text)
{
    (void)ctx;
    return str_is_text(name, "reference") && text.bytes > 3 ? STR("Patient/1") : (struct str){0};
}

/* What is written anew reads as JSON again, and indexes to as many entries. */
static void write_again(struct arena *arena, const struct tape *tape)
{
    struct buf to, less;
    struct tape again;
    struct tape_fault where;
    struct body_stamp stamp = {.id = STR("x"), .version = 1, .updated = {0}, .rewrite = rewrite};
    buf_init(&to, 1 << 20);
    buf_init(&less, 1 << 20);
    body_write(tape, 0, &stamp, &to);
    enum err err = to.err ? to.err : tape_read(arena, buf_str(&to), 1 << 16, &again, &where);
    ASSERT(err == OK || err == ERR_NOMEM || err == ERR_LIMIT);
    if (!err) (void)!subset_write(arena, again.body, QUERY_SUMMARY_TRUE, (struct str){0}, &less);
    buf_done(&less);
    buf_done(&to);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct zone *china;
    if (zone_china(&china)) return 0;
    struct records records = {.zone = china};
    struct str body = {(const char *)bytes, n}, name;
    struct arena *arena = arena_new(1 << 22);
    struct tape tape;
    struct tape_fault where;
    struct hash_key key = {{1, 2}};
    struct index_set set = {0};
    struct record_reader who = {.arena = arena, .records = &records};
    struct record_fault fault = {0};
    struct query query;
    if (!arena) {
        zone_free(china);
        return 0;
    }
    (void)!search_read(&who, (uint16_t)(n % fhir_resource_count), body, n & 1, &query, &fault);
    if (tape_read(arena, body, 1 << 16, &tape, &where) == OK && tape.nodes[0].kind == TAPE_OBJECT &&
        tape_text(&tape, tape_get(&tape, 0, STR("resourceType")), arena, &name)) {
        struct index_ask ask = {.tape = &tape,
                                .resource = fhir_resource_of(name),
                                .row = 7,
                                .arena = arena,
                                .hash = &key,
                                .base = STR("https://here/fhir"),
                                .resolve = resolve,
                                .zone = china};
        if (ask.resource != FHIR_NONE) {
            (void)!index_extract(&ask, &set);
            buf_done(&set.narrative);
            buf_done(&set.content);
        }
        write_again(arena, &tape);
    }
    arena_free(arena);
    zone_free(china);
    return 0;
}
