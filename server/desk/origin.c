#include "desk/origin.h"
#include "base/json.h"
#include "records/guard.h"

enum { TEXT_MAX = 4 * 1024 * 1024, NODES_MAX = 200000 };

static const struct {
    uint32_t label;
    const char *system, *code;
} labels[] = {
    {RECORD_LABEL_RESTRICTED, "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R"},
    {RECORD_LABEL_VERY_RESTRICTED, "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "V"},
    {RECORD_LABEL_PSYCHIATRY, "http://terminology.hl7.org/CodeSystem/v3-ActCode", "PSY"},
    {RECORD_LABEL_HIV, "http://terminology.hl7.org/CodeSystem/v3-ActCode", "HIV"},
    {RECORD_LABEL_SUBSTANCE, "http://terminology.hl7.org/CodeSystem/v3-ActCode", "ETH"},
    {RECORD_LABEL_SEXUALITY, "http://terminology.hl7.org/CodeSystem/v3-ActCode", "SEX"},
    {RECORD_LABEL_OTHER, ORIGIN_OURS "label", "other"},
};

/* Those of one patient with the same labels of secrecy go into one: a label closes no more than it must. */
static bool is_alike(const struct record_head *a, const struct record_head *b)
{
    return a->patient == b->patient && (a->labels & GUARD_SECRET) == (b->labels & GUARD_SECRET);
}

static bool is_first_alike(const struct record_reader *who, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (is_alike(&who->written[k], &who->written[i])) return false;
    return true;
}

static void put_labels(struct json_out *out, uint32_t secret)
{
    if (!secret) return;
    json_open(out, "meta");
    json_open_array(out, "security");
    for (size_t i = 0; i < COUNT_OF(labels); i++) {
        if (!(secret & labels[i].label)) continue;
        json_open(out, NULL);
        json_put_text(out, "system", labels[i].system);
        json_put_text(out, "code", labels[i].code);
        json_close(out);
    }
    json_close_array(out);
    json_close(out);
}

/* What is deleted cannot be referred to, and is named. */
static void put_target(struct arena *arena, struct json_out *out, const struct record_head *h)
{
    struct str type = fhir_name(fhir_types[fhir_resources[h->resource].type].name);
    const char *text = arena_printf(arena, "%.*s/%.*s/_history/%lld", (int)type.bytes, type.at,
                                    (int)h->id.bytes, h->id.at, (long long)h->version);
    json_open(out, NULL);
    if (h->is_deleted) {
        json_put_str(out, "type", type);
        json_open(out, "identifier");
        json_put_text(out, "system", ORIGIN_OURS "version");
        json_put_text(out, "value", text);
        json_close(out);
    } else
        json_put_text(out, "reference", text);
    json_close(out);
}

static void put_agent(struct json_out *out, const char *type, const char *role, const char *system,
                      struct str id)
{
    json_open(out, NULL);
    json_open(out, "type");
    json_open_array(out, "coding");
    json_open(out, NULL);
    json_put_text(out, "system", "http://terminology.hl7.org/CodeSystem/provenance-participant-type");
    json_put_text(out, "code", type);
    json_close(out);
    json_close_array(out);
    json_close(out);
    if (role) {
        json_open_array(out, "role");
        json_open(out, NULL);
        json_open_array(out, "coding");
        json_open(out, NULL);
        json_put_text(out, "system", ORIGIN_OURS "role");
        json_put_text(out, "code", role);
        json_close(out);
        json_close_array(out);
        json_close(out);
        json_close_array(out);
    }
    json_open(out, "who");
    json_open(out, "identifier");
    json_put_text(out, "system", system);
    json_put_str(out, "value", id);
    json_close(out);
    json_close(out);
    json_close(out);
}

static void write_body(struct tx *tx, const struct record_reader *who, const struct origin *by,
                       uint32_t first, struct buf *to)
{
    struct json_out out;
    json_out_init(&out, to);
    json_open(&out, NULL);
    json_put_text(&out, "resourceType", "Provenance");
    put_labels(&out, who->written[first].labels & GUARD_SECRET);
    json_open_array(&out, "target");
    for (uint32_t i = first; i < who->written_count; i++)
        if (is_alike(&who->written[first], &who->written[i])) put_target(who->arena, &out, &who->written[i]);
    json_close_array(&out);
    json_put_instant(&out, "recorded", tx->now);
    json_open_array(&out, "agent");
    put_agent(&out, "author", by->role, by->author_system, by->author);
    if (by->assembler.at) put_agent(&out, "assembler", NULL, by->assembler_system, by->assembler);
    json_close_array(&out);
    json_close(&out);
}

static enum err make(struct tx *tx, struct record_reader *who, const struct origin *by, uint32_t first)
{
    struct record_reader server = {.records = who->records,
                                   .arena = who->arena,
                                   .base = who->base,
                                   .fresh = who->written,
                                   .fresh_count = who->written_count};
    struct record_fault fault = {0};
    struct tape_fault where;
    struct tape tape;
    struct record made;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    write_body(tx, who, by, first, &text);
    char *copy = text.err ? NULL : arena_text(who->arena, text.at, text.bytes);
    struct str body = {copy, text.bytes};
    enum err err = text.err ? text.err : copy ? OK : ERR_NOMEM;
    buf_done(&text);
    if (!err) err = tape_read(who->arena, body, NODES_MAX, &tape, &where);
    if (!err)
        err = record_create_ours(tx, &server, fhir_resource_of(STR("Provenance")), &tape, &made, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    return err ? err : record_traced(who, &made.head);
}

enum err origin_write(struct tx *tx, struct record_reader *who, const struct origin *by)
{
    enum err err = OK;
    uint32_t count = who->written_count; /* without what is made here */
    for (uint32_t i = 0; i < count && !err; i++)
        if (is_first_alike(who, i)) err = make(tx, who, by, i);
    return err;
}

/* -- what the clock did -- */

enum err origin_note(struct arena *arena, struct job *job, const char *action, const char *target,
                     const char *detail, const int64_t *patient)
{
    struct audit_row *row = arena_zalloc(arena, sizeof *row);
    if (!row || !target || !detail) return ERR_NOMEM;
    *row = (struct audit_row){.next = job->audit,
                              .actor = STR(""),
                              .role = STR(""),
                              .from = STR("server"),
                              .action = str_of(action),
                              .target = str_of(target),
                              .detail = str_of(detail),
                              .subjects = *patient ? patient : NULL,
                              .subject_count = *patient != 0};
    job->audit = row;
    return OK;
}

enum err origin_note_record(struct arena *arena, struct job *job, const struct record_head *head,
                            const char *action, const char *detail)
{
    struct str type = fhir_name(fhir_types[fhir_resources[head->resource].type].name);
    char *target =
        arena_printf(arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)head->id.bytes, head->id.at);
    return origin_note(arena, job, action, target, detail, &head->patient);
}
