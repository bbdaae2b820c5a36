#include "records/query.h"
#include "base/buf.h"
#include "records/primitive.h"

struct reading {
    struct arena *arena;
    struct query *query;
    struct query_fault *fault;
    struct str name; /* of the pair being read */
    const struct zone *zone;
    bool is_lenient;
    enum err err;
};

static bool refuse(struct reading *r, enum err err, const char *why)
{
    if (!r->err) {
        r->err = err;
        *r->fault = (struct query_fault){r->name, why, false};
    }
    return false;
}

static bool bad(struct reading *r, const char *why)
{
    return refuse(r, ERR_BAD_INPUT, why);
}

static void *get(struct reading *r, size_t bytes)
{
    void *p = arena_zalloc(r->arena, bytes);
    if (!p && !r->err) r->err = ERR_NOMEM;
    return p;
}

/* -- values -- */

/* Up to the first `stop` that no backslash stands before; the rest stays in *s, *ret_found says whether there was one. */
static struct str cut_plain(struct str *s, char stop, bool *ret_found)
{
    for (size_t i = 0; i < s->bytes; i++) {
        if (s->at[i] == '\\') {
            i++;
        } else if (s->at[i] == stop) {
            struct str head = {s->at, i};
            s->at += i + 1, s->bytes -= i + 1;
            *ret_found = true;
            return head;
        }
    }
    struct str head = *s;
    *s = (struct str){s->at + s->bytes, 0};
    *ret_found = false;
    return head;
}

/* \, \| \$ \\ are the characters themselves (FHIR R4 §3.1.1.4.0.1). */
static bool plain(struct reading *r, struct str s, struct str *ret_text)
{
    if (s.bytes == 0 || !memchr(s.at, '\\', s.bytes)) {
        *ret_text = s;
        return true;
    }
    char *text = arena_alloc(r->arena, s.bytes);
    size_t n = 0;
    if (!text) {
        r->err = ERR_NOMEM;
        return false;
    }
    for (size_t i = 0; i < s.bytes; i++) {
        if (s.at[i] == '\\' && (++i == s.bytes || !memchr(",|$\\", s.at[i], 4)))
            return bad(r, "a backslash stands before , | $ or another one");
        text[n++] = s.at[i];
    }
    *ret_text = (struct str){text, n};
    return true;
}

static enum query_prefix take_prefix(struct str *s)
{
    static const char names[][3] = {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};
    for (size_t i = 0; s->bytes > 2 && i < COUNT_OF(names); i++)
        if (memcmp(s->at, names[i], 2) == 0) {
            s->at += 2, s->bytes -= 2;
            return (enum query_prefix)i;
        }
    return QUERY_EQ;
}

static bool is_number(struct reading *r, struct str s)
{
    struct tape tape;
    enum err err = s.bytes ? tape_read(r->arena, s, 1, &tape, NULL) : ERR_BAD_INPUT;
    if (err == ERR_NOMEM) r->err = err;
    return err == OK && tape.nodes[0].kind == TAPE_NUMBER && tape.nodes[0].bytes == s.bytes;
}

static bool read_number(struct reading *r, struct str s, struct query_value *v)
{
    v->prefix = take_prefix(&s);
    v->text = s;
    return is_number(r, s) || bad(r, "a number is wanted");
}

/* value|system|code, or the value alone. */
static bool read_quantity(struct reading *r, struct str s, struct query_value *v)
{
    bool found;
    struct str number = cut_plain(&s, '|', &found);
    if (!read_number(r, number, v)) return false;
    if (!found) return true;
    struct str system = cut_plain(&s, '|', &v->has_system);
    if (!v->has_system) return bad(r, "a quantity is number, or number|system|code");
    return plain(r, system, &v->system) && plain(r, s, &v->unit);
}

/* A minute without seconds is a time too, in a search (§3.1.1.4.7). */
static bool read_date(struct reading *r, struct str s, struct query_value *v)
{
    v->prefix = take_prefix(&s);
    v->text = s;
    if (primitive_span(s, r->zone, &v->from, &v->to)) return true;
    if (s.bytes >= 16 && s.at[10] == 'T' && s.at[13] == ':' && (s.bytes == 16 || s.at[16] != ':')) {
        size_t zone = s.bytes - 16;
        char *full = get(r, s.bytes + 4);
        if (!full) return false;
        memcpy(full, s.at, 16);
        memcpy(full + 16, ":00Z", 4);
        if (zone) memcpy(full + 19, s.at + 16, zone);
        if (primitive_span((struct str){full, 19 + (zone ? zone : 1)}, NULL, &v->from, &v->to)) {
            if (!zone && r->zone) v->from = zone_instant(r->zone, (struct wall){v->from.ms / 1000}, NULL);
            v->to.ms = v->from.ms + 60000;
            return true;
        }
    }
    return bad(r, "a date is wanted: YYYY, YYYY-MM, YYYY-MM-DD, or with a time and zone");
}

/* code, system|code, |code, system| */
static bool read_token(struct reading *r, struct str s, struct query_value *v)
{
    struct str head = cut_plain(&s, '|', &v->has_system);
    if (!v->has_system) return plain(r, head, &v->text);
    if (head.bytes == 0 && s.bytes == 0) return bad(r, "a token is code, system|code, |code or system|");
    return plain(r, head, &v->system) && plain(r, s, &v->text);
}

/* system|code|value: an identifier by its type. */
static bool read_of_type(struct reading *r, struct str s, struct query_value *v)
{
    bool first, second;
    struct str system = cut_plain(&s, '|', &first), code = cut_plain(&s, '|', &second);
    if (!first || !second || code.bytes == 0 || s.bytes == 0)
        return bad(r, ":of-type takes system|code|value");
    return plain(r, system, &v->system) && plain(r, code, &v->unit) && plain(r, s, &v->text);
}

static bool is_id(struct str s)
{
    return primitive_fault(FHIR_ID, s) == NULL;
}

/* id, Type/id, or an absolute URL. */
static bool read_reference(struct reading *r, struct str raw, uint16_t named, struct query_value *v)
{
    struct str s;
    if (!plain(r, raw, &s)) return false;
    v->type = named;
    if (str_starts(s, STR("http://")) || str_starts(s, STR("https://")) || str_starts(s, STR("urn:"))) {
        v->url = s;
        return true;
    }
    struct str rest = s, head = str_cut(&rest, '/');
    if (head.bytes == s.bytes) {
        v->text = s;
        return is_id(s) || bad(r, "a reference is id, Type/id, or a URL");
    }
    uint16_t type = fhir_resource_of(head);
    if (type == FHIR_NONE || !is_id(rest)) return bad(r, "a reference is id, Type/id, or a URL");
    if (named != FHIR_NONE && named != type) return bad(r, "the modifier names another type than the value");
    v->type = type;
    v->text = rest;
    return true;
}

static bool read_value(struct reading *r, struct str s, uint8_t type, const struct query_term *term,
                       struct query_value *v);

/* a$b: each part by its component's type. */
static bool read_composite(struct reading *r, struct str s, const struct query_term *term,
                           struct query_value *v)
{
    const struct fhir_component *c = &fhir_components[fhir_params[term->param].components];
    struct query_value **last = &v->parts;
    bool more = true;
    for (; c->name != FHIR_NONE; c++, last = &(*last)->next) {
        if (!more) return bad(r, "a composite's parts stand with $ between them");
        struct str part = cut_plain(&s, '$', &more);
        *last = get(r, sizeof **last);
        if (!*last || !read_value(r, part, (uint8_t)c->type, term, *last)) return false;
    }
    return !more || bad(r, "more parts than the composite has");
}

static bool read_value(struct reading *r, struct str s, uint8_t type, const struct query_term *term,
                       struct query_value *v)
{
    if (s.bytes == 0) return bad(r, "a value is wanted");
    if (!str_is_utf8(s)) return bad(r, "bytes that are not UTF-8");
    v->type = FHIR_NONE;
    switch ((enum fhir_param_type)type) {
    case FHIR_PARAM_NUMBER:
        return read_number(r, s, v);
    case FHIR_PARAM_QUANTITY:
        return read_quantity(r, s, v);
    case FHIR_PARAM_DATE:
        return read_date(r, s, v);
    case FHIR_PARAM_TOKEN:
        if (term->modifier == QUERY_OF_TYPE) return read_of_type(r, s, v);
        return term->modifier == QUERY_TEXT ? plain(r, s, &v->text) : read_token(r, s, v);
    case FHIR_PARAM_REFERENCE:
        return term->modifier == QUERY_IDENTIFIER ? read_token(r, s, v)
                                                  : read_reference(r, s, term->chain_type, v);
    case FHIR_PARAM_COMPOSITE:
        return read_composite(r, s, term, v);
    case FHIR_PARAM_STRING:
    case FHIR_PARAM_URI:
    case FHIR_PARAM_SPECIAL:
        return plain(r, s, &v->text);
    }
    return false;
}

static bool read_missing(struct reading *r, struct str s, struct query_value *v)
{
    v->is_missing = str_is_text(s, "true");
    return v->is_missing || str_is_text(s, "false") || bad(r, ":missing takes true or false");
}

static bool read_values(struct reading *r, struct str s, struct query_term *term)
{
    struct query_value **last = &term->values;
    for (bool more = true; more; last = &(*last)->next) {
        struct str one = cut_plain(&s, ',', &more);
        if (term->value_count == QUERY_VALUES_MAX) return refuse(r, ERR_LIMIT, "too many values");
        *last = get(r, sizeof **last);
        if (!*last) return false;
        bool is_read = term->modifier == QUERY_MISSING
                           ? read_missing(r, one, *last)
                           : read_value(r, one, fhir_params[term->param].type, term, *last);
        if (!is_read) return false;
        term->value_count++;
    }
    return term->modifier != QUERY_MISSING || term->value_count == 1 ||
           bad(r, ":missing takes true or false");
}

/* -- names -- */

static bool unknown(struct reading *r)
{
    refuse(r, ERR_BAD_INPUT, "an unknown parameter");
    r->fault->is_unknown = true;
    return false;
}

/* Which modifiers a type knows. */
static bool read_modifier(struct reading *r, struct str word, struct query_term *term)
{
    static const struct {
        const char *word;
        enum query_modifier modifier;
        unsigned types;
    } known[] = {
        {"missing", QUERY_MISSING, ~0u},
        {"exact", QUERY_EXACT, 1u << FHIR_PARAM_STRING},
        {"contains", QUERY_CONTAINS, 1u << FHIR_PARAM_STRING},
        {"not", QUERY_NOT, 1u << FHIR_PARAM_TOKEN},
        {"text", QUERY_TEXT, 1u << FHIR_PARAM_TOKEN},
        {"of-type", QUERY_OF_TYPE, 1u << FHIR_PARAM_TOKEN},
        {"identifier", QUERY_IDENTIFIER, 1u << FHIR_PARAM_REFERENCE},
    };
    uint8_t type = fhir_params[term->param].type;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is_text(word, known[i].word) && known[i].types >> type & 1) {
            term->modifier = known[i].modifier;
            return true;
        }
    if (type == FHIR_PARAM_REFERENCE && (term->chain_type = fhir_resource_of(word)) != FHIR_NONE) return true;
    return bad(r, "a modifier that this parameter does not know");
}

static bool may_refer(uint16_t param, uint16_t resource)
{
    const uint16_t *t = &fhir_lists[fhir_params[param].targets];
    if (fhir_params[param].targets == 0) return true;
    for (; *t != FHIR_NONE; t++)
        if (*t == fhir_resources[resource].type) return true;
    return false;
}

static bool read_name(struct reading *r, struct str name, uint16_t resource, struct query_term *term,
                      bool is_chained);

/* The rest of subject:Patient.name after the point: one level, and for a type that the reference may have. */
static bool read_chain(struct reading *r, struct str rest, struct query_term *term, bool is_chained)
{
    if (is_chained || (rest.bytes && memchr(rest.at, '.', rest.bytes)))
        return bad(r, "chains have one level");
    if (fhir_params[term->param].type != FHIR_PARAM_REFERENCE)
        return bad(r, "only a reference can be chained");
    if (term->modifier != QUERY_PLAIN) return bad(r, "a modifier that this parameter does not know");
    term->chained = get(r, sizeof *term->chained);
    if (!term->chained) return false;
    if (term->chain_type != FHIR_NONE) {
        if (!may_refer(term->param, term->chain_type)) return bad(r, "the reference cannot be to this type");
        return read_name(r, rest, term->chain_type, term->chained, true);
    }
    struct str plain_name = rest, modifier = plain_name;
    plain_name = str_cut(&modifier, ':');
    for (uint16_t t = 0; t < fhir_resource_count; t++)
        if (may_refer(term->param, t) && fhir_param_of(t, plain_name) != FHIR_NONE)
            return read_name(r, rest, t, term->chained, true);
    return unknown(r);
}

/* _has:Observation:patient:code */
static bool read_has(struct reading *r, struct str rest, uint16_t resource, struct query_term *term,
                     bool is_chained)
{
    if (is_chained) return bad(r, "chains have one level");
    struct str type = str_cut(&rest, ':'), reference = str_cut(&rest, ':');
    term->is_reverse = true;
    term->resource = fhir_resource_of(type);
    if (term->resource == FHIR_NONE) return bad(r, "_has names a resource type that is not known");
    term->param = fhir_param_of(term->resource, reference);
    if (term->param == FHIR_NONE || fhir_params[term->param].type != FHIR_PARAM_REFERENCE ||
        !may_refer(term->param, resource))
        return bad(r, "_has names no reference to this type");
    term->chained = get(r, sizeof *term->chained);
    return term->chained && read_name(r, rest, term->resource, term->chained, true);
}

static bool read_name(struct reading *r, struct str name, uint16_t resource, struct query_term *term,
                      bool is_chained)
{
    const char *point = name.bytes ? memchr(name.at, '.', name.bytes) : NULL;
    struct str head = {name.at, point ? (size_t)(point - name.at) : name.bytes}, modifier = head;
    if (str_starts(name, STR("_has:"))) {
        name.at += 5, name.bytes -= 5;
        return read_has(r, name, resource, term, is_chained);
    }
    struct str word = str_cut(&modifier, ':');
    bool has_modifier = word.bytes != head.bytes;
    term->resource = resource;
    term->chain_type = FHIR_NONE;
    term->param = fhir_param_of(resource, word);
    if (term->param == FHIR_NONE) return unknown(r);
    if (fhir_params[term->param].type == FHIR_PARAM_SPECIAL && fhir_params[term->param].count)
        return bad(r, "this parameter is not searched here"); /* Location?near */
    if (has_modifier && !read_modifier(r, modifier, term)) return false;
    if (!point) return true;
    return read_chain(r, (struct str){point + 1, name.bytes - head.bytes - 1}, term, is_chained);
}

static struct query_term *innermost(struct query_term *term)
{
    while (term->chained)
        term = term->chained;
    return term;
}

static bool read_term(struct reading *r, struct str value)
{
    struct query_term *term = get(r, sizeof *term), **last = &r->query->terms;
    if (!term) return false;
    term->chain_type = FHIR_NONE;
    if (!read_name(r, r->name, r->query->resource, term, false)) return false;
    if (!read_values(r, value, innermost(term))) return false;
    while (*last)
        last = &(*last)->next;
    *last = term;
    return true;
}

/* -- what comes with the terms -- */

static bool read_sort(struct reading *r, struct str value)
{
    struct query *q = r->query;
    while (value.bytes) {
        struct str name = str_cut(&value, ',');
        bool is_descending = name.bytes && name.at[0] == '-';
        if (is_descending) name.at++, name.bytes--;
        uint16_t param = fhir_param_of(q->resource, name);
        if (param == FHIR_NONE || fhir_params[param].type == FHIR_PARAM_COMPOSITE ||
            fhir_params[param].type == FHIR_PARAM_SPECIAL)
            return bad(r, "_sort names a parameter that is not known, or cannot be sorted by");
        if (q->sort_count == QUERY_SORTS_MAX) return refuse(r, ERR_LIMIT, "too many sorts");
        q->sorts[q->sort_count].param = param;
        q->sorts[q->sort_count++].is_descending = is_descending;
    }
    return true;
}

/* Type:param[:Target] or *; :iterate stands at the name. */
static bool read_include(struct reading *r, struct str value, bool is_reverse, bool is_iterate)
{
    struct query *q = r->query;
    struct query_include i = {.resource = q->resource,
                              .param = FHIR_NONE,
                              .target = FHIR_NONE,
                              .is_reverse = is_reverse,
                              .is_iterate = is_iterate};
    bool is_all = str_is_text(value, "*") && !is_reverse;
    struct str type = str_cut(&value, ':'), param = str_cut(&value, ':');
    if (!is_all) {
        i.resource = fhir_resource_of(type);
        if (i.resource == FHIR_NONE) return bad(r, "an include names Type:parameter");
        if (!str_is_text(param, "*")) {
            i.param = fhir_param_of(i.resource, param);
            if (i.param == FHIR_NONE || fhir_params[i.param].type != FHIR_PARAM_REFERENCE)
                return bad(r, "an include names a parameter that is a reference");
        }
        if (value.bytes && (i.target = fhir_resource_of(value)) == FHIR_NONE)
            return bad(r, "an include's target is a resource type");
    }
    if (q->include_count == QUERY_INCLUDES_MAX) return refuse(r, ERR_LIMIT, "too many includes");
    q->includes[q->include_count++] = i;
    return true;
}

static bool read_count(struct reading *r, struct str value)
{
    uint64_t n;
    if (!str_to_u64(value, &n)) return bad(r, "_count takes a whole number");
    r->query->count = n > QUERY_COUNT_MAX ? QUERY_COUNT_MAX : (int32_t)n;
    return true;
}

static bool read_word(struct reading *r, struct str value, const char *const *words, int *ret_at)
{
    for (int i = 0; words[i]; i++)
        if (str_is_text(value, words[i])) {
            *ret_at = i;
            return true;
        }
    return bad(r, "a word that this parameter does not know");
}

static bool read_total(struct reading *r, struct str value)
{
    int at;
    if (!read_word(r, value, (const char *const[]){"none", "estimate", "accurate", NULL}, &at)) return false;
    r->query->total = (enum query_total)at;
    return true;
}

static bool read_summary(struct reading *r, struct str value)
{
    int at;
    if (!read_word(r, value, (const char *const[]){"false", "true", "text", "data", "count", NULL}, &at))
        return false;
    r->query->summary = (enum query_summary)at;
    return true;
}

/* Read by the endpoint, which looks at them before any resource is asked for. */
static bool is_of_the_endpoint(struct str name)
{
    return str_is_text(name, "_format") || str_is_text(name, "_pretty");
}

static bool read_pair(struct reading *r, struct str value)
{
    struct str modifier = r->name, name = str_cut(&modifier, ':');
    bool is_iterate = str_is_text(modifier, "iterate") || str_is_text(modifier, "recurse");
    if (is_of_the_endpoint(r->name)) return true;
    if (str_is_text(r->name, "_sort")) return read_sort(r, value);
    if (str_is_text(r->name, "_count")) return read_count(r, value);
    if (str_is_text(r->name, "_total")) return read_total(r, value);
    if (str_is_text(r->name, "_summary")) return read_summary(r, value);
    if (str_is_text(name, "_include") || str_is_text(name, "_revinclude")) {
        if (modifier.bytes && !is_iterate) return bad(r, "a modifier that this parameter does not know");
        return read_include(r, value, name.at[1] == 'r', is_iterate);
    }
    if (str_is_text(r->name, "_elements")) {
        r->query->elements = value;
        return value.bytes > 0 || bad(r, "_elements names elements");
    }
    if (str_is_text(r->name, "_page")) {
        r->query->page = value;
        return true;
    }
    return read_term(r, value);
}

static bool leave_out(struct reading *r)
{
    if (!r->is_lenient || r->err != ERR_BAD_INPUT || !r->fault->is_unknown) return false;
    r->query->ignored[r->query->ignored_count++] = r->name;
    r->err = OK;
    return true;
}

enum err query_read(uint16_t resource, const struct query_pair *pairs, size_t n, bool is_lenient,
                    const struct zone *zone, struct arena *arena, struct query *ret_query,
                    struct query_fault *ret_fault)
{
    struct query query = {.resource = resource, .count = -1};
    struct query_fault fault = {0};
    struct reading r = {
        .arena = arena, .query = &query, .fault = &fault, .zone = zone, .is_lenient = is_lenient};
    ASSERT(resource < fhir_resource_count);
    if (n > QUERY_PAIRS_MAX) refuse(&r, ERR_LIMIT, "too many parameters");
    for (size_t i = 0; i < n && !r.err; i++) {
        r.name = pairs[i].name;
        if (!read_pair(&r, pairs[i].value) && !leave_out(&r)) break;
    }
    if (r.err && ret_fault) *ret_fault = fault;
    if (!r.err) *ret_query = query;
    return r.err;
}

void query_known(uint16_t resource, struct buf *to)
{
    for (uint16_t i = 0; i < fhir_resources[resource].count; i++) {
        if (i) buf_add_text(to, ", ");
        buf_add_str(to, fhir_name(fhir_params[fhir_resources[resource].first + i].name));
    }
}
