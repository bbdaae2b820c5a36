#include "desk/visit_preview.h"
#include "records/guard.h"
#include "records/label.h"
#include <stdio.h>
#include <stdlib.h>

static int by_row(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static const char *first_text(struct record_reader *server, const struct chart_item *item,
                              const char *const *paths, struct str *ret)
{
    for (; *paths; paths++) {
        *ret = chart_text(server, item, 0, *paths);
        if (ret->bytes) return *paths;
    }
    return NULL;
}

static struct str words_of(struct record_reader *server, const struct chart_item *item)
{
    static const char *const concepts[] = {"code", "medicationCodeableConcept", "vaccineCode", "type", NULL};
    static const char *const texts[] = {"description",   "title",      "content.attachment.title",
                                        "class.display", "class.code", NULL};
    struct str words = {"", 0};
    for (const char *const *c = concepts; *c && !words.bytes; c++) {
        uint32_t node = chart_node(item, 0, *c);
        if (node != TAPE_NONE) words = chart_words(server, item, node);
    }
    if (!words.bytes) (void)first_text(server, item, texts, &words);
    return words.bytes ? words : STR("");
}

/* When it was true, not when it was written down; a date stays one. */
static struct str when_of(struct record_reader *server, const struct chart_item *item)
{
    static const char *const paths[] = {"effectiveDateTime",
                                        "effectivePeriod.start",
                                        "started",
                                        "date",
                                        "issued",
                                        "recordedDate",
                                        "authoredOn",
                                        "performedDateTime",
                                        "onsetDateTime",
                                        "created",
                                        "period.start",
                                        "sent",
                                        "dateTime",
                                        NULL};
    struct str at = {"", 0};
    (void)first_text(server, item, paths, &at);
    return at.bytes ? at : STR("");
}

static void put_labels(struct json_out *to, uint32_t labels)
{
    json_open_array(to, "labels");
    for (uint32_t label = 1; label <= RECORD_LABEL_SEXUALITY; label <<= 1)
        if (labels & label) json_put_text(to, NULL, label_secret_code(label));
    json_close_array(to);
}

static int64_t files_of(const struct chart_item *item)
{
    uint32_t content = tape_get(&item->tape, 0, STR("content"));
    return content == TAPE_NONE ? 0 : item->tape.nodes[content].count;
}

static enum err put_one(struct tx *tx, struct record_reader *server, const struct guard *guard,
                        const struct record_head *head, struct json_out *to)
{
    struct chart_item item;
    struct str type = fhir_name(fhir_types[fhir_resources[head->resource].type].name);
    const char *kind = arena_text(server->arena, type.at, type.bytes);
    enum err err = kind ? chart_one(tx, server, kind, head->id, &item) : ERR_NOMEM;
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(to, NULL);
    char reference[128];
    snprintf(reference, sizeof reference, "%s/%.*s", kind, (int)head->id.bytes, head->id.at);
    json_put_text(to, "reference", reference);
    json_put_text(to, "type", kind);
    json_put_str(to, "words", words_of(server, &item));
    json_put_str(to, "at", when_of(server, &item));
    put_labels(to, head->labels);
    json_put_bool(to, "seen", guard_may_see(guard, head));
    json_put_int(to, "files", files_of(&item));
    json_close(to);
    return OK;
}

enum err visit_preview_write(struct tx *tx, struct record_reader *server, int64_t patient, int64_t encounter,
                             const struct record_head *rows, uint32_t n, uint32_t labels, struct json_out *to)
{
    int64_t *attached = arena_alloc(server->arena, (n + 1) * sizeof *attached);
    enum err err = OK;
    if (!attached) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        attached[i] = rows[i].row;
    if (n > 1) qsort(attached, n, sizeof *attached, by_row);
    struct guard_grant grant = {.patient = patient,
                                .encounter = encounter,
                                .to = {INT64_MAX},
                                .labels = labels,
                                .attached = attached,
                                .attached_count = n};
    struct guard guard = {
        .roles = {ROLE_BIT(ROLE_SPECIALIST)}, .now = tx->now, .grants = &grant, .grant_count = 1};
    json_open_array(to, "attached");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_one(tx, server, &guard, &rows[i], to);
    json_close_array(to);
    return err;
}
