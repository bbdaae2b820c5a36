/* Composites: a code and a value that stand in one object. Each pair of them is a row. */
#include "records/index_own.h"
#include "records/primitive.h"

enum { PARTS_MAX = 32 };

/* One value of a component: a code or text as a hash, or a span. */
struct part {
    int64_t value, system;
    double low, high;
};

struct parts {
    struct walk walk; /* first: the walk that calls back */
    uint8_t type;
    struct part at[PARTS_MAX];
    uint32_t count;
};

static void put(struct parts *p, struct part part)
{
    if (p->count < PARTS_MAX) p->at[p->count++] = part;
}

static void put_coding(struct parts *p, uint32_t node)
{
    struct walk *w = &p->walk;
    struct str code = walk_member(w, node, "code");
    if (code.bytes)
        put(p, (struct part){walk_hash(w, code), walk_hash(w, walk_member(w, node, "system")), 0, 0});
}

static void put_token(struct parts *p, uint32_t node, const struct fhir_path *path, struct str type)
{
    struct walk *w = &p->walk;
    if (str_is_text(type, "Coding")) {
        put_coding(p, node);
    } else if (str_is_text(type, "CodeableConcept")) {
        uint32_t codings = tape_get(w->ask->tape, node, STR("coding"));
        for (uint32_t i = 0, at; (at = tape_at(w->ask->tape, codings, i)) != TAPE_NONE; i++)
            put_coding(p, at);
    } else if (path->type < FHIR_PRIMITIVES) {
        struct str text = walk_text(w, node);
        int64_t system = path->type == FHIR_CODE ? INDEX_ANY_SYSTEM : 0;
        if (text.bytes) put(p, (struct part){walk_hash(w, text), system, 0, 0});
    } else if (str_is_text(type, "Reference")) {
        struct str text = walk_member(w, node, "reference");
        if (text.bytes) put(p, (struct part){walk_hash(w, text), 0, 0, 0});
    }
}

static void put_number(struct parts *p, uint32_t node, struct str type)
{
    struct walk *w = &p->walk;
    double low, high;
    uint32_t unit_node;
    if (!walk_quantity(w, node, type, &low, &high, &unit_node)) return;
    struct str code = walk_member(w, unit_node, "code"), unit = walk_member(w, unit_node, "unit");
    int64_t system = walk_hash(w, walk_member(w, unit_node, "system"));
    put(p, (struct part){walk_hash(w, code.bytes ? code : unit), system, low, high});
    if (code.bytes && unit.bytes && !str_is(code, unit))
        put(p, (struct part){walk_hash(w, unit), 0, low, high});
}

static void put_date(struct parts *p, uint32_t node, struct str type)
{
    struct walk *w = &p->walk;
    struct instant from = {INT64_MIN / 4}, to = {INT64_MAX / 4}, unused;
    const struct zone *zone = w->ask->zone;
    if (str_is_text(type, "Period")) {
        struct str start = walk_member(w, node, "start"), end = walk_member(w, node, "end");
        if (start.bytes) (void)primitive_span(start, zone, &from, &unused);
        if (end.bytes) (void)primitive_span(end, zone, &unused, &to);
    } else if (!primitive_span(walk_text(w, node), zone, &from, &to)) {
        return;
    }
    put(p, (struct part){0, 0, (double)from.ms, (double)to.ms});
}

static void see(struct walk *w, uint32_t node, const struct fhir_path *path)
{
    struct parts *p = (struct parts *)w;
    struct str type = path->type == FHIR_ANY_RESOURCE ? STR("") : fhir_name(fhir_types[path->type].name);
    switch ((enum fhir_param_type)p->type) {
    case FHIR_PARAM_TOKEN:
    case FHIR_PARAM_REFERENCE:
        put_token(p, node, path, type);
        break;
    case FHIR_PARAM_QUANTITY:
    case FHIR_PARAM_NUMBER:
        put_number(p, node, type);
        break;
    case FHIR_PARAM_DATE:
        put_date(p, node, type);
        break;
    case FHIR_PARAM_STRING: {
        struct str text = walk_text(w, node);
        struct str folded = text.bytes ? index_fold(w->ask->arena, text) : text;
        if (folded.bytes) put(p, (struct part){walk_hash(w, folded), 0, 0, 0});
        break;
    }
    case FHIR_PARAM_COMPOSITE:
    case FHIR_PARAM_URI:
    case FHIR_PARAM_SPECIAL:
        break;
    }
}

static void gather(struct walk *w, uint32_t node, const struct fhir_component *c, struct parts *ret)
{
    *ret = (struct parts){.walk = *w, .type = (uint8_t)c->type};
    for (uint16_t i = c->first; i < c->first + c->count; i++)
        walk_path(&ret->walk, node, &fhir_lists[fhir_paths[i].steps], &fhir_paths[i], see);
    if (ret->walk.err) w->err = ret->walk.err;
}

void walk_composite(struct walk *w, uint32_t node)
{
    const struct fhir_component *c = &fhir_components[fhir_params[w->param].components];
    struct parts first, second;
    gather(w, node, &c[0], &first);
    gather(w, node, &c[1], &second);
    for (uint32_t i = 0; i < first.count && !w->err; i++)
        for (uint32_t k = 0; k < second.count && !w->err; k++)
            walk_add(w, &(struct index_entry){.table = INDEX_PAIR,
                                              .param = w->number,
                                              .n = {first.at[i].value, first.at[i].system, second.at[k].value,
                                                    second.at[k].system},
                                              .low = second.at[k].low,
                                              .high = second.at[k].high});
}
