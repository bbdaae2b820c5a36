#include "records/amend.h"
#include "records/record_own.h"

static enum err refuse(struct record_fault *fault, const char *what, const char *path)
{
    (void)record_fault_add(fault, 422, "business-rule", what, path);
    return ERR_DENIED;
}

/* The value of the extension with this URL; TAPE_NONE. */
static uint32_t extension(const struct tape *t, const char *url, const char *value)
{
    return tape_get(t, tape_extension(t, 0, url), str_of(value));
}

static bool is_change(const struct tape *t, uint32_t relation)
{
    uint32_t code = tape_get(t, relation, STR("code"));
    return tape_is_text(t, code, "appends") || tape_is_text(t, code, "replaces") ||
           tape_is_text(t, code, "transforms");
}

struct amended {
    bool is_one;        /* it says that it amends something */
    uint32_t reference; /* the Reference's node; TAPE_NONE: none is given */
    uint32_t count;
};

static struct amended find(const struct tape *t, uint16_t resource)
{
    struct amended a = {.reference = TAPE_NONE};
    uint32_t named = extension(t, AMEND_URL, "valueReference");
    uint32_t list =
        resource == fhir_resource_of(STR("Composition")) ? tape_get(t, 0, STR("relatesTo")) : TAPE_NONE;
    if (named != TAPE_NONE) a = (struct amended){true, named, 1};
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(t, list, i)) != TAPE_NONE; i++) {
        if (!is_change(t, at)) continue;
        a.is_one = true;
        a.reference = tape_get(t, at, STR("targetReference"));
        a.count++;
    }
    return a;
}

static bool says_amended(const struct tape *t)
{
    uint32_t status = tape_get(t, 0, STR("status"));
    return tape_is_text(t, status, "amended") || tape_is_text(t, status, "corrected") ||
           tape_is_text(t, status, "appended");
}

static bool has_reason(const struct tape *t, struct arena *arena)
{
    struct str text;
    uint32_t node = extension(t, AMEND_REASON_URL, "valueString");
    return node != TAPE_NONE && tape_text(t, node, arena, &text) && str_trim(text).bytes > 0;
}

/* "Type/id", or "Type/id/_history/n". */
static bool cut(struct str reference, uint16_t *ret_resource, struct str *ret_id)
{
    struct str type = str_cut(&reference, '/');
    *ret_id = str_cut(&reference, '/');
    *ret_resource = fhir_resource_of(type);
    return *ret_resource != FHIR_NONE && ret_id->bytes > 0;
}

/* An amendment of an amendment would hide the original behind a chain. */
static enum err is_original(struct tx *tx, struct record_reader *who, const struct record_head *target,
                            bool *ret)
{
    struct tape tape;
    struct tape_fault where;
    struct str body;
    enum err err = record_body(tx, who, target, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (!err) *ret = !find(&tape, target->resource).is_one;
    return err == ERR_BAD_INPUT ? ERR_CORRUPT : err;
}

static enum err check_target(struct tx *tx, struct record_reader *who, struct str reference,
                             const struct record_head *head, struct record_fault *fault)
{
    struct record_head target;
    struct str id;
    uint16_t resource;
    bool original = false;
    if (!cut(reference, &resource, &id) || resource != head->resource)
        return refuse(fault, "an amendment names the record that it amends", NULL);
    enum err err = record_head_find(tx, who->arena, resource, id, &target);
    if (err == ERR_NOT_FOUND || (!err && (target.is_deleted || !record_may_see(who, &target))))
        return refuse(fault, "an amendment names the record that it amends", NULL);
    if (err) return err;
    if (target.lifecycle != RECORD_FINAL) return refuse(fault, "only what is final is amended", NULL);
    if (target.row == head->row || target.patient != head->patient)
        return refuse(fault, "an amendment belongs to the patient of what it amends", NULL);
    err = is_original(tx, who, &target, &original);
    return !err && !original ? refuse(fault, "an amendment names the original, not another amendment", NULL)
                             : err;
}

enum err amend_check(struct tx *tx, struct record_reader *who, const struct tape *tape,
                     const struct record_head *head, struct record_fault *fault)
{
    struct str reference;
    if (!who->guard) return OK;
    struct amended a = find(tape, head->resource);
    if (!a.is_one)
        return says_amended(tape) ? refuse(fault, "an amendment names the record that it amends", NULL) : OK;
    if (a.count > 1) return refuse(fault, "an amendment names one original", NULL);
    if (!tape_text(tape, tape_get(tape, a.reference, STR("reference")), who->arena, &reference))
        return refuse(fault, "an amendment names the record that it amends", NULL);
    if (!has_reason(tape, who->arena)) return refuse(fault, "an amendment says why", NULL);
    return check_target(tx, who, reference, head, fault);
}
