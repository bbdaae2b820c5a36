#include "records/validate.h"
#include "records/primitive.h"
#include <stdio.h>

enum { PATH_MAX_BYTES = 512 };

struct check {
    const struct tape *tape;
    struct arena *arena;
    struct validate_report *report;
    char path[PATH_MAX_BYTES];
    size_t path_bytes;
    enum err err;
};

const char *validate_code_text(enum validate_code code)
{
    static const char *const texts[] = {"structure", "required", "value", "invariant", "code-invalid"};
    return texts[code];
}

static void issue(struct check *c, enum validate_code code, const char *what)
{
    struct validate_report *r = c->report;
    if (r->count >= r->issues_max || c->err) return;
    char *path = arena_text(c->arena, c->path, c->path_bytes);
    char *text = arena_text(c->arena, what, strlen(what));
    if (!path || !text) {
        c->err = ERR_NOMEM;
        return;
    }
    r->issues[r->count++] = (struct validate_issue){code, text, path};
}

/* The path grows by a name or an index, and is cut back by path_to; what does not fit is left out. */
static size_t path_name(struct check *c, struct str name)
{
    size_t before = c->path_bytes, dot = before ? 1 : 0;
    if (before + dot + name.bytes >= PATH_MAX_BYTES) return before;
    if (dot) c->path[before] = '.';
    if (name.bytes) memcpy(c->path + before + dot, name.at, name.bytes);
    c->path_bytes = before + dot + name.bytes;
    return before;
}

static size_t path_index(struct check *c, uint32_t i)
{
    char digits[12];
    size_t before = c->path_bytes, at = sizeof digits;
    digits[--at] = ']';
    do {
        digits[--at] = (char)('0' + i % 10);
        i /= 10;
    } while (i);
    size_t n = sizeof digits - at;
    if (before + 1 + n >= PATH_MAX_BYTES) return before;
    c->path[before] = '[';
    memcpy(c->path + before + 1, digits + at, n);
    c->path_bytes = before + 1 + n;
    return before;
}

static void path_to(struct check *c, size_t bytes)
{
    c->path_bytes = bytes;
}

static const struct tape_node *node_of(const struct check *c, uint32_t node)
{
    return &c->tape->nodes[node];
}

static void check_object(struct check *c, uint32_t node, uint16_t type);
static void check_any_resource(struct check *c, uint32_t node, uint16_t resource);

/* -- values -- */

static bool is_kind(const struct tape_node *n, enum tape_kind kind)
{
    return n->kind == kind || (kind == TAPE_TRUE && n->kind == TAPE_FALSE);
}

static void check_code(struct check *c, uint16_t set, struct str code, struct str system)
{
    if (set == FHIR_NONE || fhir_code_is_in(set, code, system)) return;
    char what[200];
    struct str url = fhir_name(fhir_code_sets[set].url);
    snprintf(what, sizeof what, "not in the required value set %.*s", (int)url.bytes, url.at);
    issue(c, VALIDATE_CODE_INVALID, what);
}

static void check_primitive(struct check *c, uint32_t node, const struct fhir_element *e)
{
    static const char *const wanted[] = {[TAPE_TEXT] = "a text is wanted",
                                         [TAPE_NUMBER] = "a number is wanted",
                                         [TAPE_TRUE] = "true or false is wanted"};
    const struct tape_node *n = node_of(c, node);
    enum tape_kind kind = primitive_kind(e->type);
    struct str text = tape_raw(c->tape, node);
    if (!is_kind(n, kind)) {
        issue(c, VALIDATE_STRUCTURE, wanted[kind]);
        return;
    }
    if (kind == TAPE_TEXT && !tape_text(c->tape, node, c->arena, &text)) {
        c->err = ERR_NOMEM;
        return;
    }
    const char *fault = primitive_fault(e->type, text);
    if (fault)
        issue(c, VALIDATE_VALUE, fault);
    else
        check_code(c, e->codes, text, (struct str){0});
}

static struct str text_of(const struct check *c, uint32_t object, struct str name)
{
    struct str text = {0};
    uint32_t at = tape_get(c->tape, object, name);
    if (at != TAPE_NONE && node_of(c, at)->kind == TAPE_TEXT)
        text = (struct str){c->tape->body.at + node_of(c, at)->at, node_of(c, at)->bytes};
    return text;
}

static void check_coding(struct check *c, uint32_t node, uint16_t set)
{
    struct str code = text_of(c, node, STR("code"));
    if (code.bytes) check_code(c, set, code, text_of(c, node, STR("system")));
}

/* At least one of the codings is in the set (FHIR R4 §4.1.5.1). */
static void check_concept(struct check *c, uint32_t node, uint16_t set)
{
    uint32_t codings = tape_get(c->tape, node, STR("coding"));
    if (set == FHIR_NONE || codings == TAPE_NONE || node_of(c, codings)->kind != TAPE_ARRAY) return;
    uint32_t at = codings + 1;
    for (uint32_t i = 0; i < node_of(c, codings)->count; i++, at = node_of(c, at)->end)
        if (fhir_code_is_in(set, text_of(c, at, STR("code")), text_of(c, at, STR("system")))) return;
    check_code(c, set, (struct str){0}, (struct str){0});
}

/* "Patient/1", or an absolute URL that ends so: the type before the last id (and before _history). FHIR_NONE: cannot be told. */
static uint16_t type_of_reference(struct str text)
{
    struct str parts[4] = {0};
    size_t n = 0;
    if (str_starts(text, STR("urn:")) || str_starts(text, STR("#"))) return FHIR_NONE;
    while (text.bytes) {
        struct str part = str_cut(&text, '/');
        if (n == COUNT_OF(parts)) memmove(parts, parts + 1, (--n) * sizeof *parts);
        parts[n++] = part;
    }
    if (n >= 4 && str_is_text(parts[n - 2], "_history")) n -= 2;
    if (n < 2) return FHIR_NONE;
    uint16_t type = fhir_type_of(parts[n - 2]);
    return type != FHIR_NONE && fhir_types[type].kind == FHIR_KIND_RESOURCE ? type : FHIR_NONE;
}

static void check_reference(struct check *c, uint32_t node, uint16_t targets)
{
    struct str reference = text_of(c, node, STR("reference")), named = text_of(c, node, STR("type"));
    uint16_t type = reference.bytes ? type_of_reference(reference) : FHIR_NONE;
    if (reference.bytes && named.bytes && type != FHIR_NONE &&
        !str_is(named, fhir_name(fhir_types[type].name)))
        issue(c, VALIDATE_INVARIANT, "type and reference name different resource types");
    if (type == FHIR_NONE && named.bytes) type = fhir_type_of(named);
    if (targets == 0 || type == FHIR_NONE) return;
    for (const uint16_t *t = &fhir_lists[targets]; *t != FHIR_NONE; t++)
        if (*t == type) return;
    issue(c, VALIDATE_VALUE, "a reference to a resource of another type");
}

static void check_value(struct check *c, uint32_t node, const struct fhir_element *e)
{
    if (e->type == FHIR_ANY_RESOURCE) {
        check_any_resource(c, node, FHIR_NONE);
        return;
    }
    if (e->type < FHIR_PRIMITIVES) {
        check_primitive(c, node, e);
        return;
    }
    if (node_of(c, node)->kind != TAPE_OBJECT) {
        issue(c, VALIDATE_STRUCTURE, "an object is wanted");
        return;
    }
    check_object(c, node, e->type);
    struct str type = fhir_name(fhir_types[e->type].name);
    if (str_is_text(type, "Reference"))
        check_reference(c, node, e->targets);
    else if (str_is_text(type, "CodeableConcept"))
        check_concept(c, node, e->codes);
    else if (e->codes != FHIR_NONE && (str_is_text(type, "Coding") || str_is_text(type, "Quantity")))
        check_coding(c, node, e->codes);
}

/* -- members of an object -- */

/* "_name" beside a primitive: an Element with id and extension; in arrays null where there is none. */
static void check_sidecar(struct check *c, uint32_t node, const struct fhir_element *e)
{
    const struct fhir_element side = {.type = fhir_type_of(STR("Element")), .codes = FHIR_NONE, .most = 1};
    const struct tape_node *n = node_of(c, node);
    if (e->most == 1) {
        check_value(c, node, &side);
        return;
    }
    if (n->kind != TAPE_ARRAY) {
        issue(c, VALIDATE_STRUCTURE, "an array is wanted");
        return;
    }
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < n->count; i++, at = node_of(c, at)->end) {
        size_t back = path_index(c, i);
        if (node_of(c, at)->kind != TAPE_NULL) check_value(c, at, &side);
        path_to(c, back);
    }
}

static void check_array(struct check *c, uint32_t node, const struct fhir_element *e, bool is_beside)
{
    const struct tape_node *n = node_of(c, node);
    if (n->kind != TAPE_ARRAY) {
        issue(c, VALIDATE_STRUCTURE, "an array is wanted");
        return;
    }
    if (n->count == 0) issue(c, VALIDATE_STRUCTURE, "an empty array: leave it out");
    if (e->most != FHIR_MANY && n->count > e->most) issue(c, VALIDATE_STRUCTURE, "more of it than allowed");
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < n->count && !c->err; i++, at = node_of(c, at)->end) {
        size_t back = path_index(c, i);
        bool is_gap = node_of(c, at)->kind == TAPE_NULL && is_beside && e->type < FHIR_PRIMITIVES;
        if (!is_gap) check_value(c, at, e);
        path_to(c, back);
    }
}

static bool has_sidecar(const struct check *c, uint32_t object, struct str name)
{
    char text[128] = "_";
    if (name.bytes >= sizeof text) return false;
    memcpy(text + 1, name.at, name.bytes);
    return tape_get(c->tape, object, (struct str){text, 1 + name.bytes}) != TAPE_NONE;
}

static void check_member(struct check *c, uint32_t object, uint32_t node, uint16_t type)
{
    struct str name = tape_name(c->tape, node), plain = name;
    bool is_sidecar = name.at[0] == '_';
    if (is_sidecar) plain.at++, plain.bytes--;
    uint16_t at = fhir_element_of(type, plain);
    const struct fhir_element *e = at == FHIR_NONE ? NULL : &fhir_elements[at];
    size_t back = path_name(c, name);
    if (!e || (is_sidecar && e->type >= FHIR_PRIMITIVES))
        issue(c, VALIDATE_STRUCTURE, "unknown property");
    else if (is_sidecar)
        check_sidecar(c, node, e);
    else if (e->most == 1)
        check_value(c, node, e);
    else
        check_array(c, node, e, has_sidecar(c, object, plain));
    path_to(c, back);
}

static bool is_present(const struct check *c, uint32_t object, uint16_t element)
{
    struct str name = fhir_name(fhir_elements[element].name);
    return tape_get(c->tape, object, name) != TAPE_NONE ||
           (fhir_elements[element].type < FHIR_PRIMITIVES && has_sidecar(c, object, name));
}

/* A choice's name without its type: the longest start that its members share. */
static size_t choice_name_bytes(uint16_t first, uint16_t end, uint8_t choice)
{
    struct str shared = {0};
    for (uint16_t e = first; e < end; e++) {
        if (fhir_elements[e].choice != choice) continue;
        struct str name = fhir_name(fhir_elements[e].name);
        if (!shared.at) {
            shared = name;
            continue;
        }
        size_t n = 0;
        while (n < shared.bytes && n < name.bytes && shared.at[n] == name.at[n])
            n++;
        shared.bytes = n;
    }
    return shared.bytes;
}

static void check_choice(struct check *c, uint32_t object, uint16_t first, uint16_t end, uint16_t element)
{
    uint8_t choice = fhir_elements[element].choice;
    uint32_t present = 0;
    for (uint16_t e = first; e < end; e++) {
        if (fhir_elements[e].choice != choice) continue;
        if (e < element) return; /* looked at already */
        present += is_present(c, object, e);
    }
    struct str name = fhir_name(fhir_elements[element].name);
    size_t back = path_name(c, (struct str){name.at, choice_name_bytes(first, end, choice)});
    if (present > 1) issue(c, VALIDATE_STRUCTURE, "only one type of this choice may be given");
    if (present == 0 && fhir_elements[element].least) issue(c, VALIDATE_REQUIRED, "required, and missing");
    path_to(c, back);
}

static void check_present(struct check *c, uint32_t object, uint16_t type)
{
    uint16_t first = fhir_types[type].first, end = (uint16_t)(first + fhir_types[type].count);
    for (uint16_t e = first; e < end; e++) {
        if (fhir_elements[e].choice) {
            check_choice(c, object, first, end, e);
        } else if (fhir_elements[e].least && !is_present(c, object, e)) {
            size_t back = path_name(c, fhir_name(fhir_elements[e].name));
            issue(c, VALIDATE_REQUIRED, "required, and missing");
            path_to(c, back);
        }
    }
}

/* ext-1: an extension has either a value or extensions. */
static void check_extension(struct check *c, uint32_t object)
{
    uint32_t at = object + 1, values = 0;
    for (uint32_t i = 0; i < node_of(c, object)->count; i++, at = node_of(c, at)->end) {
        struct str name = tape_name(c->tape, at);
        values += str_starts(name, STR("value")) || str_starts(name, STR("_value"));
    }
    bool nested = tape_get(c->tape, object, STR("extension")) != TAPE_NONE;
    if ((values > 0) == nested)
        issue(c, VALIDATE_INVARIANT, "ext-1: either a value or extensions, not both and not neither");
}

static void check_object(struct check *c, uint32_t node, uint16_t type)
{
    const struct tape_node *n = node_of(c, node);
    bool is_resource = fhir_types[type].kind == FHIR_KIND_RESOURCE;
    if (n->count == 0) issue(c, VALIDATE_STRUCTURE, "an empty object: leave it out");
    uint32_t at = node + 1;
    for (uint32_t i = 0; i < n->count && !c->err; i++, at = node_of(c, at)->end)
        if (!is_resource || !str_is_text(tape_name(c->tape, at), "resourceType"))
            check_member(c, node, at, type);
    check_present(c, node, type);
    if (str_is_text(fhir_name(fhir_types[type].name), "Extension")) check_extension(c, node);
}

static void check_any_resource(struct check *c, uint32_t node, uint16_t resource)
{
    uint32_t named = tape_get(c->tape, node, STR("resourceType"));
    struct str name;
    if (node_of(c, node)->kind != TAPE_OBJECT) {
        issue(c, VALIDATE_STRUCTURE, "a resource is wanted");
        return;
    }
    if (named == TAPE_NONE || !tape_text(c->tape, named, c->arena, &name)) {
        issue(c, VALIDATE_REQUIRED, "resourceType is missing, or no text");
        return;
    }
    uint16_t found = fhir_resource_of(name);
    if (found == FHIR_NONE) {
        issue(c, VALIDATE_STRUCTURE, "a resource type that is not known here");
        return;
    }
    if (resource != FHIR_NONE && found != resource)
        issue(c, VALIDATE_VALUE, "a resource of another type than was asked for");
    size_t back = c->path_bytes;
    if (back == 0) path_name(c, name);
    check_object(c, node, fhir_resources[found].type);
    path_to(c, back);
}

enum err validate_resource(const struct tape *tape, uint32_t node, uint16_t resource, struct arena *arena,
                           uint32_t issues_max, struct validate_report *ret_report)
{
    struct validate_report report = {.issues_max = issues_max};
    struct check c = {.tape = tape, .arena = arena, .report = &report};
    report.issues = arena_alloc(arena, issues_max * sizeof *report.issues);
    if (!report.issues) return ERR_NOMEM;
    check_any_resource(&c, node, resource);
    if (!c.err) *ret_report = report;
    return c.err;
}
