#include "desk/chart.h"
#include "records/primitive.h"
#include "records/records.h"
#include "records/search.h"
#include <stdio.h>

bool chart_id_is(struct str id)
{
    for (size_t i = 0; i < id.bytes; i++) {
        char c = id.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '.'))
            return false;
    }
    return id.bytes >= 1 && id.bytes <= RECORD_ID_BYTES_MAX;
}

static enum err open_item(struct record_reader *who, const struct record_head *head, struct str body,
                          struct chart_item *ret)
{
    struct tape_fault fault;
    ret->head = *head;
    return tape_read(who->arena, body, RECORD_NODES_MAX, &ret->tape, &fault);
}

static enum err take(struct tx *tx, struct record_reader *who, int64_t row, struct chart_list *ret)
{
    struct record_head head;
    struct str body;
    enum err err = record_head_at(tx, who->arena, row, &head);
    if (!err) err = record_body(tx, who, &head, &body);
    if (!err) err = open_item(who, &head, body, &ret->at[ret->count]);
    if (!err) ret->count++;
    if (err == ERR_BAD_INPUT || err == ERR_DENIED)
        ret->is_cut = true, err = OK; /* it is there and cannot be read */
    return err;
}

enum err chart_list(struct tx *tx, struct record_reader *who, const char *type, struct str patient,
                    const char *more, struct chart_list *ret)
{
    int64_t rows[CHART_ITEMS_MAX + 1];
    uint32_t n = 0;
    struct record_fault fault = {0};
    const char *query =
        arena_printf(who->arena, "patient=Patient/%.*s%s", (int)patient.bytes, patient.at, more ? more : "");
    *ret = (struct chart_list){.at = arena_zalloc(who->arena, CHART_ITEMS_MAX * sizeof *ret->at)};
    if (!query || !ret->at) return ERR_NOMEM;
    enum err err = search_rows(tx, who, fhir_resource_of(str_of(type)), str_of(query), rows,
                               CHART_ITEMS_MAX + 1, &n, &fault);
    if (!err && fault.status) return ERR_BAD_INPUT;
    ret->is_cut = n > CHART_ITEMS_MAX;
    for (uint32_t i = 0; i < n && i < CHART_ITEMS_MAX && !err; i++)
        err = take(tx, who, rows[i], ret);
    return err;
}

enum err chart_one(struct tx *tx, struct record_reader *who, const char *type, struct str id,
                   struct chart_item *ret)
{
    struct record record;
    struct record_fault fault = {0};
    if (!chart_id_is(id)) return ERR_NOT_FOUND;
    enum err err = record_read(tx, who, fhir_resource_of(str_of(type)), id, &record, &fault);
    if (!err && fault.status) return ERR_NOT_FOUND;
    return err ? err : open_item(who, &record.head, record.body, ret);
}

uint32_t chart_node(const struct chart_item *item, uint32_t node, const char *path)
{
    struct str rest = str_of(path);
    while (rest.bytes && node != TAPE_NONE) {
        node = tape_get(&item->tape, node, str_cut(&rest, '.'));
        if (node != TAPE_NONE && item->tape.nodes[node].kind == TAPE_ARRAY)
            node = tape_at(&item->tape, node, 0);
    }
    return node;
}

struct str chart_text(struct record_reader *who, const struct chart_item *item, uint32_t node,
                      const char *path)
{
    struct str text = {0};
    node = chart_node(item, node, path);
    if (node == TAPE_NONE) return text;
    if (item->tape.nodes[node].kind == TAPE_NUMBER) return tape_raw(&item->tape, node);
    return tape_text(&item->tape, node, who->arena, &text) ? text : (struct str){0};
}

struct str chart_part(struct record_reader *who, const struct chart_item *item, const char *extension,
                      const char *name, const char *value)
{
    uint32_t at = tape_extension(&item->tape, tape_extension(&item->tape, 0, extension), name);
    return at == TAPE_NONE ? (struct str){"", 0} : chart_text(who, item, at, value);
}

struct instant chart_instant(const struct record_reader *who, struct str text)
{
    struct instant from, to;
    bool is = text.bytes && primitive_span(text, records_zone(who->records), &from, &to);
    return is ? from : (struct instant){0};
}

struct str chart_words(struct record_reader *who, const struct chart_item *item, uint32_t concept)
{
    static const char *const places[] = {"text", "coding.display", "coding.code"};
    struct str words = {0};
    for (size_t i = 0; i < COUNT_OF(places) && concept != TAPE_NONE && words.bytes == 0; i++)
        words = chart_text(who, item, concept, places[i]);
    return words;
}

static bool is_named(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_is_text(name, *names)) return true;
    return false;
}

void chart_put_rest(struct json_out *o, const struct chart_item *item, const char *const *but)
{
    const struct tape *t = &item->tape;
    for (uint32_t i = 1; i < t->nodes[0].end; i = t->nodes[i].end) {
        struct str name = tape_name(t, i);
        char key[64];
        if (is_named(name, but) || name.bytes >= sizeof key) continue;
        snprintf(key, sizeof key, "%.*s", (int)name.bytes, name.at);
        json_put_raw(o, key, tape_raw(t, i));
    }
}
