/* Searches, histories and their pages, as Bundles. */
#include "records/audit_event.h"
#include "records/audit_event_find.h"
#include "records/number.h"
#include "records/page.h"
#include "records/record_own.h"
#include "records/search.h"
#include "records/subset.h"

/* -- the bundle -- */

static struct str type_name(uint16_t resource)
{
    return fhir_name(fhir_types[fhir_resources[resource].type].name);
}

static void quote_url(struct buf *to, struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] == '"' || text.at[i] == '\\' || (uint8_t)text.at[i] <= ' ')
            buf_printf(to, "%%%02X", (uint8_t)text.at[i]);
        else
            buf_add_char(to, text.at[i]);
}

static void open_bundle(struct interaction *i, const char *type, int64_t total)
{
    char now[INSTANT_TEXT_BYTES];
    struct str id = record_new_id(i->who->arena, i->tx->now);
    instant_text(i->tx->now, now);
    if (!id.at) i->to->err = ERR_NOMEM;
    buf_printf(
        i->to,
        "{\"resourceType\":\"Bundle\",\"id\":\"%.*s\",\"meta\":{\"lastUpdated\":\"%s\"},\"type\":\"%s\"",
        (int)id.bytes, id.at ? id.at : "", now, type);
    if (total >= 0) buf_printf(i->to, ",\"total\":%lld", (long long)total);
}

static void write_link(struct interaction *i, struct str path, struct str query)
{
    buf_add_text(i->to, ",\"link\":[{\"relation\":\"self\",\"url\":\"");
    quote_url(i->to, i->who->base);
    if (path.bytes) buf_add_char(i->to, '/');
    quote_url(i->to, path);
    if (query.bytes) buf_add_char(i->to, '?');
    quote_url(i->to, query);
    buf_add_text(i->to, "\"}");
}

static enum err write_next(struct interaction *i, const struct page *page)
{
    struct str word;
    enum err err = page_seal(i->who->records, i->who->arena, page, &word);
    if (err) return err;
    buf_add_text(i->to, ",{\"relation\":\"next\",\"url\":\"");
    quote_url(i->to, i->who->base);
    buf_add_text(i->to, "?page=");
    buf_add_str(i->to, word);
    buf_add_text(i->to, "\"}");
    return OK;
}

static void write_full_url(struct interaction *i, const struct record_head *head)
{
    buf_add_text(i->to, "\"fullUrl\":\"");
    quote_url(i->to, i->who->base);
    buf_add_char(i->to, '/');
    buf_add_str(i->to, type_name(head->resource));
    buf_add_char(i->to, '/');
    buf_add_str(i->to, head->id);
    buf_add_char(i->to, '"');
}

/* -- search -- */

/* What was applied: the query without what was left out of it. */
static struct str applied(struct interaction *i, const struct query *query)
{
    struct buf text;
    struct str rest = i->ask->query;
    if (query->ignored_count == 0) return rest;
    buf_init(&text, 1 << 16);
    while (rest.bytes) {
        struct str pair = str_cut(&rest, '&'), value = pair, name = str_cut(&value, '=');
        bool is_ignored = false;
        for (uint32_t k = 0; k < query->ignored_count; k++)
            is_ignored |= str_is(name, query->ignored[k]);
        if (is_ignored) continue;
        if (text.bytes) buf_add_char(&text, '&');
        buf_add_str(&text, pair);
    }
    char *copy = text.err ? NULL : arena_text(i->who->arena, text.at ? text.at : "", text.bytes);
    struct str applied_text = {copy, copy ? text.bytes : 0};
    buf_done(&text);
    return applied_text;
}

static void write_ignored(struct interaction *i, const struct query *query, const char *between)
{
    buf_printf(i->to,
               "%s{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"warning\","
               "\"code\":\"not-supported\",\"details\":{\"text\":\"unknown parameters were left "
               "out\"},\"expression\":[",
               between);
    for (uint32_t k = 0; k < query->ignored_count; k++) {
        buf_printf(i->to, "%s\"", k ? "," : "");
        quote_url(i->to, query->ignored[k]);
        buf_add_char(i->to, '"');
    }
    buf_add_text(i->to, "]}]},\"search\":{\"mode\":\"outcome\"}}");
}

static enum err write_entries(struct interaction *i, const struct query *query, const struct search_result *r)
{
    const char *between = "";
    if (r->count == 0 && query->ignored_count == 0) return OK;
    buf_add_text(i->to, ",\"entry\":[");
    for (uint32_t k = 0; k < r->count; k++) {
        const struct search_entry *e = &r->at[k];
        buf_printf(i->to, "%s{", between);
        between = ",";
        write_full_url(i, &e->record.head);
        buf_add_text(i->to, ",\"resource\":");
        enum err err = subset_write(i->who->arena, e->record.body, query->summary,
                                    e->is_include ? (struct str){0} : query->elements, i->to);
        if (err) return err;
        buf_printf(i->to, ",\"search\":{\"mode\":\"%s\"}}", e->is_include ? "include" : "match");
        i->ret->matches += !e->is_include;
    }
    if (query->ignored_count) write_ignored(i, query, between);
    buf_add_char(i->to, ']');
    return OK;
}

enum err interact_open_search(struct interaction *i, const struct query *query, int64_t total,
                              struct str next)
{
    struct page page = {i->ask->path, i->ask->query, next, i->ask->is_lenient};
    open_bundle(i, "searchset", total);
    write_link(i, i->ask->path, applied(i, query));
    enum err err = next.at ? write_next(i, &page) : OK;
    buf_add_char(i->to, ']');
    return err;
}

static enum err write_search(struct interaction *i, const struct query *query, const struct search_result *r)
{
    enum err err = interact_open_search(i, query, r->total, r->next);
    if (!err) err = write_entries(i, query, r);
    buf_add_char(i->to, '}');
    i->ret->status = 200;
    i->ret->has_text = true;
    return err ? err : i->to->err;
}

static enum err search_from(struct interaction *i, struct str cursor)
{
    struct query query;
    struct search_result result;
    struct record_head owner = {0};
    enum err err = OK;
    if (i->target.resource == audit_event_type()) return audit_event_search(i, cursor);
    if (i->target.id.bytes) { /* a compartment's patient is seen first */
        err = record_head_find(i->tx, i->who->arena, fhir_resource_of(STR("Patient")), i->target.id, &owner);
        if (err == ERR_NOT_FOUND || (!err && (owner.is_deleted || !record_may_see(i->who, &owner))))
            return record_fault_absent(i->fault);
    }
    if (!err)
        err = search_read(i->who, i->target.resource, i->ask->query, i->ask->is_lenient, &query, i->fault);
    if (err || i->fault->status) return err;
    query.page = cursor;
    err = search_run(i->tx, i->who, &query, owner.row, &result, i->fault);
    return err || i->fault->status ? err : write_search(i, &query, &result);
}

enum err interact_search(struct interaction *i)
{
    return search_from(i, (struct str){0});
}

/* -- history -- */

static bool read_history(struct interaction *i, struct record_history *ret)
{
    struct query_pair *pairs;
    size_t n;
    struct str count_name = STR("_count"), since_name = STR("_since");
    if (search_pairs(i->who->arena, i->ask->query, &pairs, &n) != OK) return false;
    for (size_t k = 0; k < n; k++) {
        uint64_t count;
        if (str_is(pairs[k].name, count_name)) {
            if (!str_to_u64(pairs[k].value, &count)) return false;
            ret->count = count > 1000 ? 1000 : (int32_t)count;
        } else if (str_is(pairs[k].name, since_name)) {
            if (!instant_from_text(pairs[k].value, &ret->since)) return false;
        } else if (!str_is_text(pairs[k].name, "_format") && !str_is_text(pairs[k].name, "_pretty") &&
                   !i->ask->is_lenient) {
            return false;
        }
    }
    return true;
}

static void write_version(struct interaction *i, const struct record *r)
{
    const struct record_head *h = &r->head;
    char when[INSTANT_TEXT_BYTES];
    struct str type = type_name(h->resource);
    const char *method = h->is_deleted ? "DELETE" : h->version == 1 ? "POST" : "PUT";
    bool has_id = strcmp(method, "POST") != 0;
    instant_text(h->updated, when);
    buf_add_char(i->to, '{');
    write_full_url(i, h);
    if (r->body.at) {
        buf_add_text(i->to, ",\"resource\":");
        buf_add_str(i->to, r->body);
    }
    buf_printf(i->to, ",\"request\":{\"method\":\"%s\",\"url\":\"%.*s%s%.*s\"}", method, (int)type.bytes,
               type.at, has_id ? "/" : "", has_id ? (int)h->id.bytes : 0, h->id.at);
    buf_printf(i->to,
               ",\"response\":{\"status\":\"%s\",\"etag\":\"W/\\\"%lld\\\"\",\"lastModified\":\"%s\"}}",
               h->is_deleted     ? "204"
               : h->version == 1 ? "201"
                                 : "200",
               (long long)h->version, when);
}

static enum err history_from(struct interaction *i, struct str cursor)
{
    struct record_history ask = {.resource = i->target.resource, .id = i->target.id};
    struct record_page page;
    int64_t before = 0;
    if (!read_history(i, &ask))
        return record_fault_add(i->fault, 400, "invalid", "a history takes _count and _since", NULL);
    if (cursor.bytes && !str_to_i64(cursor, &before))
        return record_fault_add(i->fault, 400, "invalid", "not a page of ours", "page");
    ask.before = before;
    enum err err = record_history(i->tx, i->who, &ask, &page, i->fault);
    if (err || i->fault->status) return err;
    open_bundle(i, "history", -1);
    write_link(i, i->ask->path, i->ask->query);
    if (page.next) {
        const char *place = arena_printf(i->who->arena, "%lld", (long long)page.next);
        if (!place) return ERR_NOMEM;
        err = write_next(i, &(struct page){i->ask->path, i->ask->query, str_of(place), i->ask->is_lenient});
    }
    buf_add_char(i->to, ']');
    for (uint32_t k = 0; k < page.count && !err; k++) {
        buf_add_text(i->to, k ? "," : ",\"entry\":[");
        write_version(i, &page.at[k]);
    }
    buf_add_text(i->to, page.count ? "]}" : "}");
    i->ret->status = 200;
    i->ret->has_text = true;
    return err ? err : i->to->err;
}

enum err interact_history(struct interaction *i)
{
    return history_from(i, (struct str){0});
}

/* -- pages -- */

static struct str word_of(struct interaction *i)
{
    struct query_pair *pairs;
    size_t n;
    if (search_pairs(i->who->arena, i->ask->query, &pairs, &n) != OK) return (struct str){0};
    for (size_t k = 0; k < n; k++)
        if (str_is_text(pairs[k].name, "page")) return pairs[k].value;
    return (struct str){0};
}

/* The page word says what was asked: it is asked again, from its place on, by whoever comes with it. */
enum err interact_page(struct interaction *i)
{
    struct page page;
    struct str word = word_of(i);
    enum err err = word.bytes ? page_open(i->who->records, i->who->arena, word, &page) : ERR_BAD_INPUT;
    if (err == ERR_BAD_INPUT) return record_fault_add(i->fault, 400, "invalid", "not a page of ours", "page");
    if (err) return err;
    struct interact_ask ask = {
        .method = INTERACT_GET, .path = page.path, .query = page.query, .is_lenient = page.is_lenient};
    struct str path = page.path, last = path;
    while (path.bytes)
        last = str_cut(&path, '/');
    if (str_is_text(last, "_search")) ask.path.bytes -= sizeof "/_search" - 1;
    const struct interact_kind *kind = interact_find(&ask, i->fault);
    if (!kind) return OK;
    struct interaction again = *i;
    again.ask = &ask;
    if (!interact_target_of(kind, &ask, &again.target)) return record_fault_absent(i->fault);
    if (kind->run == interact_search) return search_from(&again, page.cursor);
    if (kind->run == interact_history) return history_from(&again, page.cursor);
    return record_fault_add(i->fault, 400, "invalid", "not a page of ours", "page");
}
