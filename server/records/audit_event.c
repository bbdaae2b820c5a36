#include "records/audit_event.h"
#include "records/guard.h"
#include "records/person.h"
#include "records/record_own.h"
#include <stdio.h>
#include <stdlib.h>

#define DCM "http://dicom.nema.org/resources/ontology/DCM"
#define EVENT_TYPE "http://terminology.hl7.org/CodeSystem/audit-event-type"

/* A row's action, or how it begins (a dot at the end), and what it is called in FHIR. The first that fits. */
struct audit_kind {
    const char *action, *system, *code, *display;
    const char *rest;              /* http://hl7.org/fhir/restful-interaction */
    const char *sub, *sub_display; /* of DICOM's */
};
static const struct audit_kind kinds[] = {
    {"record.read", EVENT_TYPE, "rest", "RESTful Operation", "read", NULL, NULL},
    {"record.vread", EVENT_TYPE, "rest", "RESTful Operation", "vread", NULL, NULL},
    {"record.history-instance", EVENT_TYPE, "rest", "RESTful Operation", "history-instance", NULL, NULL},
    {"record.history-type", EVENT_TYPE, "rest", "RESTful Operation", "history-type", NULL, NULL},
    {"record.history-system", EVENT_TYPE, "rest", "RESTful Operation", "history-system", NULL, NULL},
    {"record.search-", EVENT_TYPE, "rest", "RESTful Operation", "search-type", NULL, NULL},
    {"record.page", EVENT_TYPE, "rest", "RESTful Operation", "search-type", NULL, NULL},
    {"record.create", EVENT_TYPE, "rest", "RESTful Operation", "create", NULL, NULL},
    {"record.update", EVENT_TYPE, "rest", "RESTful Operation", "update", NULL, NULL},
    {"record.patch", EVENT_TYPE, "rest", "RESTful Operation", "patch", NULL, NULL},
    {"record.delete", EVENT_TYPE, "rest", "RESTful Operation", "delete", NULL, NULL},
    {"record.bundle", EVENT_TYPE, "rest", "RESTful Operation", "batch", NULL, NULL},
    {"record.print", DCM, "110106", "Export", NULL, NULL, NULL},
    {"record.export", DCM, "110106", "Export", NULL, NULL, NULL},
    {"record.", EVENT_TYPE, "rest", "RESTful Operation", "operation", NULL, NULL},
    {"export.", DCM, "110106", "Export", NULL, NULL, NULL},
    {"audit.export", DCM, "110106", "Export", NULL, NULL, NULL},
    {"audit.", DCM, "110101", "Audit Log Used", NULL, NULL, NULL},
    {"login", DCM, "110114", "User Authentication", NULL, "110122", "Login"},
    {"logout", DCM, "110114", "User Authentication", NULL, "110123", "Logout"},
    {"glass.break", DCM, "110113", "Security Alert", NULL, "110127", "Emergency Override Started"},
    {"account.", DCM, "110113", "Security Alert", NULL, "110137", "User Security Attributes Changed"},
    {"token.", DCM, "110113", "Security Alert", NULL, "110137", "User Security Attributes Changed"},
    {"grant.", DCM, "110113", "Security Alert", NULL, "110137", "User Security Attributes Changed"},
    {"lockout.", DCM, "110113", "Security Alert", NULL, "110137", "User Security Attributes Changed"},
    {"", DCM, "110100", "Application Activity", NULL, NULL, NULL},
};

/* The last word of an action, and whether it makes, reads, changes, takes away, or does. */
static const struct {
    const char *word;
    char action;
} verbs[] = {
    {"read", 'R'},
    {"vread", 'R'},
    {"history-instance", 'R'},
    {"history-type", 'R'},
    {"search-type", 'R'},
    {"page", 'R'},
    {"search-compartment", 'R'},
    {"history-system", 'R'},
    {"everything", 'R'},
    {"meta", 'R'},
    {"print", 'R'},
    {"export", 'R'},
    {"fetch", 'R'},
    {"list", 'R'},
    {"check", 'R'},
    {"search", 'R'},
    {"people", 'R'},
    {"create", 'C'},
    {"prescribe", 'C'},
    {"give", 'C'},
    {"dose", 'C'},
    {"sign", 'C'},
    {"ask", 'C'},
    {"update", 'U'},
    {"patch", 'U'},
    {"roles", 'U'},
    {"disable", 'U'},
    {"enable", 'U'},
    {"person", 'U'},
    {"password", 'U'},
    {"hold", 'U'},
    {"resume", 'U'},
    {"stop", 'U'},
    {"approve", 'U'},
    {"save", 'U'},
    {"delete", 'D'},
    {"revoke", 'D'},
    {"remove", 'D'},
    {"clear", 'D'},
};

uint16_t audit_event_type(void)
{
    return fhir_resource_of(STR("AuditEvent"));
}

static const struct audit_kind *kind_of(struct str action)
{
    const struct audit_kind *k = kinds;
    for (;; k++) {
        size_t bytes = strlen(k->action);
        bool is_start = bytes == 0 || k->action[bytes - 1] == '.' || k->action[bytes - 1] == '-';
        if (is_start ? str_starts(action, str_of(k->action)) : str_is_text(action, k->action)) return k;
    }
}

static char action_of(struct str action)
{
    struct str word = action;
    while (action.bytes)
        word = str_cut(&action, '.');
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (str_is_text(word, verbs[i].word)) return verbs[i].action;
    return 'E';
}

const char *audit_event_type_code(const struct audit_event *e, const char **ret_system)
{
    *ret_system = e->kind->system;
    return e->kind->code;
}

const char *audit_event_rest_code(const struct audit_event *e)
{
    return e->kind->rest;
}

const char *audit_event_subtype_code(const struct audit_event *e, const char **ret_system)
{
    *ret_system = DCM;
    return e->kind->sub;
}

char audit_event_outcome(const struct audit_event *e)
{
    return e->row->outcome == AUDIT_OK ? '0' : e->row->outcome == AUDIT_REFUSED ? '4' : '8';
}

/* -- what a row says -- */

static struct str keep(struct record_reader *who, struct str text, enum err *err)
{
    const char *copy = arena_text(who->arena, text.at, text.bytes);
    if (!copy) *err = ERR_NOMEM;
    return (struct str){copy, copy ? text.bytes : 0};
}

/* A person who reads of the own record learns of versions that may be read, and of no others' at all. */
static bool is_told(const struct record_reader *who, const struct audit_event *e,
                    const struct record_head *head)
{
    if (e->for_officer) return true;
    return head->patient == e->own_patient && record_may_see(who, head);
}

static enum err add_patient(struct record_reader *who, struct audit_event *e, int64_t patient)
{
    if (patient == 0 || (!e->for_officer && patient != e->own_patient)) return OK;
    for (uint32_t i = 0; i < e->patient_count; i++)
        if (e->patients[i] == patient) return OK;
    if ((e->patient_count & (e->patient_count + 1)) == 0) { /* grows at 0, 1, 3, 7 … */
        int64_t *more = arena_alloc(who->arena, (2 * (size_t)e->patient_count + 1) * sizeof *more);
        if (!more) return ERR_NOMEM;
        if (e->patient_count) memcpy(more, e->patients, e->patient_count * sizeof *more);
        e->patients = more;
    }
    e->patients[e->patient_count++] = patient;
    return OK;
}

static enum err add_version(struct tx *tx, struct record_reader *who, struct audit_event *e, int64_t seq)
{
    struct stmt *s;
    bool row;
    struct record_head head = {0};
    enum err err = db_stmt(tx->db,
                           "SELECT r.row, r.type, r.id, v.seq, v.version, v.updated, v.patient, v.encounter,"
                           " v.labels, v.lifecycle, v.is_deleted FROM record_version v"
                           " JOIN record r ON r.row = v.record WHERE v.seq = ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, seq);
    err = stmt_step(s, &row);
    if (!err && row) {
        record_head_values(s, &head);
        if (is_told(who, e, &head)) {
            struct audit_version *v = &e->versions[e->version_count];
            *v = (struct audit_version){head.resource, keep(who, stmt_get_str(s, 2), &err), head.version,
                                        head.row, head.patient};
            e->version_count += !err;
        }
    }
    stmt_done(s);
    return err ? err : add_patient(who, e, head.patient);
}

static enum err add_versions(struct tx *tx, struct record_reader *who, struct audit_event *e,
                             const struct json *detail)
{
    const struct json *list = json_get(detail, "versions");
    size_t n = list && json_is_array(list) ? json_count(list) : 0;
    enum err err = OK;
    if (n == 0) return OK;
    e->versions = arena_alloc(who->arena, n * sizeof *e->versions);
    if (!e->versions) return ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        int64_t seq;
        if (json_int(json_at(list, i), &seq)) err = add_version(tx, who, e, seq);
    }
    return err;
}

static enum err read_detail(struct tx *tx, struct record_reader *who, struct audit_event *e)
{
    struct json *detail = NULL;
    struct str code;
    if (e->row->detail.bytes == 0) return OK;
    enum err err = json_parse(e->row->detail, &detail, NULL);
    if (err) return err == ERR_BAD_INPUT ? OK : err; /* written by us; what cannot be read says nothing */
    if (json_text(json_get(detail, "code"), &code)) e->code = keep(who, code, &err);
    if (!err) err = add_versions(tx, who, e, detail);
    json_free(detail);
    return err;
}

static enum err read_target(struct tx *tx, struct record_reader *who, struct audit_event *e)
{
    struct record_head head;
    struct str id = e->row->target, type = str_cut(&id, '/');
    uint16_t resource = fhir_resource_of(type);
    if (resource == FHIR_NONE || id.bytes == 0 || id.bytes > RECORD_ID_BYTES_MAX) return OK;
    enum err err = record_head_find(tx, who->arena, resource, id, &head);
    if (err == ERR_NOT_FOUND) return OK;
    if (!err) err = add_patient(who, e, head.patient);
    if (!err && is_told(who, e, &head))
        e->target = (struct audit_version){head.resource, head.id, 0, head.row, head.patient};
    return err;
}

struct audit_event audit_event_begin(const struct record_reader *who, const struct trail_row *row)
{
    return (struct audit_event){.row = row,
                                .kind = kind_of(row->action),
                                .action = action_of(row->action),
                                .target = {.resource = FHIR_NONE},
                                .for_officer =
                                    !who->guard || role_set_has(who->guard->roles, ROLE_PRIVACY_OFFICER),
                                .own_patient = who->guard ? who->guard->patient : 0};
}

enum err audit_event_look_up(struct tx *tx, struct record_reader *who, int64_t subject, struct audit_event *e)
{
    struct person person = {0};
    enum err err = add_patient(who, e, subject);
    if (!err) err = read_detail(tx, who, e);
    if (!err) err = read_target(tx, who, e);
    if (!err && e->row->actor.bytes) err = person_find(tx, e->row->actor, &person);
    e->person = person.practitioner ? person.practitioner : person.patient;
    return err;
}

/* -- as FHIR -- */

static void put_coding(struct json_out *o, const char *key, const char *system, const char *code,
                       const char *display)
{
    json_open(o, key);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    if (display) json_put_text(o, "display", display);
    json_close(o);
}

static const char *name_of(struct record_reader *who, uint16_t resource, struct str id, int64_t version)
{
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    return version ? arena_printf(who->arena, "%.*s/%.*s/_history/%lld", (int)type.bytes, type.at,
                                  (int)id.bytes, id.at, (long long)version)
                   : arena_printf(who->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)id.bytes, id.at);
}

static enum err put_reference(struct record_reader *who, struct json_out *o, uint16_t resource, struct str id,
                              int64_t version)
{
    const char *text = name_of(who, resource, id, version);
    if (!text) return ERR_NOMEM;
    json_put_text(o, "reference", text);
    return OK;
}

static enum err put_subtypes(struct record_reader *who, struct json_out *o, const struct audit_event *e)
{
    const char *action = arena_text(who->arena, e->row->action.at, e->row->action.bytes);
    if (!action) return ERR_NOMEM;
    json_open_array(o, "subtype");
    if (e->kind->rest) put_coding(o, NULL, AUDIT_EVENT_REST, e->kind->rest, NULL);
    if (e->kind->sub) put_coding(o, NULL, DCM, e->kind->sub, e->kind->sub_display);
    put_coding(o, NULL, AUDIT_EVENT_ACTIONS, action, NULL);
    json_close_array(o);
    return OK;
}

/* Who, as far as the reader is told: an account's number, login and address are the officer's to know. */
static enum err put_who(struct tx *tx, struct record_reader *who, struct json_out *o,
                        const struct audit_event *e)
{
    struct record_head head;
    enum err err = OK;
    json_open(o, "who");
    if (e->person && e->for_officer) {
        err = record_head_at(tx, who->arena, e->person, &head);
        if (!err) err = put_reference(who, o, head.resource, head.id, 0);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    if (e->for_officer && e->row->actor.bytes) {
        json_open(o, "identifier");
        json_put_text(o, "system", AUDIT_EVENT_ACCOUNTS);
        json_put_str(o, "value", e->row->actor);
        json_close(o);
    }
    if (e->row->display.bytes)
        json_put_str(o, "display", e->row->display);
    else
        json_put_text(o, "display",
                      str_is_text(e->row->from, "server")    ? "server"
                      : str_is_text(e->row->from, "control") ? "operator"
                                                             : "unknown");
    json_close(o);
    return err;
}

static bool is_address(struct str from)
{
    return from.bytes && !str_is_text(from, "server") && !str_is_text(from, "control");
}

static enum err put_agent(struct tx *tx, struct record_reader *who, struct json_out *o,
                          const struct audit_event *e)
{
    const char *role = arena_text(who->arena, e->row->role.at, e->row->role.bytes);
    if (!role) return ERR_NOMEM;
    json_open_array(o, "agent");
    json_open(o, NULL);
    if (role[0]) {
        json_open_array(o, "role");
        json_open(o, NULL);
        json_open_array(o, "coding");
        put_coding(o, NULL, AUDIT_EVENT_ROLES, role, NULL);
        json_close_array(o);
        json_close(o);
        json_close_array(o);
    }
    enum err err = put_who(tx, who, o, e);
    if (e->for_officer && e->row->name.bytes) json_put_str(o, "altId", e->row->name);
    if (e->row->display.bytes) json_put_str(o, "name", e->row->display);
    json_put_bool(o, "requestor", true);
    if (e->for_officer && is_address(e->row->from)) {
        json_open(o, "network");
        json_put_str(o, "address", e->row->from);
        json_put_text(o, "type", "2"); /* an IP address */
        json_close(o);
    }
    json_close(o);
    json_close_array(o);
    return err;
}

static enum err put_entity(struct record_reader *who, struct json_out *o, uint16_t resource, struct str id,
                           int64_t version)
{
    bool is_patient = version == 0 && resource == fhir_resource_of(STR("Patient"));
    json_open(o, NULL);
    json_open(o, "what");
    enum err err = put_reference(who, o, resource, id, version);
    json_close(o);
    put_coding(o, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type", is_patient ? "1" : "2",
               is_patient ? "Person" : "System Object");
    put_coding(o, "role", "http://terminology.hl7.org/CodeSystem/object-role", is_patient ? "1" : "4",
               is_patient ? "Patient" : "Domain Resource");
    json_close(o);
    return err;
}

/* What is no record: an account, a token, a path that was refused. */
static void put_other(struct json_out *o, const struct audit_event *e)
{
    json_open(o, NULL);
    json_open(o, "what");
    json_open(o, "identifier");
    json_put_text(o, "system", "https://yunqiao.invalid/fhir/audit-target");
    json_put_str(o, "value", e->row->target);
    json_close(o);
    json_close(o);
    put_coding(o, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type", "4", "Other");
    json_close(o);
}

static bool names_target(const struct audit_event *e)
{
    for (uint32_t i = 0; i < e->version_count; i++)
        if (e->versions[i].row == e->target.row) return true;
    for (uint32_t i = 0; i < e->patient_count; i++)
        if (e->patients[i] == e->target.row) return true;
    return false;
}

static enum err put_entities(struct tx *tx, struct record_reader *who, struct json_out *o,
                             const struct audit_event *e)
{
    enum err err = OK;
    bool has_record = e->target.resource != FHIR_NONE;
    bool has_other = !has_record && e->for_officer && e->row->target.bytes > 0;
    if (!has_record && !has_other && e->patient_count == 0 && e->version_count == 0) return OK;
    json_open_array(o, "entity");
    for (uint32_t i = 0; i < e->patient_count && !err; i++) {
        struct record_head head;
        err = record_head_at(tx, who->arena, e->patients[i], &head);
        if (!err) err = put_entity(who, o, head.resource, head.id, 0);
    }
    if (!err && has_record && !names_target(e)) err = put_entity(who, o, e->target.resource, e->target.id, 0);
    if (has_other) put_other(o, e);
    for (uint32_t i = 0; i < e->version_count && !err; i++)
        err = put_entity(who, o, e->versions[i].resource, e->versions[i].id, e->versions[i].version);
    json_close_array(o);
    return err;
}

static void put_hash(struct json_out *o, const struct audit_event *e)
{
    char hex[2 * DIGEST_BYTES + 1] = "";
    if (e->row->hash.bytes == DIGEST_BYTES) str_hex(e->row->hash.at, e->row->hash.bytes, hex);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_put_text(o, "url", "https://yunqiao.invalid/fhir/audit-hash");
    json_put_text(o, "valueString", hex);
    json_close(o);
    json_close_array(o);
}

enum err audit_event_write(struct tx *tx, struct record_reader *who, const struct audit_event *e,
                           struct buf *to)
{
    struct json_out o;
    char id[24], action[2] = {e->action, 0}, outcome[2] = {audit_event_outcome(e), 0};
    snprintf(id, sizeof id, "%lld", (long long)e->row->seq);
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "AuditEvent");
    json_put_text(&o, "id", id);
    json_open(&o, "meta");
    json_put_text(&o, "versionId", "1");
    json_put_instant(&o, "lastUpdated", e->row->at);
    json_close(&o);
    if (e->for_officer) put_hash(&o, e);
    put_coding(&o, "type", e->kind->system, e->kind->code, e->kind->display);
    enum err err = put_subtypes(who, &o, e);
    json_put_text(&o, "action", action);
    json_put_instant(&o, "recorded", e->row->at);
    json_put_text(&o, "outcome", outcome);
    if (e->for_officer && e->code.bytes) json_put_str(&o, "outcomeDesc", e->code);
    if (!err) err = put_agent(tx, who, &o, e);
    json_open(&o, "source");
    json_open(&o, "observer");
    json_put_text(&o, "display", "Yunqiao");
    json_close(&o);
    json_open_array(&o, "type");
    put_coding(&o, NULL, "http://terminology.hl7.org/CodeSystem/security-source-type", "4",
               "Application Server");
    json_close_array(&o);
    json_close(&o);
    if (!err) err = put_entities(tx, who, &o, e);
    json_close(&o);
    return err ? err : to->err;
}
