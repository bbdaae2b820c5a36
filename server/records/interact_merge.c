/* Patient/$merge after R5 (its parameters, its answer), and $unmerge, ours. */
#include "records/body.h"
#include "records/interact_own.h"
#include "records/merge.h"
#include "records/search.h"

struct pair {
    struct str source, target; /* ids */
    bool is_preview;
};

static enum err refuse(struct interaction *i, const char *code, const char *what, const char *path)
{
    (void)record_fault_add(i->fault, 400, code, what, path);
    return ERR_DENIED;
}

static enum err take_reference(struct interaction *i, uint32_t part, struct str *ret_id)
{
    const struct tape *t = i->ask->tape;
    struct str text, base = i->who->base;
    uint32_t at = tape_get(t, tape_get(t, part, STR("valueReference")), STR("reference"));
    if (at == TAPE_NONE || !tape_text(t, at, i->who->arena, &text))
        return refuse(i, "value", "a reference to a Patient is wanted", "parameter");
    if (base.bytes && str_starts(text, base) && text.bytes > base.bytes)
        text.at += base.bytes + 1, text.bytes -= base.bytes + 1;
    if (!str_is_text(str_cut(&text, '/'), "Patient") || text.bytes == 0)
        return refuse(i, "value", "a reference to a Patient is wanted", "parameter");
    *ret_id = text;
    return OK;
}

/* The one patient with this identifier. */
static enum err take_identifier(struct interaction *i, uint32_t part, struct str *ret_id)
{
    const struct tape *t = i->ask->tape;
    struct str system = {0}, value = {0};
    int64_t rows[2];
    uint32_t n, named = tape_get(t, part, STR("valueIdentifier"));
    struct record_head head;
    (void)tape_text(t, tape_get(t, named, STR("system")), i->who->arena, &system);
    if (named == TAPE_NONE || !tape_text(t, tape_get(t, named, STR("value")), i->who->arena, &value))
        return refuse(i, "value", "an identifier with a value is wanted", "parameter");
    struct buf query;
    buf_init(&query, 1 << 12);
    buf_add_text(&query, "identifier=");
    for (int k = 0; k < 2; k++) {
        struct str text = k ? value : system;
        if (k && system.bytes) buf_add_text(&query, "%7C");
        search_put_value(&query, text);
    }
    const char *copy = query.err ? NULL : arena_text(i->who->arena, query.at, query.bytes);
    struct str criteria = {copy, query.bytes};
    buf_done(&query);
    if (!copy) return ERR_NOMEM;
    enum err err =
        search_rows(i->tx, i->who, fhir_resource_of(STR("Patient")), criteria, rows, 2, &n, i->fault);
    if (!err && i->fault->status) err = ERR_DENIED;
    if (err) return err;
    if (n != 1) {
        (void)record_fault_add(i->fault, 422, "multiple-matches", "an identifier finds none or several",
                               NULL);
        return ERR_DENIED;
    }
    err = record_head_at(i->tx, i->who->arena, rows[0], &head);
    *ret_id = head.id;
    return err;
}

static enum err take(struct interaction *i, uint32_t part, struct pair *ret)
{
    const struct tape *t = i->ask->tape;
    uint32_t name = tape_get(t, part, STR("name"));
    if (name == TAPE_NONE) return refuse(i, "required", "a parameter has a name", "parameter");
    if (tape_is_text(t, name, "source-patient")) return take_reference(i, part, &ret->source);
    if (tape_is_text(t, name, "target-patient")) return take_reference(i, part, &ret->target);
    if (tape_is_text(t, name, "source-patient-identifier")) return take_identifier(i, part, &ret->source);
    if (tape_is_text(t, name, "target-patient-identifier")) return take_identifier(i, part, &ret->target);
    if (!tape_is_text(t, name, "preview"))
        return refuse(i, "not-supported", "an unknown parameter", "parameter");
    uint32_t value = tape_get(t, part, STR("valueBoolean"));
    ret->is_preview = value != TAPE_NONE && t->nodes[value].kind == TAPE_TRUE;
    return OK;
}

static enum err read_pair(struct interaction *i, struct pair *ret)
{
    const struct tape *t = i->ask->tape;
    *ret = (struct pair){0};
    uint32_t list = t ? tape_get(t, i->ask->node, STR("parameter")) : TAPE_NONE;
    for (uint32_t k = 0, part; list != TAPE_NONE && (part = tape_at(t, list, k)) != TAPE_NONE; k++) {
        enum err err = take(i, part, ret);
        if (err) return err;
    }
    if (!ret->source.bytes || !ret->target.bytes)
        return refuse(i, "required", "source-patient and target-patient are wanted", "parameter");
    return OK;
}

static enum err answer(struct interaction *i, const struct record *result, const char *what)
{
    buf_printf(i->to,
               "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"outcome\",\"resource\":"
               "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"information\",\"code\":"
               "\"informational\",\"details\":{\"text\":\"%s\"}}]}},{\"name\":\"result\",\"resource\":",
               what);
    buf_add_str(i->to, result->body);
    buf_add_text(i->to, "}]}");
    i->ret->record.head = result->head;
    i->ret->status = 200;
    i->ret->has_text = true;
    return i->to->err;
}

/* A preview is the merge, taken back. */
static enum err preview(struct interaction *i, const struct pair *pair, struct record *ret)
{
    uint32_t written = i->who->written_count;
    enum err err = db_exec(i->tx->db, "SAVEPOINT merge_preview");
    if (err) return err;
    err = merge_do(i->tx, i->who, pair->source, pair->target, ret, i->fault);
    i->who->written_count = written;
    enum err back = db_exec(i->tx->db, "ROLLBACK TO merge_preview");
    if (!back) back = db_exec(i->tx->db, "RELEASE merge_preview");
    ret->head.row = 0; /* it is no version that stands */
    return err ? err : back;
}

enum err interact_merge(struct interaction *i)
{
    struct pair pair;
    struct record result;
    enum err err = read_pair(i, &pair);
    if (!err)
        err = pair.is_preview ? preview(i, &pair, &result)
                              : merge_do(i->tx, i->who, pair.source, pair.target, &result, i->fault);
    return err ? err : answer(i, &result, pair.is_preview ? "what would be" : "merged");
}

enum err interact_unmerge(struct interaction *i)
{
    struct pair pair;
    struct record result;
    enum err err = read_pair(i, &pair);
    if (!err && pair.is_preview) return refuse(i, "not-supported", "an unknown parameter", "parameter");
    if (!err) err = merge_undo(i->tx, i->who, pair.source, pair.target, &result, i->fault);
    return err ? err : answer(i, &result, "unmerged");
}
