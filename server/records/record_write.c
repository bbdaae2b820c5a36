/* Writing: one put for all, and the interactions that come to it. */
#include "base/mem.h"
#include "base/rnd.h"
#include "records/amend.h"
#include "records/body.h"
#include "records/claim.h"
#include "records/guard.h"
#include "records/index_text.h"
#include "records/merge.h"
#include "records/number.h"
#include "records/patch.h"
#include "records/patient_key.h"
#include "records/primitive.h"
#include "records/record_own.h"
#include "records/search.h"
#include "records/validate.h"

/* A fault ends a writing job: its savepoint is rolled back. */
static enum err refuse(struct record_fault *fault, int status, const char *code, const char *what,
                       const char *path)
{
    (void)record_fault_add(fault, status, code, what, path);
    return ERR_DENIED;
}

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
    enum err err = record_head_find(r->tx, r->who->arena, resource, id, &head);
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
        return refuse(p->fault, 400, "structure", "resourceType is missing, or no text", NULL);
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
    enum err err = record_head_at(p->tx, p->who->arena, p->set.about, &about);
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
        return refuse(p->fault, 422, "business-rule", "a security context is a reference to a resource here",
                      "securityContext");
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
    enum err err = record_head_at(p->tx, p->who->arena, p->set.encounter, &visit);
    if (err == ERR_NOT_FOUND) return OK; /* planned */
    if (!err && visit.patient && visit.patient != p->set.patient)
        return refuse(p->fault, 422, "invariant", "the encounter is another patient's", NULL);
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
    if (!err && p->set.wrong) return refuse(p->fault, 422, "business-rule", p->set.wrong, p->set.wrong_path);
    if (!err) err = inherit(p);
    if (!err) err = inherit_context(p);
    if (!err) err = check_encounter(p);
    const struct record_head *old = p->put->old;
    if (!err && old && old->patient && old->patient != p->set.patient)
        return refuse(p->fault, 422, "business-rule", "a resource stays with its patient", NULL);
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
        stmt_blob(s, 11, body, bytes);
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
        err = refuse(p->fault, 409, "conflict", "the patient's record has been erased", NULL);
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
    stmt_str(s, 11, h->id);
    return stmt_run(s);
}

static bool is_appointment(uint16_t resource)
{
    return str_is_text(fhir_name(fhir_types[fhir_resources[resource].type].name), "Appointment");
}

/* What the server leads from state to state is written by its operations alone. */
static enum err check_led(struct putting *p)
{
    struct tape before;
    struct tape_fault where;
    struct str body;
    const struct record_head *old = p->put->old;
    if (!p->who->guard || !is_appointment(p->head.resource)) return OK;
    bool is_led = claim_is_led(&p->tape, 0);
    enum err err = OK;
    if (old && !old->is_deleted && !is_led) {
        err = record_body(p->tx, p->who, old, &body);
        if (!err) err = tape_read(p->who->arena, body, RECORD_NODES_MAX, &before, &where);
        if (!err) is_led = claim_is_led(&before, 0);
    }
    return !err && is_led ? refuse(p->fault, 409, "business-rule",
                                   "this booking is led by the server: use $hold, $book or its screens", NULL)
                          : err;
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
    if (!err) err = check_led(&p);
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

/* -- interactions -- */

/* The one record that the criteria find: ERR_NOT_FOUND: none; a fault: several, or criteria that select nothing. */
static enum err find_one(struct tx *tx, struct record_reader *who, uint16_t resource, struct str criteria,
                         struct record_head *ret, struct record_fault *fault)
{
    int64_t rows[2];
    uint32_t n;
    enum err err = search_rows(tx, who, resource, criteria, rows, 2, &n, fault);
    if (!err && fault->status) err = ERR_DENIED;
    if (err) return err;
    if (n > 1) return refuse(fault, 412, "multiple-matches", "the criteria find several resources", NULL);
    return n == 0 ? ERR_NOT_FOUND : record_head_at(tx, who->arena, rows[0], ret);
}

/* What a writer may not see is not there. */
static enum err find_for_writing(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                                 struct record_head *ret)
{
    enum err err = record_head_find(tx, who->arena, resource, id, ret);
    return !err && !record_may_see(who, ret) ? ERR_DENIED : err;
}

static enum err check_version(const struct record_if *cond, const struct record_head *old,
                              struct record_fault *fault)
{
    if (cond && cond->version && (!old || old->version != cond->version))
        return refuse(fault, 412, "conflict", "the version is no longer the current one", NULL);
    if (cond && cond->none_match && old && !old->is_deleted)
        return refuse(fault, 412, "conflict", "there is one already", NULL);
    return OK;
}

enum err record_create(struct tx *tx, struct record_reader *who, uint16_t resource, const struct tape *tape,
                       uint32_t node, const struct record_if *cond, struct record *ret,
                       enum record_done *ret_done, struct record_fault *fault)
{
    struct record_put put = {.resource = resource, .tape = tape, .node = node};
    *ret_done = RECORD_CREATED;
    if (cond && cond->criteria.at) {
        enum err err = find_one(tx, who, resource, cond->criteria, &ret->head, fault);
        if (!err) {
            *ret_done = RECORD_FOUND;
            return record_body(tx, who, &ret->head, &ret->body);
        }
        if (err != ERR_NOT_FOUND) return err;
    }
    return record_put(tx, who, &put, ret, fault);
}

enum err record_create_ours(struct tx *tx, struct record_reader *who, uint16_t resource,
                            const struct tape *tape, struct record *ret, struct record_fault *fault)
{
    struct record_put put = {.resource = resource, .tape = tape, .is_ours = true};
    return record_put(tx, who, &put, ret, fault);
}

/* The body of an update names the id that it is put to. */
static enum err check_id(const struct record_put *put, struct record_fault *fault)
{
    uint32_t id = put->tape->nodes[put->node].kind == TAPE_OBJECT ? tape_get(put->tape, put->node, STR("id"))
                                                                  : TAPE_NONE;
    struct str text = id == TAPE_NONE ? (struct str){0} : tape_raw(put->tape, id);
    bool is_same =
        text.at && text.bytes == put->id.bytes + 2 && memcmp(text.at + 1, put->id.at, put->id.bytes) == 0;
    return is_same ? OK : refuse(fault, 400, "value", "the body's id is not the one in the address", "id");
}

static enum err update_found(struct tx *tx, struct record_reader *who, struct record_put *put,
                             const struct record_if *cond, struct record *ret, enum record_done *ret_done,
                             struct record_fault *fault)
{
    struct record_head old;
    enum err err = find_for_writing(tx, who, put->resource, put->id, &old);
    bool is_hidden = err == ERR_DENIED; /* there is one, for others: the id cannot be taken */
    bool is_nobodys = err == ERR_NOT_FOUND && who->guard && !guard_writes(who->guard);
    if (is_hidden || is_nobodys) {
        (void)record_fault_absent(fault);
        return ERR_DENIED;
    }
    if (err && err != ERR_NOT_FOUND) return err;
    if (!err)
        put->old = &old;
    else
        put->row = record_planned(who, put->resource, put->id);
    *ret_done = err || old.is_deleted ? RECORD_CREATED : RECORD_UPDATED;
    err = check_version(cond, put->old, fault);
    if (!err) err = record_put(tx, who, put, ret, fault);
    put->old = NULL; /* it stands here */
    return err;
}

enum err record_update(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                       const struct tape *tape, uint32_t node, const struct record_if *cond,
                       struct record *ret, enum record_done *ret_done, struct record_fault *fault)
{
    struct record_put put = {.resource = resource, .id = id, .tape = tape, .node = node};
    struct record_head found;
    if (!cond || !cond->criteria.at) {
        if (primitive_fault(FHIR_ID, id)) return refuse(fault, 400, "value", "not an id", "id");
        enum err err = check_id(&put, fault);
        return err ? err : update_found(tx, who, &put, cond, ret, ret_done, fault);
    }
    enum err err = find_one(tx, who, resource, cond->criteria, &found, fault);
    if (err && err != ERR_NOT_FOUND) return err;
    *ret_done = err ? RECORD_CREATED : RECORD_UPDATED;
    if (!err) {
        put.old = &found;
        put.id = found.id;
        if (tape->nodes[node].kind == TAPE_OBJECT && tape_get(tape, node, STR("id")) != TAPE_NONE &&
            (err = check_id(&put, fault)))
            return err;
    }
    return record_put(tx, who, &put, ret, fault);
}

static enum err apply(struct tx *tx, struct record_reader *who, const struct record_head *old,
                      const struct tape *patch, struct buf *to, struct record_fault *fault)
{
    struct str body;
    struct tape tape;
    struct tape_fault where;
    struct patch_fault wrong = {0};
    enum err err = record_body(tx, who, old, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (!err) err = patch_apply(&tape, patch, who->arena, RECORD_NODES_MAX, to, &wrong);
    if (err != ERR_BAD_INPUT) return err;
    const char *path = arena_printf(who->arena, "[%u]", wrong.operation);
    return refuse(fault, wrong.is_test ? 422 : 400, wrong.is_test ? "conflict" : "invalid",
                  wrong.why ? wrong.why : "a patch that cannot be applied", path);
}

static enum err patch_found(struct tx *tx, struct record_reader *who, const struct record_head *old,
                            const struct tape *patch, struct record *ret, struct record_fault *fault)
{
    struct buf text;
    struct tape tape;
    struct tape_fault where = {0};
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    enum err err = apply(tx, who, old, patch, &text, fault);
    if (!err) err = tape_read(who->arena, buf_str(&text), RECORD_NODES_MAX, &tape, &where);
    struct record_put put = {.resource = old->resource, .id = old->id, .old = old, .tape = &tape};
    if (!err) err = check_id(&put, fault);
    if (!err) err = record_put(tx, who, &put, ret, fault);
    buf_done(&text);
    return err;
}

/* The record meant by an id, or by criteria. */
static enum err find_meant(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                           const struct record_if *cond, struct record_head *ret, struct record_fault *fault)
{
    enum err err = cond && cond->criteria.at ? find_one(tx, who, resource, cond->criteria, ret, fault)
                                             : find_for_writing(tx, who, resource, id, ret);
    return err == ERR_DENIED && !fault->status ? ERR_NOT_FOUND : err;
}

enum err record_patch(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                      const struct tape *patch, const struct record_if *cond, struct record *ret,
                      enum record_done *ret_done, struct record_fault *fault)
{
    struct record_head old;
    enum err err = find_meant(tx, who, resource, id, cond, &old, fault);
    if (err == ERR_NOT_FOUND) {
        (void)record_fault_absent(fault);
        return ERR_DENIED;
    }
    if (err) return err;
    if (old.is_deleted) return refuse(fault, 410, "deleted", "it has been deleted", NULL);
    *ret_done = RECORD_UPDATED;
    err = check_version(cond, &old, fault);
    return err ? err : patch_found(tx, who, &old, patch, ret, fault);
}

static enum err bury(struct tx *tx, const struct record_head *old, struct record *ret)
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

static bool is_leaving(const struct record_reader *who, int64_t row)
{
    for (uint32_t i = 0; who->plan && i < who->plan->leaving_count; i++)
        if (who->plan->leaving[i] == row) return true;
    return false;
}

/* Does another record that stands name this one? Only those that the reader sees count: a refusal for the sake of a hidden one would tell
 * of it (rule 9). A Provenance tells of what was, whatever becomes of it. */
static enum err is_named(struct tx *tx, struct record_reader *who, const struct record_head *old,
                         bool *ret_is)
{
    enum { LOOKED_AT_MAX = 10000 };
    struct stmt *s;
    bool row;
    uint16_t provenance = fhir_resource_of(STR("Provenance"));
    enum err err =
        db_stmt(tx->db,
                "SELECT DISTINCT " RECORD_HEAD_COLUMNS " FROM record_link l JOIN record r ON r.row = l.record"
                " WHERE l.target = ?1 AND r.row <> ?1 AND r.is_deleted = 0"
                " UNION SELECT " RECORD_HEAD_COLUMNS " FROM record r"
                " WHERE r.patient = ?1 AND r.patient <> 0 AND r.row <> ?1 AND r.is_deleted = 0 LIMIT ?2",
                &s);
    *ret_is = false;
    if (err) return err;
    stmt_int(s, 1, old->row);
    stmt_int(s, 2, LOOKED_AT_MAX);
    while (!*ret_is && !(err = stmt_step(s, &row)) && row) {
        struct record_head head;
        record_head_values(s, &head);
        *ret_is = head.resource != provenance && !is_leaving(who, head.row) && record_may_see(who, &head);
    }
    stmt_done(s);
    return err;
}

static enum err check_named(struct tx *tx, struct record_reader *who, const struct record_head *old,
                            struct record_fault *fault)
{
    bool is = false;
    enum err err = is_named(tx, who, old, &is);
    return !err && is ? refuse(fault, 409, "conflict", "others refer to it", NULL) : err;
}

enum err record_delete(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                       const struct record_if *cond, struct record *ret, enum record_done *ret_done,
                       struct record_fault *fault)
{
    struct record_head old;
    enum err err = find_meant(tx, who, resource, id, cond, &old, fault);
    *ret_done = RECORD_UNCHANGED;
    if (err == ERR_NOT_FOUND) return OK;
    if (err) return err;
    *ret = (struct record){.head = old};
    if (old.is_deleted) return OK;
    err = check_version(cond, &old, fault);
    if (!err && !record_may_write(who, &old, NULL, fault)) err = ERR_DENIED;
    if (!err) err = check_named(tx, who, &old, fault);
    if (!err) err = bury(tx, &old, ret);
    if (!err) err = record_note_written(who, &ret->head);
    if (!err) *ret_done = RECORD_DELETED;
    return err;
}

/* -- erasure -- */

static enum err bury_all(struct tx *tx, int64_t patient)
{
    enum err err = OK;
    for (bool row = true; row && !err;) {
        struct arena *arena = arena_new(1 << 16);
        struct record_head head;
        struct record gone;
        struct stmt *s;
        if (!arena) return ERR_NOMEM;
        err = db_stmt(tx->db,
                      "SELECT " RECORD_HEAD_COLUMNS
                      " FROM record r WHERE r.patient = ?1 AND r.is_deleted = 0 LIMIT 1",
                      &s);
        if (!err) {
            stmt_int(s, 1, patient);
            err = stmt_step(s, &row);
            if (!err && row) err = record_head_from(s, arena, &head);
            stmt_done(s);
        }
        if (!err && row) err = bury(tx, &head, &gone);
        arena_free(arena);
    }
    return err;
}

enum err record_purge(struct tx *tx, struct records *records, int64_t patient, int64_t *ret_versions)
{
    struct stmt *s;
    enum err err = bury_all(tx, patient);
    if (!err) err = patient_key_destroy(tx, records, patient);
    if (!err)
        err = db_stmt(tx->db, "UPDATE record_version SET body = NULL WHERE patient = ?1 AND body IS NOT NULL",
                      &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    err = stmt_run(s);
    if (!err) *ret_versions = db_changes(tx->db);
    /* What was deleted from the text index stays in its older segments until they are merged. */
    if (!err) err = index_text_settle(tx);
    if (!err) err = db_exec(tx->db, "INSERT INTO record_text (record_text) VALUES ('optimize')");
    return err;
}
