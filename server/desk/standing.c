#include "desk/standing.h"
#include "auth/account.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/departments.h"
#include "desk/invitation.h"
#include "desk/standing_texts.h"
#include "records/primitive.h"
#include "records/roll.h"
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 256 * 1024, HOSPITALS_MAX = 400 };

static const char closed_sql[] = "CREATE TABLE standing_closed (" /* accounts that a suspension closed */
                                 " account TEXT PRIMARY KEY REFERENCES account (id)"
                                 ") STRICT, WITHOUT ROWID;";
const struct migration standing_migrations[] = {
    {353, "accounts that a suspension closed", closed_sql},
    {354, "invitations of specialists by a one-time link", invitation_sql},
    {0, NULL, NULL},
};

/* -- words -- */

static const char *const names[STANDINGS] = {"pending", "approved", "suspended", "declined"};
static const char *const reasons[] = {"licence", "left", "request", "conduct", "identity", "other"};

const char *standing_text(enum standing standing)
{
    ASSERT(standing < STANDINGS);
    return names[standing];
}

bool standing_from(struct str text, enum standing *ret)
{
    for (size_t i = 0; i < STANDINGS; i++)
        if (str_is_text(text, names[i])) return *ret = (enum standing)i, true;
    return false;
}

bool standing_may_become(enum standing from, enum standing to)
{
    static const uint8_t table[STANDINGS] = {
        [STANDING_PENDING] = 1 << STANDING_APPROVED | 1 << STANDING_DECLINED,
        [STANDING_APPROVED] = 1 << STANDING_SUSPENDED,
        [STANDING_SUSPENDED] = 1 << STANDING_APPROVED,
        [STANDING_DECLINED] = 1 << STANDING_APPROVED,
    };
    ASSERT(from < STANDINGS);
    ASSERT(to < STANDINGS);
    return table[from] >> to & 1;
}

bool standing_reason_is(struct str code)
{
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (str_is_text(code, reasons[i])) return true;
    return false;
}

const char *standing_title_words(struct str code)
{
    for (size_t i = 0; i < STANDING_TITLES; i++)
        if (str_is_text(code, standing_titles[i].code)) return standing_titles[i].words;
    return NULL;
}

const char *standing_title_code(struct str words)
{
    for (size_t i = 0; i < STANDING_TITLES; i++)
        if (str_is_text(words, standing_titles[i].words)) return standing_titles[i].code;
    return "";
}

/* -- bodies -- */

static void put_reference(struct json_out *o, const char *key, const char *type, struct str id,
                          struct str display)
{
    char text[RECORD_ID_BYTES_MAX + 40];
    snprintf(text, sizeof text, "%s/%.*s", type, (int)id.bytes, id.at);
    json_open(o, key);
    json_put_text(o, "reference", text);
    if (display.bytes) json_put_str(o, "display", display);
    json_close(o);
}

static void put_coding(struct json_out *o, const char *system, const char *code, const char *words)
{
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    if (words) json_put_text(o, "display", words);
    json_close(o);
    json_close_array(o);
}

static void put_concepts(struct json_out *o, const char *key, const char *system, const char *code,
                         const char *words)
{
    json_open_array(o, key);
    json_open(o, NULL);
    put_coding(o, system, code, words);
    json_close(o);
    json_close_array(o);
}

static void put_identifier(struct json_out *o, const char *system, struct str value)
{
    json_open_array(o, "identifier");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_str(o, "value", value);
    json_close(o);
    json_close_array(o);
}

static void put_licence(struct json_out *o, struct str number, struct str ends)
{
    json_open(o, NULL);
    put_identifier(o, STANDING_LICENCE_SYSTEM, number);
    json_open(o, "code");
    put_coding(o, "urn:yunqiao:qualification", "licence", standing_licence_words);
    json_close(o);
    json_open(o, "period");
    json_put_str(o, "end", ends);
    json_close(o);
    json_close(o);
}

static void put_standing(struct json_out *o, enum standing standing, struct str reason)
{
    json_open(o, NULL);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_put_text(o, "url", "state");
    json_put_text(o, "valueCode", names[standing]);
    json_close(o);
    if (reason.bytes) {
        json_open(o, NULL);
        json_put_text(o, "url", "reason");
        json_put_str(o, "valueCode", reason);
        json_close(o);
    }
    json_close_array(o);
    json_put_text(o, "url", STANDING_URL);
    json_close(o);
}

/* A body into the store: of the version that was read (0: a new record), which is nobody else's to change in this transaction. */
static enum err keep(struct tx *tx, struct record_reader *server, const char *type, struct str id,
                     int64_t version, struct buf *body, struct record_head *ret)
{
    struct str text;
    enum err err = chart_take(server, body, &text);
    return err ? err : chart_write(tx, server, fhir_resource_of(str_of(type)), id, version, text, ret, NULL);
}

static void begin(struct buf *body, struct json_out *o)
{
    buf_init(body, BODY_MAX);
    json_out_init(o, body);
    json_open(o, NULL);
}

/* -- people -- */

static enum err add_practitioner(struct tx *tx, struct record_reader *server, const struct standing_person *p,
                                 struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    begin(&body, &o);
    json_put_text(&o, "resourceType", "Practitioner");
    put_identifier(&o, "urn:yunqiao:staff-number", p->licence);
    json_put_bool(&o, "active", true);
    json_open_array(&o, "name");
    json_open(&o, NULL);
    json_put_str(&o, "text", p->name);
    json_close(&o);
    json_close_array(&o);
    json_open_array(&o, "qualification");
    put_licence(&o, p->licence, p->licence_ends);
    json_close_array(&o);
    json_close(&o);
    return keep(tx, server, "Practitioner", (struct str){0}, 0, &body, ret);
}

static enum err add_role(struct tx *tx, struct record_reader *server, const struct standing_person *p,
                         struct str practitioner, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    const struct department *d = department_of(p->specialty);
    begin(&body, &o);
    json_put_text(&o, "resourceType", "PractitionerRole");
    json_open_array(&o, "extension");
    put_standing(&o, STANDING_PENDING, (struct str){0});
    json_close_array(&o);
    json_put_bool(&o, "active", false);
    put_reference(&o, "practitioner", "Practitioner", practitioner, p->name);
    put_reference(&o, "organization", "Organization", p->hospital, p->hospital_name);
    put_concepts(&o, "code", "urn:yunqiao:title", "specialist", standing_title_words(p->title));
    put_concepts(&o, "specialty", DEPARTMENT_SYSTEM, d->code, d->words);
    json_close(&o);
    return keep(tx, server, "PractitionerRole", (struct str){0}, 0, &body, ret);
}

static bool licence_is(struct str number, struct str ends)
{
    struct instant from, until;
    return account_staff_number_is(number) && ends.bytes == 10 && primitive_span(ends, NULL, &from, &until);
}

enum err standing_add(struct tx *tx, struct record_reader *server, const struct standing_person *person,
                      int64_t *ret_practitioner, struct str *ret_role)
{
    struct record_head practitioner, role;
    if (!department_of(person->specialty) || !standing_title_words(person->title) ||
        !account_display_is(person->name) || !licence_is(person->licence, person->licence_ends))
        return ERR_BAD_INPUT;
    enum err err = add_practitioner(tx, server, person, &practitioner);
    if (!err) err = add_role(tx, server, person, practitioner.id, &role);
    if (err) return err;
    *ret_practitioner = practitioner.row;
    *ret_role = role.id;
    return OK;
}

enum err standing_change(struct tx *tx, struct record_reader *server, struct str role, enum standing to,
                         struct str reason)
{
    struct chart_item old;
    struct record_head head;
    struct buf body;
    struct json_out o;
    uint32_t at;
    enum err err = chart_one(tx, server, "PractitionerRole", role, &old);
    if (err) return err;
    const struct tape *t = &old.tape;
    begin(&body, &o);
    chart_put_rest(&o, &old, (const char *const[]){"extension", "active", NULL});
    uint32_t all = tape_get(t, 0, STR("extension")), url;
    json_open_array(&o, "extension");
    for (uint32_t i = 0; (at = tape_at(t, all, i)) != TAPE_NONE; i++) {
        url = tape_get(t, at, STR("url"));
        if (url == TAPE_NONE || !tape_is_text(t, url, STANDING_URL)) json_put_raw(&o, NULL, tape_raw(t, at));
    }
    put_standing(&o, to, reason);
    json_close_array(&o);
    json_put_bool(&o, "active", to == STANDING_APPROVED);
    json_close(&o);
    return keep(tx, server, "PractitionerRole", role, old.head.version, &body, &head);
}

enum err standing_licence(struct tx *tx, struct record_reader *server, struct str practitioner,
                          struct str number, struct str ends)
{
    struct chart_item old;
    struct record_head head;
    struct buf body;
    struct json_out o;
    uint32_t at;
    if (!licence_is(number, ends)) return ERR_BAD_INPUT;
    enum err err = chart_one(tx, server, "Practitioner", practitioner, &old);
    if (err) return err;
    begin(&body, &o);
    chart_put_rest(&o, &old, (const char *const[]){"qualification", NULL});
    uint32_t all = tape_get(&old.tape, 0, STR("qualification"));
    json_open_array(&o, "qualification");
    put_licence(&o, number, ends);
    for (uint32_t i = 0; (at = tape_at(&old.tape, all, i)) != TAPE_NONE; i++)
        if (!str_is_text(chart_text(server, &old, at, "identifier.system"), STANDING_LICENCE_SYSTEM))
            json_put_raw(&o, NULL, tape_raw(&old.tape, at));
    json_close_array(&o);
    json_close(&o);
    return keep(tx, server, "Practitioner", practitioner, old.head.version, &body, &head);
}

/* -- hospitals -- */

static bool is_hospital(struct record_reader *server, const struct chart_item *item)
{
    return str_is_text(chart_text(server, item, 0, "type.coding.code"), "prov") &&
           tape_get(&item->tape, 0, STR("partOf")) == TAPE_NONE;
}

enum err standing_hospitals(struct tx *tx, struct record_reader *server, struct standing_hospital **ret,
                            uint32_t *ret_n)
{
    int64_t rows[HOSPITALS_MAX];
    uint32_t n = 0, kept = 0;
    enum err err = roll_rows(tx, fhir_resource_of(STR("Organization")), 0, rows, HOSPITALS_MAX, &n);
    struct standing_hospital *all = arena_zalloc(server->arena, (n + 1) * sizeof *all);
    if (!all) return ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct chart_item item;
        struct record_head head;
        err = record_head_at(tx, server->arena, rows[i], &head);
        if (err || head.is_deleted) continue;
        err = chart_one(tx, server, "Organization", head.id, &item);
        if (err || !is_hospital(server, &item)) continue;
        uint32_t active = tape_get(&item.tape, 0, STR("active"));
        all[kept++] =
            (struct standing_hospital){head.id, chart_text(server, &item, 0, "name"),
                                       active == TAPE_NONE || item.tape.nodes[active].kind != TAPE_FALSE};
    }
    *ret = all, *ret_n = kept;
    return err;
}

static enum err is_name_free(struct tx *tx, struct record_reader *server, const struct standing_hospital *h)
{
    struct standing_hospital *all;
    uint32_t n = 0;
    enum err err = standing_hospitals(tx, server, &all, &n);
    if (!err && n + 1 >= HOSPITALS_MAX && !h->id.bytes) err = ERR_LIMIT;
    for (uint32_t i = 0; i < n && !err; i++)
        if (str_is(all[i].name, h->name) && !str_is(all[i].id, h->id)) err = ERR_EXISTS;
    return err;
}

enum err standing_hospital_put(struct tx *tx, struct record_reader *server,
                               const struct standing_hospital *hospital, struct str *ret_id)
{
    struct chart_item old = {0};
    struct record_head head;
    struct buf body;
    struct json_out o;
    enum err err = is_name_free(tx, server, hospital);
    if (!err && hospital->id.bytes) {
        err = chart_one(tx, server, "Organization", hospital->id, &old);
        if (!err && !is_hospital(server, &old)) err = ERR_NOT_FOUND;
    }
    if (err) return err;
    begin(&body, &o);
    if (hospital->id.bytes) {
        chart_put_rest(&o, &old, (const char *const[]){"name", "active", NULL});
    } else {
        json_put_text(&o, "resourceType", "Organization");
        put_concepts(&o, "type", "http://terminology.hl7.org/CodeSystem/organization-type", "prov", NULL);
    }
    json_put_bool(&o, "active", hospital->is_active);
    json_put_str(&o, "name", hospital->name);
    json_close(&o);
    err = keep(tx, server, "Organization", hospital->id, old.head.version, &body, &head);
    if (!err) *ret_id = head.id;
    return err;
}

/* -- the account -- */

static enum err run_for(struct tx *tx, const char *sql, struct str account)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_str(s, 1, account);
    return stmt_run(s);
}

enum err standing_close(struct tx *tx, struct arena *arena, struct str account)
{
    struct account found;
    const char *code;
    enum err err = account_find(tx, arena, account, &found);
    if (err || found.disabled.ms) return err;
    err = account_disable(tx, &found, &code);
    return err ? err : run_for(tx, "INSERT INTO standing_closed (account) VALUES (?1)", account);
}

enum err standing_open(struct tx *tx, struct str account)
{
    enum err err = standing_leave_closed(tx, account);
    return err || !db_changes(tx->db) ? err : account_enable(tx, account);
}

enum err standing_leave_closed(struct tx *tx, struct str account)
{
    return run_for(tx, "DELETE FROM standing_closed WHERE account = ?1", account);
}
