#include "records/project.h"

enum { NODES_MAX = 200000 };

static bool is_named(const char *const *names, struct str name)
{
    if (name.bytes && name.at[0] == '_') name = (struct str){name.at + 1, name.bytes - 1};
    for (; *names; names++)
        if (str_is_text(name, *names)) return true;
    return false;
}

bool project_is_needed(const struct guard *guard, uint16_t resource)
{
    return guard_hides(guard, resource)[0] != NULL;
}

enum err project_body(const struct guard *guard, uint16_t resource, struct str body, struct arena *arena,
                      struct buf *to)
{
    const char *const *hidden = guard_hides(guard, resource);
    struct tape t;
    struct tape_fault fault;
    enum err err = tape_read(arena, body, NODES_MAX, &t, &fault);
    if (err == ERR_BAD_INPUT || (!err && t.nodes[0].kind != TAPE_OBJECT)) return ERR_CORRUPT;
    if (err) return err;
    bool is_first = true;
    buf_add_char(to, '{');
    for (uint32_t i = 0, at = 1; i < t.nodes[0].count; i++, at = t.nodes[at].end) {
        if (is_named(hidden, tape_name(&t, at))) continue;
        buf_add_text(to, is_first ? "\"" : ",\"");
        buf_add_str(to, tape_name(&t, at));
        buf_add_text(to, "\":");
        buf_add_str(to, tape_raw(&t, at));
        is_first = false;
    }
    buf_add_char(to, '}');
    return to->err;
}

/* -- queries -- */

/* A parameter looks into what is hidden when one of its ways begins there; what looks into the whole body (_text, _content) always. */
static bool is_hidden(const struct guard *guard, uint16_t resource, uint16_t param)
{
    if (resource == FHIR_NONE || param == FHIR_NONE) return false;
    const char *const *hidden = guard_hides(guard, resource);
    const struct fhir_param *p = &fhir_params[param];
    if (!hidden[0]) return false;
    if (p->type == FHIR_PARAM_SPECIAL || p->type == FHIR_PARAM_COMPOSITE) return true;
    struct str name = fhir_name(p->name);
    if (str_is_text(name, "_text") || str_is_text(name, "_content") || str_is_text(name, "_filter"))
        return true;
    for (uint16_t i = 0; i < p->count; i++) {
        uint16_t step = fhir_lists[fhir_paths[p->first + i].steps];
        if (step != FHIR_NONE && is_named(hidden, fhir_name(step))) return true;
    }
    return false;
}

/* A chain that names no type may end in any that has a parameter of this name. */
static bool is_hidden_somewhere(const struct guard *guard, uint16_t param)
{
    for (uint16_t i = 0; i < fhir_resource_count; i++) {
        uint16_t same = fhir_param_of(i, fhir_name(fhir_params[param].name));
        if (same != FHIR_NONE && is_hidden(guard, i, same)) return true;
    }
    return false;
}

static const struct query_term *hidden_term(const struct guard *guard, const struct query_term *term)
{
    bool is_any = false;
    for (const struct query_term *t = term; t; t = t->chained) {
        if (is_any ? is_hidden_somewhere(guard, t->param) : is_hidden(guard, t->resource, t->param)) return t;
        is_any = t->chained && !t->is_reverse && t->chain_type == FHIR_NONE;
    }
    return NULL;
}

static struct str hidden_include(const struct guard *guard, const struct query *q)
{
    for (uint32_t i = 0; i < q->include_count; i++) {
        const struct query_include *n = &q->includes[i];
        bool is_all =
            n->param == FHIR_NONE && n->resource != FHIR_NONE && project_is_needed(guard, n->resource);
        if (is_all) return n->is_reverse ? STR("_revinclude") : STR("_include");
        if (is_hidden(guard, n->resource, n->param)) return fhir_name(fhir_params[n->param].name);
    }
    return (struct str){0};
}

struct str project_query(const struct guard *guard, const struct query *query)
{
    for (const struct query_term *t = query->terms; t; t = t->next) {
        const struct query_term *hidden = hidden_term(guard, t);
        if (hidden) return fhir_name(fhir_params[hidden->param].name);
    }
    for (uint32_t i = 0; i < query->sort_count; i++)
        if (is_hidden(guard, query->resource, query->sorts[i].param))
            return fhir_name(fhir_params[query->sorts[i].param].name);
    return hidden_include(guard, query);
}
