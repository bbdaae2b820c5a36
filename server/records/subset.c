#include "records/subset.h"
#include "records/body.h"
#include "records/record.h"
#include "records/tape.h"

static bool is_listed(struct str elements, struct str name)
{
    while (elements.bytes) {
        struct str one = str_cut(&elements, ',');
        struct str rest = one, head = str_cut(&rest, '.');
        struct str last = rest.bytes ? rest : head; /* "Patient.name" or "name" */
        if (str_is(last, name)) return true;
    }
    return false;
}

static bool is_mandatory(uint16_t element)
{
    return element != FHIR_NONE &&
           (fhir_elements[element].least > 0 || fhir_elements[element].flags & FHIR_IS_MODIFIER);
}

static bool is_kept(uint16_t type, struct str name, enum query_summary summary, struct str elements)
{
    struct str plain = name;
    if (plain.at[0] == '_') plain.at++, plain.bytes--;
    if (str_is_text(plain, "resourceType") || str_is_text(plain, "id") || str_is_text(plain, "meta"))
        return true;
    uint16_t element = fhir_element_of(type, plain);
    if (elements.bytes) return is_listed(elements, plain) || is_mandatory(element);
    switch (summary) {
    case QUERY_SUMMARY_TRUE:
        return is_mandatory(element) ||
               (element != FHIR_NONE && fhir_elements[element].flags & FHIR_IS_SUMMARY);
    case QUERY_SUMMARY_TEXT:
        return str_is_text(plain, "text") || is_mandatory(element);
    case QUERY_SUMMARY_DATA:
        return !str_is_text(plain, "text");
    case QUERY_SUMMARY_FALSE:
    case QUERY_SUMMARY_COUNT:
        break;
    }
    return true;
}

#define SUBSETTED                                                                                            \
    "{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationValue\",\"code\":\"SUBSETTED\"}"

static void write_meta(const struct tape *t, uint32_t meta, const char *tag, struct buf *to)
{
    uint32_t at = meta + 1;
    bool has_tag = false;
    buf_add_text(to, "\"meta\":{");
    for (uint32_t i = 0; i < t->nodes[meta].count; i++, at = t->nodes[at].end) {
        struct str name = tape_name(t, at);
        if (i) buf_add_char(to, ',');
        buf_printf(to, "\"%.*s\":", (int)name.bytes, name.at);
        struct str raw = tape_raw(t, at);
        if (str_is_text(name, "tag") && t->nodes[at].kind == TAPE_ARRAY) {
            has_tag = true;
            raw.bytes--;
            buf_add_str(to, raw);
            buf_printf(to, ",%s]", tag);
        } else {
            buf_add_str(to, raw);
        }
    }
    if (!has_tag) buf_printf(to, "%s\"tag\":[%s]", t->nodes[meta].count ? "," : "", tag);
    buf_add_char(to, '}');
}

enum err subset_write(struct arena *arena, struct str body, enum query_summary summary, struct str elements,
                      struct buf *to)
{
    struct tape t;
    struct tape_fault where;
    if (!elements.bytes && (summary == QUERY_SUMMARY_FALSE || summary == QUERY_SUMMARY_COUNT)) {
        buf_add_str(to, body);
        return to->err;
    }
    enum err err = tape_read(arena, body, RECORD_NODES_MAX, &t, &where);
    if (err) return err == ERR_BAD_INPUT ? ERR_CORRUPT : err;
    struct str name = {0};
    (void)tape_text(&t, tape_get(&t, 0, STR("resourceType")), arena, &name);
    uint16_t type = fhir_type_of(name);
    uint32_t at = 1;
    const char *between = "";
    buf_add_char(to, '{');
    for (uint32_t i = 0; i < t.nodes[0].count; i++, at = t.nodes[at].end) {
        name = tape_name(&t, at);
        if (!is_kept(type, name, summary, elements)) continue;
        buf_add_text(to, between);
        between = ",";
        if (str_is_text(name, "meta")) {
            write_meta(&t, at, SUBSETTED, to);
            continue;
        }
        buf_printf(to, "\"%.*s\":", (int)name.bytes, name.at);
        buf_add_str(to, tape_raw(&t, at));
    }
    buf_add_char(to, '}');
    return to->err;
}

enum err subset_tagged(struct arena *arena, struct str body, const char *tag, struct buf *to)
{
    struct tape t;
    struct tape_fault where;
    enum err err = tape_read(arena, body, RECORD_NODES_MAX, &t, &where);
    if (err) return err == ERR_BAD_INPUT ? ERR_CORRUPT : err;
    uint32_t meta = tape_get(&t, 0, STR("meta"));
    if (meta == TAPE_NONE) return ERR_CORRUPT;
    struct str raw = tape_raw(&t, meta), name = STR("\"meta\":");
    size_t at = (size_t)(raw.at - t.body.at), before = at - name.bytes, after = at + raw.bytes;
    if (at < name.bytes || memcmp(body.at + before, name.at, name.bytes) != 0) return ERR_CORRUPT;
    buf_add_str(to, (struct str){body.at, before});
    write_meta(&t, meta, tag, to);
    buf_add_str(to, (struct str){body.at + after, body.bytes - after});
    return to->err;
}
