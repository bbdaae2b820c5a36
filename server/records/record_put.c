/* One put for all that is written: a version, the head, what it is found by; and a record's burial. */
#include "base/mem.h"
#include "base/rnd.h"
#include "records/amend.h"
#include "records/body.h"
#include "records/claim.h"
#include "records/closed.h"
#include "records/guard.h"
#include "records/led.h"
#include "records/merge.h"
#include "records/number.h"
#include "records/patient_key.h"
#include "records/record_own.h"
#include "records/validate.h"

/* -- rows and ids -- */

/* A UUID of version 7 (RFC 9562): the time first, so that new ids stand at the end of their index. */
struct str record_new_id(struct arena *arena, struct instant now)
{
    uint8_t b[16];
    char hex[33], *text = arena_alloc(arena, 37);
    if (!text) return (struct str){0};
    rnd_bytes(b, sizeof b);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)now.ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f));
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
    str_hex(b, sizeof b, hex);
    size_t n = 0;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) text[n++] = '-';
        text[n++] = hex[i];
    }
    text[n] = 0;
    return (struct str){text, n};
}

static enum err next_number(struct tx *tx, const char *sql, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, sql, &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}

enum err record_new_row(struct tx *tx, int64_t *ret_row)
{
    return next_number(tx, "SELECT ifnull(max(row), 0) + 1 FROM record", ret_row);
}

/* -- references -- */

int64_t record_planned(const struct record_reader *who, uint16_t resource, struct str id)
{
    char key[128];
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    if (!who->plan || !who->plan->rows || type.bytes + 1 + id.bytes > sizeof key) return 0;
    memcpy(key, type.at, type.bytes);
    key[type.bytes] = '/';
    memcpy(key + type.bytes + 1, id.at, id.bytes);
    return (int64_t)(intptr_t)map_get(who->plan->rows, (struct str){key, type.bytes + 1 + id.bytes});
}

/* Of what was written last of all it is: a job may write a record twice. NULL: it has not been. */
static const struct record_head *fresh(const struct record_reader *who, uint16_t resource, struct str id)
{
    for (uint32_t i = who->fresh_count; i > 0; i--)
        if (who->fresh[i - 1].resource == resource && str_is(who->fresh[i - 1].id, id))
            return &who->fresh[i - 1];
    return NULL;
}

static enum err find_head(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                          struct record_head *ret)
{
    const struct record_head *known = fresh(who, resource, id);
    if (!known) return record_head_find(tx, who->arena, resource, id, ret);
    *ret = *known;
    return OK;
}

static enum err head_at(struct tx *tx, struct record_reader *who, int64_t row, struct record_head *ret)
{
    for (uint32_t i = who->fresh_count; i > 0; i--) {
        if (who->fresh[i - 1].row != row) continue;
        *ret = who->fresh[i - 1];
        return OK;
    }
    return record_head_at(tx, who->arena, row, ret);
}

/* What the reader may not see is not there to be referred to. */
enum err record_resolve(void *ctx, uint16_t resource, struct str id, int64_t *ret_row)
{
    struct record_resolving *r = ctx;
    struct record_head head;
    *ret_row = record_planned(r->who, resource, id);
    if (*ret_row) return OK;
    for (uint32_t i = 0; i < r->asked && i < COUNT_OF(r->known); i++)
        if (r->known[i].resource == resource && str_is(r->known[i].id, id)) {
            *ret_row = r->known[i].row;
            return OK;
        }
    enum err err = find_head(r->tx, r->who, resource, id, &head);
    if (err == ERR_NOT_FOUND) return OK;
    if (err || head.is_deleted || !record_may_see(r->who, &head)) return err;
    *ret_row = head.row;
    uint32_t at = r->asked++ % COUNT_OF(r->known);
    r->known[at].resource = resource;
    r->known[at].id = head.id;
    r->known[at].row = head.row;
    return OK;
}

/* -- one put -- */

struct putting {
    struct tx *tx;
    struct record_reader *who;
    const struct record_put *put;
    struct record_fault *fault;
    struct record_head head;
    struct buf text;
    struct tape tape;
    struct index_set set;
};

static enum err make_head(struct putting *p)
{
    const struct record_head *old = p->put->old;
    struct record_head *h = &p->head;
    *h = (struct record_head){.resource = p->put->resource,
                              .id = p->put->id,
                              .version = old ? old->version + 1 : 1,
                              .updated = p->tx->now,
                              .row = old ? old->row : p->put->row};
    enum err err = h->row ? OK : record_new_row(p->tx, &h->row);
    if (!err) err = next_number(p->tx, "SELECT ifnull(max(seq), 0) + 1 FROM record_version", &h->seq);
    if (!err && !h->id.bytes) {
        h->id = record_new_id(p->who->arena, p->tx->now);
        if (!h->id.at) err = ERR_NOMEM;
    }
    return err;
}

/* References to ourselves are kept without the address by which we were reached; the rest is a bundle's to say. */
static struct str rewrite(void *ctx, struct str name, struct str text)
{
    const struct record_reader *who = ctx;
    struct str base = who->base;
    bool is_own = str_is_text(name, "reference") && base.bytes && text.bytes > base.bytes + 1 &&
                  str_starts(text, base) && text.at[base.bytes] == '/';
    if (is_own) return (struct str){text.at + base.bytes + 1, text.bytes - base.bytes - 1};
    return who->plan ? who->plan->rewrite(who->plan->ctx, name, text) : (struct str){0};
}

static enum err make_body(struct putting *p)
{
    struct tape_fault where = {0};
    struct body_stamp stamp = {.id = p->head.id,
                               .version = p->head.version,
                               .updated = p->head.updated,
                               .rewrite = rewrite,
                               .ctx = p->who};
    const struct tape *t = p->put->tape;
    if (t->nodes[p->put->node].kind != TAPE_OBJECT ||
        tape_get(t, p->put->node, STR("resourceType")) == TAPE_NONE)
        return record_refuse(p->fault, 400, "structure", "resourceType is missing, or no text", NULL);
    body_write(t, p->put->node, &stamp, &p->text);
    if (p->text.err) return p->text.err;
    enum err err = tape_read(p->who->arena, buf_str(&p->text), RECORD_NODES_MAX, &p->tape, &where);
    return err == ERR_BAD_INPUT ? ERR_CORRUPT : err;
}

static enum err check_shape(struct putting *p)
{
    struct validate_report report;
    enum err err =
        validate_resource(&p->tape, 0, p->head.resource, p->who->arena, RECORD_ISSUES_MAX, &report);
    if (err) return err;
    for (uint32_t i = 0; i < report.count; i++)
        (void)record_fault_add(p->fault, 422, validate_code_text(report.issues[i].code),
                               report.issues[i].what, report.issues[i].path);
    return report.count ? ERR_DENIED : OK;
}

/* Provenance, tasks and the like belong to the patient of what they are about. */
static enum err inherit(struct putting *p)
{
    struct record_head about;
    if (p->set.patient || !p->set.about) return OK;
    enum err err = head_at(p->tx, p->who, p->set.about, &about);
    if (err == ERR_NOT_FOUND) return OK; /* about to be made: it is no patient, or the walk had said so */
    if (err) return err;
    p->set.patient = about.patient;
    if (!p->set.encounter) p->set.encounter = about.encounter;
    return OK;
}

/* A Binary has no search parameters: it belongs to what its securityContext names (FHIR R4 §2.29.2), and is as secret as that. */
static enum err inherit_context(struct putting *p)
{
    struct record_head about;
    struct record_resolving resolving = {p->tx, p->who};
    uint16_t resource;
    struct str id, text = {0};
    int64_t row = 0;
    uint32_t at = tape_get(&p->tape, tape_get(&p->tape, 0, STR("securityContext")), STR("reference"));
    if (p->head.resource != fhir_resource_of(STR("Binary")) || at == TAPE_NONE) return OK;
    if (!tape_text(&p->tape, at, p->who->arena, &text) ||
        !index_local_reference(text, p->who->base, &resource, &id))
        return record_refuse(p->fault, 422, "business-rule",
                             "a security context is a reference to a resource here", "securityContext");
    enum err err = record_resolve(&resolving, resource, id, &row);
    if (!err && row) err = record_head_at(p->tx, p->who->arena, row, &about);
    if (err == ERR_NOT_FOUND || (!err && !row))
        return OK; /* planned; or told by the check of all references */
    if (err) return err;
    p->set.patient = about.patient;
    p->set.encounter = about.encounter;
    p->set.labels |= about.labels & GUARD_SECRET;
    return OK;
}

static enum err check_encounter(struct putting *p)
{
    struct record_head visit;
    if (!p->set.encounter || p->set.encounter == p->head.row || !p->set.patient) return OK;
    enum err err = head_at(p->tx, p->who, p->set.encounter, &visit);
    if (err == ERR_NOT_FOUND) return OK; /* planned */
    if (!err && visit.patient && visit.patient != p->set.patient)
        return record_refuse(p->fault, 422, "invariant", "the encounter is another patient's", NULL);
    return err;
}

static enum err find_values(struct putting *p)
{
    struct record_resolving resolving = {.tx = p->tx, .who = p->who};
    struct index_ask ask = {.tape = &p->tape,
                            .resource = p->head.resource,
                            .row = p->head.row,
                            .arena = p->who->arena,
                            .hash = &p->who->records->hash,
                            .base = p->who->base,
                            .zone = p->who->records->zone,
                            .resolve = record_resolve,
                            .ctx = &resolving};
    enum err err = index_extract(&ask, &p->set);
    if (!err && p->set.wrong)
        return record_refuse(p->fault, 422, "business-rule", p->set.wrong, p->set.wrong_path);
    if (!err) err = inherit(p);
    if (!err) err = inherit_context(p);
    if (!err) err = check_encounter(p);
    const struct record_head *old = p->put->old;
    if (!err && old && old->patient && old->patient != p->set.patient)
        return record_refuse(p->fault, 422, "business-rule", "a resource stays with its patient", NULL);
    p->head.patient = p->set.patient;
    p->head.encounter = p->set.encounter;
    p->head.labels = p->set.labels;
    /* A file is what it was when it was filed: documents and signatures rest on it, and name it where no reference is indexed (rule 21). */
    bool is_file = p->head.resource == fhir_resource_of(STR("Binary"));
    p->head.lifecycle = is_file ? RECORD_FINAL : p->set.lifecycle;
    return err;
}

static void bind_head(struct stmt *s, const struct record_head *h)
{
    stmt_int(s, 1, h->row);
    stmt_int(s, 2, number_of_type(h->resource));
    stmt_int(s, 3, h->seq);
    stmt_int(s, 4, h->version);
    stmt_int(s, 5, h->updated.ms);
    stmt_int(s, 6, h->patient);
    stmt_int(s, 7, h->encounter);
    stmt_int(s, 8, h->labels);
    stmt_int(s, 9, h->lifecycle);
    stmt_int(s, 10, h->is_deleted);
}

static enum err insert_version(struct tx *tx, const struct record_head *h, const void *body, size_t bytes)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO record_version (record, type, seq, version, updated, patient, encounter,"
                " labels, lifecycle, is_deleted, body)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                &s);
    if (err) return err;
    bind_head(s, h);
    if (body)
        stmt_blob_kept(s, 11, body, bytes);
    else
        stmt_null(s, 11);
    return stmt_run(s);
}

static enum err seal_version(struct putting *p)
{
    const struct record_head *h = &p->head;
    uint8_t ad[16];
    if (h->patient == 0) return insert_version(p->tx, h, p->text.at, p->text.bytes);
    for (int i = 0; i < 8; i++) {
        ad[i] = (uint8_t)((uint64_t)h->row >> (56 - 8 * i));
        ad[8 + i] = (uint8_t)((uint64_t)h->version >> (56 - 8 * i));
    }
    size_t bytes = p->text.bytes + CIPHER_BOX_BYTES;
    void *box = mem_alloc(bytes);
    if (!box) return ERR_NOMEM;
    enum err err =
        patient_key_seal(p->tx, p->who->records, h->patient, ad, sizeof ad, p->text.at, p->text.bytes, box);
    if (err == ERR_DENIED)
        err = record_refuse(p->fault, 409, "conflict", "the patient's record has been erased", NULL);
    if (!err) err = insert_version(p->tx, h, box, bytes);
    mem_free(box);
    return err;
}

/* SQLite writes each index anew that a column in SET belongs to, the same value or not: patient and is_deleted are named where they are
 * others. */
static enum err set_current(struct tx *tx, const struct record_head *h, const struct record_head *old)
{
    static const char
        insert[] = "INSERT INTO record (row, type, seq, version, updated, patient, encounter, labels,"
                   " lifecycle, is_deleted, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        all[] = "UPDATE record SET seq = ?3, version = ?4, updated = ?5, patient = ?6, encounter = ?7,"
                " labels = ?8, lifecycle = ?9, is_deleted = ?10 WHERE row = ?1 AND type = ?2 AND id = ?11",
        most[] = "UPDATE record SET seq = ?3, version = ?4, updated = ?5, encounter = ?7, labels = ?8,"
                 " lifecycle = ?9 WHERE row = ?1 AND type = ?2 AND id = ?11"
                 " AND patient = ?6 AND is_deleted = ?10",
        ending[] = "UPDATE record SET seq = ?3, version = ?4, updated = ?5, encounter = ?7, labels = ?8,"
                   " lifecycle = ?9, is_deleted = ?10 WHERE row = ?1 AND type = ?2 AND id = ?11"
                   " AND patient = ?6";
    bool is_of_same = old && old->patient == h->patient;
    bool is_alike = is_of_same && old->is_deleted == h->is_deleted;
    struct stmt *s;
    enum err err = db_stmt(tx->db, !old ? insert : is_alike ? most : is_of_same ? ending : all, &s);
    if (err) return err;
    bind_head(s, h);
    stmt_str_kept(s, 11, h->id);
    return stmt_run(s);
}

static bool is_appointment(uint16_t resource)
{
    return str_is_text(fhir_name(fhir_types[fhir_resources[resource].type].name), "Appointment");
}

static enum err store_put(struct putting *p)
{
    const struct record_head *old = p->put->old;
    enum err err = seal_version(p);
    if (!err) err = set_current(p->tx, &p->head, old);
    struct index_of of = {&p->head, old ? old->patient : 0};
    if (!err)
        err = old && !old->is_deleted ? index_change(p->tx, &of, &p->set) : index_put(p->tx, &of, &p->set);
    if (!err && is_appointment(p->head.resource))
        err = claim_put(p->tx, p->who, &p->head, &p->tape, p->fault);
    return err;
}

enum err record_note_written(struct record_reader *who, const struct record_head *head)
{
    if (who->written_count == who->written_room) {
        uint32_t room = who->written_room ? who->written_room * 2 : 8;
        struct record_head *at = arena_alloc(who->arena, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        if (who->written_count) memcpy(at, who->written, who->written_count * sizeof *at);
        who->written = at;
        who->written_room = room;
    }
    who->written[who->written_count++] = *head;
    return OK;
}

/* What this program wrote itself is right; where its defects are looked for, it is asked whether that is so. */
static bool is_trusted(const struct record_put *put)
{
#ifdef YQ_SANITIZED
    return false;
#endif
    return put->is_ours;
}

enum err record_put(struct tx *tx, struct record_reader *who, const struct record_put *put,
                    struct record *ret, struct record_fault *fault)
{
    struct putting p = {.tx = tx, .who = who, .put = put, .fault = fault};
    buf_init(&p.text, RECORD_BODY_BYTES_MAX);
    enum err err = make_head(&p);
    if (!err) err = make_body(&p);
    if (!err && !is_trusted(put)) err = check_shape(&p);
    if (!err) err = find_values(&p);
    if (!err && !record_may_write(who, put->old, &p.head, fault)) err = ERR_DENIED;
    if (!err) err = merge_check(tx, who, put->old, &p.head, fault);
    if (!err) err = closed_check(tx, who, &p.head, fault);
    if (!err) err = led_check(tx, who, put->old, p.head.resource, &p.tape, fault);
    if (!err) err = amend_check(tx, who, &p.tape, &p.head, fault);
    if (!err) err = store_put(&p);
    if (!err) {
        char *copy = arena_text(who->arena, p.text.at, p.text.bytes);
        *ret = (struct record){p.head, {copy, p.text.bytes}};
        if (!copy) err = ERR_NOMEM;
    }
    if (!err && who->guard && who->judge) err = who->judge(tx, who, put->old, ret, fault);
    if (!err) err = record_note_written(who, &p.head);
    buf_done(&p.text);
    buf_done(&p.set.narrative);
    buf_done(&p.set.content);
    return err;
}

enum err record_bury(struct tx *tx, const struct record_head *old, struct record *ret)
{
    struct record_head h = *old;
    h.version++;
    h.updated = tx->now;
    h.is_deleted = true;
    enum err err = next_number(tx, "SELECT ifnull(max(seq), 0) + 1 FROM record_version", &h.seq);
    if (!err) err = insert_version(tx, &h, NULL, 0);
    if (!err) err = set_current(tx, &h, old);
    struct index_of of = {&h, old->patient};
    if (!err) err = index_clear(tx, &of);
    if (!err) err = claim_drop(tx, h.row);
    if (!err) *ret = (struct record){.head = h};
    return err;
}
