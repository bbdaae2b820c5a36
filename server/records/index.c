#include "records/index.h"
#include "base/buf.h"
#include "records/index_own.h"
#include "records/label.h"
#include "records/number.h"
#include "records/primitive.h"
#include <math.h>
#include <stdlib.h>

static const int64_t first_ms = INT64_MIN / 4, last_ms = INT64_MAX / 4;

/* -- entries -- */

static bool is_same(const struct index_entry *a, const struct index_entry *b)
{
    return a->table == b->table && a->param == b->param && memcmp(a->n, b->n, sizeof a->n) == 0 &&
           a->low == b->low && a->high == b->high && str_is(a->text, b->text);
}

void walk_add(struct walk *w, const struct index_entry *entry)
{
    struct index_set *set = w->set;
    /* Of one parameter there are few values: those of the same parameter stand one after the other. */
    for (uint32_t i = set->count; i > w->param_first && !w->err; i--)
        if (is_same(&set->at[i - 1], entry)) return;
    if (set->count == set->room) {
        uint32_t room = set->room ? set->room * 2 : 64;
        struct index_entry *at = arena_alloc(w->ask->arena, room * sizeof *at);
        if (!at) {
            w->err = ERR_NOMEM;
            return;
        }
        if (set->count) memcpy(at, set->at, set->count * sizeof *at);
        set->at = at;
        set->room = room;
    }
    set->at[set->count++] = *entry;
}

void walk_key(struct walk *w, int64_t param, int64_t value, int64_t system)
{
    walk_add(w, &(struct index_entry){.table = INDEX_KEY, .param = param, .n = {value, system}});
}

static void add_string(struct walk *w, int64_t param, struct str text, enum index_form form)
{
    if (text.bytes)
        walk_add(w, &(struct index_entry){.table = INDEX_STRING, .param = param, .n = {form}, .text = text});
}

/* -- values in the body -- */

static const struct tape_node *node_of(const struct walk *w, uint32_t node)
{
    return &w->ask->tape->nodes[node];
}

struct str walk_text(struct walk *w, uint32_t node)
{
    struct str text = {0};
    if (node == TAPE_NONE) return text;
    if (node_of(w, node)->kind != TAPE_TEXT) {
        if (node_of(w, node)->kind == TAPE_OBJECT || node_of(w, node)->kind == TAPE_ARRAY) return text;
        return tape_raw(w->ask->tape, node);
    }
    if (!tape_text(w->ask->tape, node, w->ask->arena, &text)) w->err = ERR_NOMEM;
    return text;
}

struct str walk_member(struct walk *w, uint32_t object, const char *name)
{
    return walk_text(w, tape_get(w->ask->tape, object, str_of(name)));
}

int64_t walk_hash(struct walk *w, struct str text)
{
    return text.bytes ? hash_of(w->ask->hash, text) : 0;
}

/* -- strings -- */

static void put_pinyin(struct walk *w, int64_t param, struct str text)
{
    struct str full, initials;
    if (!pinyin_of_text(w->ask->arena, text, &full, &initials)) return;
    add_string(w, param, full, INDEX_PINYIN);
    add_string(w, param, initials, INDEX_INITIALS);
}

static void put_string(struct walk *w, struct str text)
{
    if (text.bytes == 0) return;
    struct str folded = index_fold(w->ask->arena, text);
    if (!folded.at) {
        w->err = ERR_NOMEM;
        return;
    }
    add_string(w, w->number, folded, INDEX_PLAIN);
    walk_key(w, number_of_part(w->param, "exact"), hash_of(w->ask->hash, text), 0);
    put_pinyin(w, w->number, folded);
}

/* Each text that stands in the member, which may be an array. */
static void put_strings(struct walk *w, uint32_t object, const char *name)
{
    uint32_t node = tape_get(w->ask->tape, object, str_of(name));
    if (node == TAPE_NONE) return;
    if (node_of(w, node)->kind != TAPE_ARRAY) {
        put_string(w, walk_text(w, node));
        return;
    }
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < node_of(w, node)->count; i++, at = node_of(w, at)->end)
        put_string(w, walk_text(w, at));
}

/* Chinese names are asked for whole: family and given without a blank between. */
static void put_whole_name(struct walk *w, uint32_t name)
{
    struct str family = walk_member(w, name, "family");
    struct str given = walk_text(w, tape_at(w->ask->tape, tape_get(w->ask->tape, name, STR("given")), 0));
    if (!family.bytes || !given.bytes || (uint8_t)family.at[0] < 0xe3) return;
    char *whole = arena_alloc(w->ask->arena, family.bytes + given.bytes);
    if (!whole) {
        w->err = ERR_NOMEM;
        return;
    }
    memcpy(whole, family.at, family.bytes);
    memcpy(whole + family.bytes, given.at, given.bytes);
    put_string(w, (struct str){whole, family.bytes + given.bytes});
}

static void emit_string(struct walk *w, uint32_t node, struct str type)
{
    static const char *const name_parts[] = {"text", "family", "given", "prefix", "suffix", NULL};
    static const char *const address_parts[] = {"text",  "line",       "city",    "district",
                                                "state", "postalCode", "country", NULL};
    bool is_name = str_is_text(type, "HumanName"), is_address = str_is_text(type, "Address");
    if (!is_name && !is_address) {
        put_string(w, walk_text(w, node));
        return;
    }
    for (const char *const *part = is_name ? name_parts : address_parts; *part; part++)
        put_strings(w, node, *part);
    if (is_name) put_whole_name(w, node);
}

/* -- tokens -- */

static void put_display(struct walk *w, struct str text)
{
    struct str folded = text.bytes ? index_fold(w->ask->arena, text) : (struct str){0};
    add_string(w, w->number, folded, INDEX_DISPLAY);
}

static void put_coding(struct walk *w, uint32_t node)
{
    struct str code = walk_member(w, node, "code");
    int64_t system = walk_hash(w, walk_member(w, node, "system"));
    if (code.bytes) walk_key(w, w->number, walk_hash(w, code), system);
    put_display(w, walk_member(w, node, "display"));
}

static void put_concept(struct walk *w, uint32_t node)
{
    uint32_t codings = tape_get(w->ask->tape, node, STR("coding"));
    put_display(w, walk_member(w, node, "text"));
    if (codings == TAPE_NONE || node_of(w, codings)->kind != TAPE_ARRAY) return;
    uint32_t at = codings + 1;
    for (uint32_t i = 0; i < node_of(w, codings)->count; i++, at = node_of(w, at)->end)
        put_coding(w, at);
}

int64_t index_of_type_hash(const struct hash_key *key, struct arena *arena, struct str system,
                           struct str code, struct str value)
{
    char *text = arena_printf(arena, "%.*s|%.*s|%.*s", (int)system.bytes, system.at ? system.at : "",
                              (int)code.bytes, code.at ? code.at : "", (int)value.bytes, value.at);
    return text ? hash_of(key, str_of(text)) : 0;
}

static void put_identifier(struct walk *w, uint32_t node, int64_t param)
{
    struct str value = walk_member(w, node, "value");
    if (!value.bytes) return;
    walk_key(w, param, walk_hash(w, value), walk_hash(w, walk_member(w, node, "system")));
    uint32_t type = tape_get(w->ask->tape, node, STR("type"));
    uint32_t codings = tape_get(w->ask->tape, type, STR("coding"));
    for (uint32_t i = 0, at; (at = tape_at(w->ask->tape, codings, i)) != TAPE_NONE; i++)
        walk_key(w, number_of_part(w->param, "of-type"),
                 index_of_type_hash(w->ask->hash, w->ask->arena, walk_member(w, at, "system"),
                                    walk_member(w, at, "code"), value),
                 0);
}

static void put_contact(struct walk *w, uint32_t node, const struct fhir_path *path)
{
    struct str value = walk_member(w, node, "value"), system = walk_member(w, node, "system");
    if (!value.bytes || (path->system != FHIR_NONE && !str_is(fhir_name(path->system), system))) return;
    walk_key(w, w->number, walk_hash(w, value), walk_hash(w, system));
}

static void emit_token(struct walk *w, uint32_t node, const struct fhir_path *path, struct str type)
{
    if (path->type < FHIR_PRIMITIVES) {
        struct str text = walk_text(w, node);
        int64_t system = path->type == FHIR_CODE ? INDEX_ANY_SYSTEM : 0;
        if (text.bytes) walk_key(w, w->number, walk_hash(w, text), system);
    } else if (str_is_text(type, "CodeableConcept")) {
        put_concept(w, node);
    } else if (str_is_text(type, "Coding")) {
        put_coding(w, node);
    } else if (str_is_text(type, "Identifier")) {
        put_identifier(w, node, w->number);
    } else if (str_is_text(type, "ContactPoint")) {
        put_contact(w, node, path);
    }
}

/* -- dates -- */

static void put_span(struct walk *w, int64_t low, int64_t high)
{
    if (low == first_ms && high == last_ms) return;
    walk_add(w, &(struct index_entry){.table = INDEX_DATE, .param = w->number, .n = {low, high}});
}

static bool span_of(struct walk *w, struct str text, int64_t *ret_low, int64_t *ret_high)
{
    struct instant from, to;
    if (!text.bytes || !primitive_span(text, w->ask->zone, &from, &to)) return false;
    *ret_low = from.ms;
    *ret_high = to.ms;
    return true;
}

static void put_period(struct walk *w, uint32_t node)
{
    int64_t low = first_ms, high = last_ms, unused;
    (void)span_of(w, walk_member(w, node, "start"), &low, &unused);
    (void)span_of(w, walk_member(w, node, "end"), &unused, &high);
    put_span(w, low, high);
}

static void put_timing(struct walk *w, uint32_t node)
{
    uint32_t events = tape_get(w->ask->tape, node, STR("event"));
    uint32_t bounds =
        tape_get(w->ask->tape, tape_get(w->ask->tape, node, STR("repeat")), STR("boundsPeriod"));
    int64_t low = last_ms, high = first_ms, from, to;
    if (bounds != TAPE_NONE) put_period(w, bounds);
    for (uint32_t i = 0, at; (at = tape_at(w->ask->tape, events, i)) != TAPE_NONE; i++) {
        if (!span_of(w, walk_text(w, at), &from, &to)) continue;
        low = from < low ? from : low;
        high = to > high ? to : high;
    }
    if (low < high) put_span(w, low, high);
}

static void emit_date(struct walk *w, uint32_t node, const struct fhir_path *path, struct str type)
{
    int64_t low, high;
    if (path->type < FHIR_PRIMITIVES) {
        if (span_of(w, walk_text(w, node), &low, &high)) put_span(w, low, high);
    } else if (str_is_text(type, "Period")) {
        put_period(w, node);
    } else if (str_is_text(type, "Timing")) {
        put_timing(w, node);
    }
}

/* -- numbers and quantities -- */

bool index_number_span(struct str text, double *ret_low, double *ret_high)
{
    char copy[64], *end;
    int digits_after = 0, exponent = 0;
    bool is_after = false;
    if (text.bytes == 0 || text.bytes >= sizeof copy) return false;
    memcpy(copy, text.at, text.bytes);
    copy[text.bytes] = 0;
    double value = strtod(copy, &end);
    if (*end || !isfinite(value)) return false;
    for (const char *p = copy; *p; p++) {
        if (*p == 'e' || *p == 'E') {
            exponent = (int)strtol(p + 1, NULL, 10);
            break;
        }
        digits_after += is_after && *p >= '0' && *p <= '9';
        is_after = is_after || *p == '.';
    }
    double half = 0.5 * pow(10, exponent - digits_after);
    *ret_low = value - half;
    *ret_high = value + half;
    return true;
}

static void put_number(struct walk *w, double low, double high, int64_t unit, int64_t system)
{
    walk_add(w,
             &(struct index_entry){
                 .table = INDEX_NUMBER, .param = w->number, .n = {unit, system}, .low = low, .high = high});
}

static void put_quantity(struct walk *w, double low, double high, uint32_t node)
{
    struct str code = walk_member(w, node, "code"), unit = walk_member(w, node, "unit");
    put_number(w, low, high, walk_hash(w, code.bytes ? code : unit),
               walk_hash(w, walk_member(w, node, "system")));
    if (code.bytes && unit.bytes && !str_is(code, unit)) put_number(w, low, high, walk_hash(w, unit), 0);
}

bool walk_quantity(struct walk *w, uint32_t node, struct str type, double *ret_low, double *ret_high,
                   uint32_t *ret_unit)
{
    *ret_unit = node;
    if (!str_is_text(type, "Range"))
        return index_number_span(walk_member(w, node, "value"), ret_low, ret_high);
    uint32_t low = tape_get(w->ask->tape, node, STR("low")), high = tape_get(w->ask->tape, node, STR("high"));
    double unused;
    *ret_low = -1e300, *ret_high = 1e300;
    *ret_unit = low != TAPE_NONE ? low : high;
    bool has_low = low != TAPE_NONE && index_number_span(walk_member(w, low, "value"), ret_low, &unused);
    bool has_high = high != TAPE_NONE && index_number_span(walk_member(w, high, "value"), &unused, ret_high);
    return has_low || has_high;
}

static void emit_number(struct walk *w, uint32_t node, const struct fhir_path *path, struct str type)
{
    double low, high;
    uint32_t unit;
    if (path->type < FHIR_PRIMITIVES) {
        if (index_number_span(walk_text(w, node), &low, &high)) put_number(w, low, high, 0, 0);
    } else if (!str_is_text(type, "SampledData") && walk_quantity(w, node, type, &low, &high, &unit)) {
        put_quantity(w, low, high, unit);
    }
}

/* -- references -- */

bool index_local_reference(struct str text, struct str base, uint16_t *ret_resource, struct str *ret_id)
{
    if (base.bytes && str_starts(text, base)) {
        text.at += base.bytes, text.bytes -= base.bytes;
        if (text.bytes == 0 || text.at[0] != '/') return false;
        text.at++, text.bytes--;
    }
    struct str type = str_cut(&text, '/'), id = str_cut(&text, '/');
    if (text.bytes && !str_is_text(str_cut(&text, '/'), "_history")) return false;
    if (primitive_fault(FHIR_ID, id)) return false;
    *ret_resource = fhir_resource_of(type);
    *ret_id = id;
    return *ret_resource != FHIR_NONE;
}

static bool is_target(const struct fhir_path *path, uint16_t resource)
{
    return path->target == FHIR_NONE || path->target == fhir_resources[resource].type;
}

static void wrong(struct walk *w, const char *what)
{
    if (!w->set->wrong) w->set->wrong = what;
}

int64_t walk_resolve(struct walk *w, uint16_t resource, struct str id)
{
    int64_t row = 0;
    if (!w->err) w->err = w->ask->resolve(w->ask->ctx, resource, id, &row);
    return row;
}

/* Which patient and encounter the record belongs to is told by the same parameters. */
static void note_owner(struct walk *w, uint16_t resource, int64_t row)
{
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    bool is_patient = str_is_text(type, "Patient") && fhir_params[w->param].in_patient_compartment;
    struct str name = fhir_name(fhir_params[w->param].name);
    if (is_patient && !w->is_patient) {
        if (w->set->patient && w->set->patient != row) wrong(w, "it refers to two patients");
        w->set->patient = row;
    }
    bool is_visit = str_is_text(name, "encounter") || str_is_text(name, "context");
    if (is_visit && str_is_text(type, "Encounter") && !w->set->encounter) w->set->encounter = row;
    bool is_about = str_is_text(name, "target") || str_is_text(name, "focus");
    if (is_about && !w->about) w->about = row;
}

static void put_link(struct walk *w, struct str text, const struct fhir_path *path)
{
    uint16_t resource;
    struct str id;
    if (text.bytes == 0 || text.at[0] == '#') return;
    if (!index_local_reference(text, w->ask->base, &resource, &id)) {
        walk_key(w, w->number, walk_hash(w, text), 0);
        return;
    }
    if (!is_target(path, resource)) return;
    int64_t row = walk_resolve(w, resource, id);
    if (!row) return; /* told by the check of all references */
    walk_add(w, &(struct index_entry){.table = INDEX_LINK, .param = w->number, .n = {row}});
    note_owner(w, resource, row);
}

static void emit_reference(struct walk *w, uint32_t node, const struct fhir_path *path, struct str type)
{
    if (path->type < FHIR_PRIMITIVES) {
        put_link(w, walk_text(w, node), path);
    } else if (str_is_text(type, "Reference")) {
        put_link(w, walk_member(w, node, "reference"), path);
        uint32_t identifier = tape_get(w->ask->tape, node, STR("identifier"));
        if (identifier != TAPE_NONE) put_identifier(w, identifier, number_of_part(w->param, "identifier"));
    }
}

static void emit_uri(struct walk *w, uint32_t node)
{
    struct str text = walk_text(w, node);
    if (!text.bytes) return;
    walk_key(w, w->number, walk_hash(w, text), 0);
    struct str rest = text, plain = str_cut(&rest, '|');
    if (rest.bytes) walk_key(w, w->number, walk_hash(w, plain), 0);
}

/* -- the walk -- */

static void emit(struct walk *w, uint32_t node, const struct fhir_path *path)
{
    struct str type = path->type == FHIR_ANY_RESOURCE ? STR("") : fhir_name(fhir_types[path->type].name);
    switch ((enum fhir_param_type)fhir_params[w->param].type) {
    case FHIR_PARAM_TOKEN:
        emit_token(w, node, path, type);
        break;
    case FHIR_PARAM_STRING:
        emit_string(w, node, type);
        break;
    case FHIR_PARAM_DATE:
        emit_date(w, node, path, type);
        break;
    case FHIR_PARAM_NUMBER:
    case FHIR_PARAM_QUANTITY:
        emit_number(w, node, path, type);
        break;
    case FHIR_PARAM_REFERENCE:
        emit_reference(w, node, path, type);
        break;
    case FHIR_PARAM_URI:
        emit_uri(w, node);
        break;
    case FHIR_PARAM_COMPOSITE:
        walk_composite(w, node);
        break;
    case FHIR_PARAM_SPECIAL:
        break;
    }
}

/* Calls back with what stands at the end of the steps; arrays on the way are walked through. */
void walk_path(struct walk *w, uint32_t node, const uint16_t *steps, const struct fhir_path *path,
               walk_end *end)
{
    const struct tape_node *n = node_of(w, node);
    if (n->kind == TAPE_ARRAY) {
        uint32_t at = node + 1;
        for (uint32_t i = 0; i < n->count && !w->err; i++, at = node_of(w, at)->end) {
            walk_path(w, at, steps, path, end);
            if (path->is_first) break;
        }
        return;
    }
    if (*steps == FHIR_NONE) {
        if (n->kind != TAPE_NULL) end(w, node, path);
        return;
    }
    uint32_t next = tape_get(w->ask->tape, node, fhir_name(*steps));
    if (next != TAPE_NONE) walk_path(w, next, steps + 1, path, end);
}

static void see_presence(struct walk *w, uint32_t node, const struct fhir_path *path)
{
    (void)path;
    if (node_of(w, node)->kind != TAPE_FALSE) w->is_present = true;
}

static void walk_param(struct walk *w)
{
    const struct fhir_param *param = &fhir_params[w->param];
    bool is_presence = false;
    w->is_present = false;
    w->param_first = w->set->count;
    w->number = number_of_param(w->param);
    for (uint16_t p = param->first; p < param->first + param->count && !w->err; p++) {
        const struct fhir_path *path = &fhir_paths[p];
        is_presence |= path->is_presence;
        walk_path(w, w->ask->node, &fhir_lists[path->steps], path, path->is_presence ? see_presence : emit);
    }
    if (is_presence) walk_key(w, w->number, walk_hash(w, w->is_present ? STR("true") : STR("false")), 0);
}

static bool is_kept_in_the_head(struct str name)
{
    return str_is_text(name, "_id") || str_is_text(name, "_lastUpdated");
}

/* -- all references -- */

/* Each local reference anywhere in the body must name something that is here. */
static void check_references(struct walk *w)
{
    const struct tape *t = w->ask->tape;
    for (uint32_t i = w->ask->node; i < node_of(w, w->ask->node)->end && !w->err; i++) {
        uint16_t resource;
        struct str id;
        if (t->nodes[i].kind != TAPE_TEXT || !str_is_text(tape_name(t, i), "reference")) continue;
        struct str text = walk_text(w, i);
        if (str_starts(text, STR("urn:uuid:")) || str_starts(text, STR("urn:oid:"))) {
            wrong(w, "a urn: reference that no entry of the bundle answers to");
        } else if (index_local_reference(text, w->ask->base, &resource, &id) &&
                   walk_resolve(w, resource, id) == 0) {
            wrong(w, "a reference to what is not here");
        }
    }
}

/* -- texts for searching in -- */

static bool is_prose(struct str name, struct str text)
{
    static const char *const names[] = {"display", "text", "family", "given", "name", "city", "title", NULL};
    for (const char *const *n = names; *n; n++)
        if (str_is_text(name, *n)) return true;
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] == ' ' || (uint8_t)text.at[i] >= 0x80) return true;
    return false;
}

static void put_without_tags(struct buf *to, struct str xhtml)
{
    bool is_tag = false;
    for (size_t i = 0; i < xhtml.bytes; i++) {
        if (xhtml.at[i] == '<' || xhtml.at[i] == '>') {
            is_tag = xhtml.at[i] == '<';
            if (!is_tag) buf_add_char(to, ' ');
        } else if (!is_tag) {
            buf_add_char(to, xhtml.at[i]);
        }
    }
    buf_add_char(to, ' ');
}

static void gather_text(struct walk *w)
{
    const struct tape *t = w->ask->tape;
    for (uint32_t i = w->ask->node; i < node_of(w, w->ask->node)->end && !w->err; i++) {
        if (t->nodes[i].kind != TAPE_TEXT) continue;
        struct str name = tape_name(t, i), raw = tape_raw(t, i);
        if (str_is_text(name, "data") || str_is_text(name, "reference") || !is_prose(name, raw)) continue;
        struct str text = index_fold(w->ask->arena, walk_text(w, i));
        if (!text.at) continue;
        bool is_narrative = str_is_text(name, "div");
        if (is_narrative) put_without_tags(&w->set->narrative, text);
        if (is_narrative)
            put_without_tags(&w->set->content, text);
        else
            buf_add_str(&w->set->content, text), buf_add_char(&w->set->content, '\n');
    }
}

enum err index_extract(const struct index_ask *ask, struct index_set *ret)
{
    struct str type = fhir_name(fhir_types[fhir_resources[ask->resource].type].name);
    struct walk w = {.ask = ask, .set = ret, .is_patient = str_is_text(type, "Patient")};
    const struct fhir_resource *resource = &fhir_resources[ask->resource];
    *ret = (struct index_set){.patient = w.is_patient ? ask->row : 0,
                              .encounter = str_is_text(type, "Encounter") ? ask->row : 0};
    buf_init(&ret->narrative, RECORD_BODY_BYTES_MAX);
    buf_init(&ret->content, RECORD_BODY_BYTES_MAX);
    check_references(&w);
    for (uint16_t p = resource->first; p < resource->first + resource->count && !w.err; p++) {
        if (is_kept_in_the_head(fhir_name(fhir_params[p].name))) continue;
        w.param = p;
        walk_param(&w);
    }
    gather_text(&w);
    if (ret->content.bytes)
        ret->words = hash_siphash(ask->hash, ret->content.at, ret->content.bytes) +
                     3 * hash_siphash(ask->hash, ret->narrative.at, ret->narrative.bytes);
    ret->labels = label_of(ask->tape, ask->node);
    ret->lifecycle = label_lifecycle(ask->tape, ask->node);
    ret->about = w.about;
    if (!w.err) w.err = ret->narrative.err ? ret->narrative.err : ret->content.err;
    return w.err;
}
