/* Operations on the code lists that are kept here: CodeSystem/$lookup, $validate-code and ValueSet/$validate-code, $expand, by GET. */
#include "records/body.h"
#include "records/interact_own.h"
#include "records/pinyin.h"
#include "records/record_own.h"
#include "records/search.h"

enum { EXPAND_DEFAULT = 100, EXPAND_MAX = 1000 };

struct list { /* a resource that was found, and read */
    struct tape tape;
    struct record_head head;
};

struct concept {
    const struct tape *tape;
    uint32_t node; /* has code and display */
    struct str system, code, display;
};

/* false ends the walk. */
typedef bool see_concept(void *ctx, const struct concept *c);

static struct str text_at(struct interaction *i, const struct tape *t, uint32_t object, const char *name)
{
    struct str text = {0};
    uint32_t node = tape_get(t, object, str_of(name));
    if (node != TAPE_NONE) (void)tape_text(t, node, i->who->arena, &text);
    return text;
}

static struct str param(struct interaction *i, const char *name)
{
    struct query_pair *pairs;
    size_t n;
    if (search_pairs(i->who->arena, i->ask->query, &pairs, &n) != OK) return (struct str){0};
    for (size_t k = 0; k < n; k++)
        if (str_is_text(pairs[k].name, name)) return pairs[k].value;
    return (struct str){0};
}

static enum err missing(struct interaction *i, const char *name)
{
    return record_fault_add(i->fault, 400, "required", "required, and missing", name);
}

/* -- finding a list -- */

static enum err read_list(struct interaction *i, const struct record_head *head, struct list *ret)
{
    struct str body;
    struct tape_fault where;
    ret->head = *head;
    enum err err = record_body(i->tx, i->who, head, &body);
    if (!err) err = tape_read(i->who->arena, body, RECORD_NODES_MAX, &ret->tape, &where);
    return err == ERR_BAD_INPUT ? ERR_CORRUPT : err;
}

/* By its url; a fault when the reader sees none. */
static enum err find_list(struct interaction *i, const char *type, struct str url, struct list *ret)
{
    struct buf query;
    int64_t rows[1];
    uint32_t n = 0;
    struct record_head head;
    buf_init(&query, 8192);
    buf_add_text(&query, "url=");
    for (size_t k = 0; k < url.bytes; k++)
        buf_printf(&query, "%%%02X", (uint8_t)url.at[k]);
    enum err err = query.err ? query.err
                             : search_rows(i->tx, i->who, fhir_resource_of(str_of(type)), buf_str(&query),
                                           rows, 1, &n, i->fault);
    buf_done(&query);
    if (err || i->fault->status) return err;
    *ret = (struct list){0};
    if (n == 0) return record_fault_absent(i->fault);
    err = record_head_at(i->tx, i->who->arena, rows[0], &head);
    return err ? err : read_list(i, &head, ret);
}

/* -- walking concepts -- */

static bool walk_concepts(struct interaction *i, const struct tape *t, uint32_t list, struct str system,
                          see_concept *see, void *ctx)
{
    if (list == TAPE_NONE || !t->nodes || t->nodes[list].kind != TAPE_ARRAY) return true;
    uint32_t at = list + 1;
    for (uint32_t k = 0; k < t->nodes[list].count; k++, at = t->nodes[at].end) {
        struct concept c = {t, at, system, text_at(i, t, at, "code"), text_at(i, t, at, "display")};
        if (!see(ctx, &c)) return false;
        if (!walk_concepts(i, t, tape_get(t, at, STR("concept")), system, see, ctx)) return false;
    }
    return true;
}

/* What a ValueSet includes: codes named in it, or whole systems that are kept here. */
static enum err walk_value_set(struct interaction *i, const struct list *set, see_concept *see, void *ctx)
{
    const struct tape *t = &set->tape;
    uint32_t include = tape_get(t, tape_get(t, 0, STR("compose")), STR("include"));
    for (uint32_t k = 0, at; (at = tape_at(t, include, k)) != TAPE_NONE; k++) {
        struct str system = text_at(i, t, at, "system");
        uint32_t named = tape_get(t, at, STR("concept"));
        struct list whole;
        if (tape_get(t, at, STR("filter")) != TAPE_NONE || tape_get(t, at, STR("valueSet")) != TAPE_NONE)
            return record_fault_add(i->fault, 422, "not-supported", "this parameter is not supported",
                                    "ValueSet.compose.include");
        if (named != TAPE_NONE) {
            if (!walk_concepts(i, t, named, system, see, ctx)) return OK;
            continue;
        }
        enum err err = find_list(i, "CodeSystem", system, &whole);
        if (err || i->fault->status) return err;
        if (!walk_concepts(i, &whole.tape, tape_get(&whole.tape, 0, STR("concept")), system, see, ctx))
            return OK;
    }
    return OK;
}

/* -- one code -- */

struct wanted {
    struct str system, code; /* system empty: any */
    struct concept found;    /* tape NULL: none */
};

static bool see_wanted(void *ctx, const struct concept *c)
{
    struct wanted *w = ctx;
    bool is_it = str_is(c->code, w->code) && (!w->system.bytes || str_is(c->system, w->system));
    if (is_it) w->found = *c;
    return !is_it;
}

static void put_raw(struct buf *to, const struct tape *t, uint32_t object, const char *name)
{
    uint32_t node = tape_get(t, object, str_of(name));
    if (node == TAPE_NONE)
        buf_add_text(to, "\"\"");
    else
        body_write_plain(t, node, to);
}

static enum err answer(struct interaction *i)
{
    i->ret->status = 200;
    i->ret->has_text = true;
    return i->to->err;
}

enum err interact_lookup(struct interaction *i)
{
    struct wanted w = {.code = param(i, "code")};
    struct str system = param(i, "system");
    struct list list;
    if (!w.code.bytes || !system.bytes) return missing(i, w.code.bytes ? "system" : "code");
    enum err err = find_list(i, "CodeSystem", system, &list);
    if (err || i->fault->status) return err;
    (void)walk_concepts(i, &list.tape, tape_get(&list.tape, 0, STR("concept")), system, see_wanted, &w);
    if (!w.found.tape) return record_fault_absent(i->fault);
    buf_add_text(i->to,
                 "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"name\",\"valueString\":");
    put_raw(i->to, &list.tape, 0, tape_get(&list.tape, 0, STR("name")) == TAPE_NONE ? "url" : "name");
    if (w.found.display.bytes) {
        buf_add_text(i->to, "},{\"name\":\"display\",\"valueString\":");
        put_raw(i->to, w.found.tape, w.found.node, "display");
    }
    buf_add_text(i->to, "}]}");
    return answer(i);
}

static enum err answer_validity(struct interaction *i, const struct wanted *w)
{
    buf_printf(i->to,
               "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"result\",\"valueBoolean\":%s}",
               w->found.tape ? "true" : "false");
    if (w->found.tape && w->found.display.bytes) {
        buf_add_text(i->to, ",{\"name\":\"display\",\"valueString\":");
        put_raw(i->to, w->found.tape, w->found.node, "display");
        buf_add_char(i->to, '}');
    }
    buf_add_text(i->to, "]}");
    return answer(i);
}

enum err interact_validate_system(struct interaction *i)
{
    struct wanted w = {.code = param(i, "code")};
    struct str url = param(i, "url");
    struct list list;
    if (!w.code.bytes || !url.bytes) return missing(i, w.code.bytes ? "url" : "code");
    enum err err = find_list(i, "CodeSystem", url, &list);
    if (err || i->fault->status) return err;
    (void)walk_concepts(i, &list.tape, tape_get(&list.tape, 0, STR("concept")), url, see_wanted, &w);
    return answer_validity(i, &w);
}

enum err interact_validate_set(struct interaction *i)
{
    struct wanted w = {.code = param(i, "code"), .system = param(i, "system")};
    struct str url = param(i, "url");
    struct list list;
    if (!w.code.bytes || !url.bytes) return missing(i, w.code.bytes ? "url" : "code");
    enum err err = find_list(i, "ValueSet", url, &list);
    if (!err && !i->fault->status) err = walk_value_set(i, &list, see_wanted, &w);
    return err || i->fault->status ? err : answer_validity(i, &w);
}

/* -- $expand -- */

static void put_quoted(struct buf *to, struct str text)
{
    buf_add_char(to, '"');
    for (size_t k = 0; k < text.bytes; k++) {
        if (text.at[k] == '"' || text.at[k] == '\\') buf_add_char(to, '\\');
        buf_add_char(to, text.at[k]);
    }
    buf_add_char(to, '"');
}

struct expanding {
    struct interaction *i;
    struct buf contains;
    struct str filter; /* folded; empty: all */
    uint64_t offset, count, total, written;
};

/* By part of the display or start of the code, and by pinyin and initials. */
static bool passes(struct expanding *e, const struct concept *c)
{
    struct str full, initials;
    if (!e->filter.bytes) return true;
    struct str display = index_fold(e->i->who->arena, c->display),
               code = index_fold(e->i->who->arena, c->code);
    if (!display.at || !code.at) return false;
    if (memmem(display.at, display.bytes, e->filter.at, e->filter.bytes) || str_starts(code, e->filter))
        return true;
    return pinyin_of_text(e->i->who->arena, display, &full, &initials) &&
           (str_starts(full, e->filter) || str_starts(initials, e->filter));
}

static bool see_expanded(void *ctx, const struct concept *c)
{
    struct expanding *e = ctx;
    if (!passes(e, c)) return true;
    e->total++;
    if (e->total <= e->offset || e->written >= e->count) return true;
    buf_add_text(&e->contains, e->written++ ? ",{\"system\":" : "{\"system\":");
    put_quoted(&e->contains, c->system);
    buf_add_text(&e->contains, ",\"code\":");
    put_raw(&e->contains, c->tape, c->node, "code");
    if (c->display.bytes) {
        buf_add_text(&e->contains, ",\"display\":");
        put_raw(&e->contains, c->tape, c->node, "display");
    }
    buf_add_char(&e->contains, '}');
    return true;
}

static enum err write_expansion(struct interaction *i, const struct list *list, const struct expanding *e)
{
    char now[INSTANT_TEXT_BYTES];
    instant_text(i->tx->now, now);
    buf_add_text(i->to, "{\"resourceType\":\"ValueSet\",\"url\":");
    put_raw(i->to, &list->tape, 0, "url");
    buf_add_text(i->to, ",\"status\":");
    put_raw(i->to, &list->tape, 0, "status");
    buf_printf(i->to, ",\"expansion\":{\"timestamp\":\"%s\",\"total\":%llu,\"offset\":%llu", now,
               (unsigned long long)e->total, (unsigned long long)e->offset);
    if (e->written) {
        buf_add_text(i->to, ",\"contains\":[");
        buf_add_str(i->to, buf_str(&e->contains));
        buf_add_char(i->to, ']');
    }
    buf_add_text(i->to, "}}");
    return e->contains.err ? e->contains.err : answer(i);
}

enum err interact_expand(struct interaction *i)
{
    struct str url = param(i, "url"), filter = param(i, "filter"), count = param(i, "count"),
               offset = param(i, "offset");
    struct expanding e = {.i = i, .count = EXPAND_DEFAULT};
    struct list list;
    bool is_read =
        (!count.bytes || str_to_u64(count, &e.count)) && (!offset.bytes || str_to_u64(offset, &e.offset));
    if (!is_read)
        return record_fault_add(i->fault, 400, "invalid", "a number is wanted",
                                count.bytes ? "count" : "offset");
    if (e.count > EXPAND_MAX) e.count = EXPAND_MAX;
    if (!url.bytes) return missing(i, "url");
    if (filter.bytes) e.filter = index_fold(i->who->arena, filter);
    enum err err = find_list(i, "ValueSet", url, &list);
    if (err || i->fault->status) return err;
    buf_init(&e.contains, RECORD_BODY_BYTES_MAX);
    err = walk_value_set(i, &list, see_expanded, &e);
    if (!err && !i->fault->status) err = write_expansion(i, &list, &e);
    buf_done(&e.contains);
    return err;
}
