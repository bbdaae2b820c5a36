#include "desk/opinion.h"
#include "base/mem.h"
#include "desk/affiliation.h"
#include "desk/chart_write.h"
#include "desk/opinion_own.h"
#include "desk/opinion_texts.h"
#include "records/patient_key.h"
#include "records/person.h"
#include <stdio.h>

static const char opinion_sql[] =
    "CREATE TABLE opinion ("
    " encounter INTEGER PRIMARY KEY,"
    " patient INTEGER NOT NULL,"
    " rev INTEGER NOT NULL,"
    " composition INTEGER," /* a row; NULL: none yet */
    " told INTEGER"         /* when the preliminary one was written last */
    ") STRICT;"
    "CREATE UNIQUE INDEX opinion_by_composition ON opinion (composition) WHERE composition IS NOT NULL;"
    "CREATE TABLE opinion_part ("
    " encounter INTEGER NOT NULL REFERENCES opinion (encounter),"
    " part TEXT NOT NULL,"
    " rev INTEGER NOT NULL,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " at INTEGER NOT NULL,"
    " box BLOB NOT NULL," /* JSON, under the patient's key */
    " PRIMARY KEY (encounter, part)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE opinion_author ("
    " encounter INTEGER NOT NULL, account TEXT NOT NULL REFERENCES account (id), first INTEGER NOT NULL,"
    " PRIMARY KEY (encounter, account)) STRICT, WITHOUT ROWID;";

static const char answer_sql[] =
    "CREATE TABLE opinion_dissent ("
    " version INTEGER NOT NULL," /* seq of the Composition's version */
    " account TEXT NOT NULL REFERENCES account (id),"
    " at INTEGER NOT NULL,"
    " algorithm TEXT NOT NULL, public TEXT NOT NULL, text TEXT NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY (version, account)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER opinion_dissent_is_kept BEFORE DELETE ON opinion_dissent"
    " BEGIN SELECT RAISE(ABORT, 'dissent_kept'); END;"
    "CREATE TRIGGER opinion_dissent_is_final BEFORE UPDATE ON opinion_dissent"
    " BEGIN SELECT RAISE(ABORT, 'dissent_final'); END;"
    "CREATE TABLE opinion_excuse ("
    " version INTEGER NOT NULL,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " by TEXT NOT NULL REFERENCES account (id),"
    " at INTEGER NOT NULL,"
    " reason TEXT NOT NULL CHECK (length(trim(reason)) > 0),"
    " PRIMARY KEY (version, account)) STRICT, WITHOUT ROWID;";

const struct migration opinion_migrations[] = {
    {437, "opinions while they are drafted", opinion_sql},
    {438, "answers to an opinion", answer_sql},
    {0, NULL, NULL},
};

const char *opinion_state_name(enum opinion_state state)
{
    static const char *const names[OPINION_STATES] = {"draft", "signing", "final"};
    ASSERT(state < OPINION_STATES);
    return names[state];
}

struct record_reader opinion_server(const struct record_reader *who)
{
    struct record_reader all = *who;
    all.guard = NULL;
    all.trace = (struct record_trace){0};
    return all;
}

void opinion_hand_back(struct record_reader *who, const struct record_reader *all)
{
    who->written = all->written;
    who->written_count = all->written_count;
    who->written_room = all->written_room;
}

static bool keep(struct arena *arena, struct str s, struct str *ret)
{
    *ret = (struct str){arena_text(arena, s.bytes ? s.at : "", s.bytes), s.bytes};
    return ret->at != NULL;
}

/* -- parts, under the patient's key -- */

static void ad_of(const struct opinion *o, enum opinion_part part, char ret[64])
{
    snprintf(ret, 64, "opinion %lld %s", (long long)o->visit.row, opinion_part_name(part));
}

static enum err open_part(struct tx *tx, struct record_reader *all, struct opinion *o, enum opinion_part part,
                          struct str box)
{
    char ad[64];
    struct json *json;
    char *plain = box.bytes > CIPHER_BOX_BYTES ? arena_alloc(all->arena, box.bytes) : NULL;
    if (!plain) return box.bytes > CIPHER_BOX_BYTES ? ERR_NOMEM : ERR_CORRUPT;
    ad_of(o, part, ad);
    enum err err =
        patient_key_open(tx, all->records, o->visit.patient, ad, strlen(ad), box.at, box.bytes, plain);
    if (err == ERR_DENIED) return ERR_NOT_FOUND; /* erased */
    if (!err) err = json_parse((struct str){plain, box.bytes - CIPHER_BOX_BYTES}, &json, NULL);
    if (err) return err;
    err = opinion_text_read(all->arena, part, json, &o->text, NULL);
    json_free(json);
    return err;
}

static enum err load_parts(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT p.part, p.rev, a.id, a.display, p.at, p.box FROM opinion_part p"
                           " JOIN account a ON a.id = p.account WHERE p.encounter = ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    while (!(err = stmt_step(s, &row)) && row) {
        enum opinion_part part;
        if (!opinion_part_of(stmt_get_str(s, 0), &part)) continue;
        struct opinion_part_head *h = &o->parts[part];
        bool is_kept = keep(all->arena, stmt_get_str(s, 2), &h->account) &&
                       keep(all->arena, stmt_get_str(s, 3), &h->display);
        h->rev = stmt_get_int(s, 1), h->at = stmt_get_instant(s, 4);
        err = is_kept ? open_part(tx, all, o, part, stmt_get_blob(s, 5)) : ERR_NOMEM;
        if (err) break;
    }
    stmt_done(s);
    return err;
}

static enum err put_part(struct tx *tx, struct record_reader *all, struct opinion *o, struct str account,
                         enum opinion_part part, int64_t rev, struct str json)
{
    char ad[64];
    struct stmt *s;
    size_t bytes = json.bytes + CIPHER_BOX_BYTES;
    void *box = arena_alloc(all->arena, bytes);
    if (!box) return ERR_NOMEM;
    ad_of(o, part, ad);
    enum err err =
        patient_key_seal(tx, all->records, o->visit.patient, ad, strlen(ad), json.at, json.bytes, box);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO opinion_part (encounter, part, rev, account, at, box)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (encounter, part) DO UPDATE SET"
                      " rev = excluded.rev, account = excluded.account, at = excluded.at, box = excluded.box",
                      &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    stmt_text(s, 2, opinion_part_name(part));
    stmt_int(s, 3, rev);
    stmt_str(s, 4, account);
    stmt_instant(s, 5, tx->now);
    stmt_blob(s, 6, box, bytes);
    return stmt_run(s);
}

enum err opinion_drop_parts(struct tx *tx, const struct opinion *o)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM opinion_part WHERE encounter = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    return stmt_run(s);
}

/* -- the row -- */

static enum err load_row(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    struct stmt *s;
    bool row;
    int64_t composition = 0;
    enum err err = db_stmt(tx->db, "SELECT rev, composition, told FROM opinion WHERE encounter = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    err = stmt_step(s, &row);
    if (!err && row)
        o->rev = stmt_get_int(s, 0), composition = stmt_get_int(s, 1), o->told = stmt_get_instant(s, 2);
    stmt_done(s);
    if (err || composition == 0) return err;
    err = record_head_at(tx, all->arena, composition, &o->composition);
    if (!err && o->composition.is_deleted) err = ERR_NOT_FOUND;
    if (!err) err = chart_one(tx, all, "Composition", o->composition.id, &o->body);
    return err;
}

static enum err note_row(struct tx *tx, const struct opinion *o)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO opinion (encounter, patient, rev, composition, told)"
                           " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (encounter) DO UPDATE SET"
                           " rev = excluded.rev, composition = excluded.composition, told = excluded.told",
                           &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    stmt_int(s, 2, o->visit.patient);
    stmt_int(s, 3, o->rev);
    if (o->composition.row)
        stmt_int(s, 4, o->composition.row);
    else
        stmt_null(s, 4);
    stmt_instant(s, 5, o->told);
    return stmt_run(s);
}

static enum err load_text(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    if (o->composition.row == 0 || o->composition.lifecycle != RECORD_FINAL) return load_parts(tx, all, o);
    o->state = OPINION_SIGNING;
    return opinion_text_from(all, &o->body, &o->text);
}

enum err opinion_load(struct tx *tx, struct record_reader *who, struct str visit, struct opinion *ret)
{
    struct record_reader all = opinion_server(who);
    *ret = (struct opinion){0};
    enum err err = chart_one(tx, who, "Encounter", visit, &ret->encounter);
    if (err) return err;
    ret->visit = ret->encounter.head;
    struct str subject = chart_text(who, &ret->encounter, 0, "subject.reference");
    bool is_visit = str_is_text(chart_text(who, &ret->encounter, 0, "class.code"), "VR") &&
                    ret->visit.patient != 0 && str_starts(subject, STR("Patient/"));
    if (!is_visit) return ERR_NOT_FOUND;
    ret->patient = (struct str){subject.at + 8, subject.bytes - 8};
    err = load_row(tx, &all, ret);
    if (!err) err = load_text(tx, &all, ret);
    if (!err) err = opinion_load_people(tx, &all, ret);
    return err;
}

enum err opinion_may_write(struct tx *tx, struct str account, const struct opinion *o, bool *ret)
{
    int64_t grant;
    enum err err = grant_live(tx, account, o->visit.row, &grant);
    *ret = !err;
    return err == ERR_NOT_FOUND ? OK : err;
}

/* -- people -- */

static struct opinion_person *add_person(struct opinion *o, struct str account, struct str display)
{
    for (uint32_t i = 0; i < o->people_count; i++)
        if (str_is(o->people[i].account, account)) return NULL;
    if (o->people_count == COUNT_OF(o->people)) return NULL;
    struct opinion_person *p = &o->people[o->people_count++];
    *p = (struct opinion_person){.account = account, .display = display};
    return p;
}

static enum err load_excuses(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT account, at, reason FROM opinion_excuse WHERE version = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, o->composition.seq);
    while (!(err = stmt_step(s, &row)) && row)
        for (uint32_t i = 0; i < o->people_count && !err; i++) {
            struct opinion_person *p = &o->people[i];
            if (p->answer != OPINION_WAITED || !str_is(p->account, stmt_get_str(s, 0))) continue;
            p->answer = OPINION_EXCUSED, p->at = stmt_get_instant(s, 1);
            if (!keep(all->arena, stmt_get_str(s, 2), &p->reason)) err = ERR_NOMEM;
        }
    stmt_done(s);
    return err;
}

/* The clinic's own signature. */
static enum err load_receipt(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT g.at, a.display FROM signature g JOIN account a ON a.id = g.account"
                           " WHERE g.version = ?1 AND g.role = 'clinic-doctor' ORDER BY g.id LIMIT 1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, o->composition.seq);
    err = stmt_step(s, &row);
    if (!err && row) {
        o->received = stmt_get_instant(s, 0);
        if (!keep(all->arena, stmt_get_str(s, 1), &o->received_by)) err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

static enum err load_answers(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    struct cosigner asked[COSIGNERS_MAX + 1];
    uint32_t n = 0, waited = 0;
    enum err err = cosign_people(tx, all->arena, o->composition.seq, asked, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct opinion_person *p = add_person(o, asked[i].account, asked[i].display);
        if (!p) continue;
        p->answer = asked[i].signed_at.ms   ? OPINION_SIGNED
                    : asked[i].dissented.ms ? OPINION_DISSENTED
                                            : OPINION_WAITED;
        p->at = asked[i].signed_at.ms ? asked[i].signed_at : asked[i].dissented;
        p->reason = asked[i].dissent;
    }
    if (!err) err = load_excuses(tx, all, o);
    if (!err) err = load_receipt(tx, all, o);
    for (uint32_t i = 0; i < o->people_count; i++)
        waited += o->people[i].answer == OPINION_WAITED;
    if (!err && waited == 0) o->state = OPINION_FINAL;
    return err;
}

static enum err load_granted(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    struct grant_person granted[GRANT_PEOPLE_MAX];
    uint32_t n = 0;
    enum err err = grant_people(tx, all->arena, o->visit.row, granted, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        (void)add_person(o, granted[i].account, granted[i].display);
    return err;
}

enum err opinion_load_people(struct tx *tx, struct record_reader *all, struct opinion *o)
{
    o->people_count = 0;
    enum err err = o->state == OPINION_DRAFT ? load_granted(tx, all, o) : load_answers(tx, all, o);
    for (uint32_t i = 0; i < o->people_count && !err; i++) {
        struct person person;
        err = person_find(tx, o->people[i].account, &person);
        if (!err && person.practitioner)
            err = affiliation_of(tx, all, person.practitioner, &o->people[i].hospital);
    }
    return err;
}

/* -- the Composition -- */

enum err opinion_put_person(struct tx *tx, struct arena *arena, struct str account, struct str display,
                            struct json_out *o, const char *key)
{
    struct person person;
    struct record_head head;
    const char *reference = NULL;
    enum err err = person_find(tx, account, &person);
    if (!err && person.practitioner) err = record_head_at(tx, arena, person.practitioner, &head);
    if (!err && person.practitioner) {
        reference = arena_printf(arena, "Practitioner/%.*s", (int)head.id.bytes, head.id.at);
        if (!reference) err = ERR_NOMEM;
    }
    if (err) return err;
    json_open(o, key);
    if (reference) json_put_text(o, "reference", reference);
    json_put_str(o, "display", display);
    json_close(o);
    return OK;
}

/* Who wrote any of it, in the order in which they began. */
static enum err put_authors(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct json_out *to)
{
    struct stmt *s;
    bool row;
    struct str accounts[GRANT_PEOPLE_MAX], displays[GRANT_PEOPLE_MAX];
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT a.id, a.display FROM opinion_author w JOIN account a ON a.id = w.account"
                           " WHERE w.encounter = ?1 ORDER BY w.first, a.id LIMIT ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    stmt_int(s, 2, GRANT_PEOPLE_MAX);
    while (!(err = stmt_step(s, &row)) && row && n < GRANT_PEOPLE_MAX) {
        if (!keep(all->arena, stmt_get_str(s, 0), &accounts[n]) ||
            !keep(all->arena, stmt_get_str(s, 1), &displays[n])) {
            err = ERR_NOMEM;
            break;
        }
        n++;
    }
    stmt_done(s);
    json_open_array(to, "author");
    for (uint32_t i = 0; i < n && !err; i++)
        err = opinion_put_person(tx, all->arena, accounts[i], displays[i], to, NULL);
    json_close_array(to);
    return err;
}

/* It says what the encounter says: it bears its labels. */
static void put_labels(const struct opinion *o, struct json_out *to)
{
    uint32_t meta = tape_get(&o->encounter.tape, 0, STR("meta"));
    uint32_t labels = meta == TAPE_NONE ? TAPE_NONE : tape_get(&o->encounter.tape, meta, STR("security"));
    if (labels == TAPE_NONE) return;
    json_open(to, "meta");
    json_put_raw(to, "security", tape_raw(&o->encounter.tape, labels));
    json_close(to);
}

void opinion_put_reference(struct json_out *to, struct arena *arena, const char *key, const char *type,
                           struct str id)
{
    const char *reference = arena_printf(arena, "%s/%.*s", type, (int)id.bytes, id.at);
    if (!reference) to->to->err = ERR_NOMEM;
    json_open(to, key);
    json_put_text(to, "reference", reference ? reference : "");
    json_close(to);
}

void opinion_put_frame(struct json_out *to, struct arena *arena, const struct opinion *o, const char *status,
                       struct instant now)
{
    json_put_text(to, "resourceType", "Composition");
    put_labels(o, to);
    json_put_text(to, "status", status);
    json_open(to, "type");
    json_open_array(to, "coding");
    json_open(to, NULL);
    json_put_text(to, "system", "http://loinc.org");
    json_put_text(to, "code", "11488-4");
    json_close(to);
    json_close_array(to);
    json_put_text(to, "text", opinion_word(OPINION_WORD_OPINION, false));
    json_close(to);
    opinion_put_reference(to, arena, "subject", "Patient", o->patient);
    opinion_put_reference(to, arena, "encounter", "Encounter", o->visit.id);
    json_put_instant(to, "date", now);
}

enum err opinion_compose(struct tx *tx, struct record_reader *all, const struct opinion *o,
                         const char *status, const char *const *conditions, struct str *ret_body)
{
    struct buf body;
    struct json_out to;
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&to, &body);
    json_open(&to, NULL);
    opinion_put_frame(&to, all->arena, o, status, tx->now);
    if (o->composition.row) json_put_str(&to, "id", o->composition.id);
    enum err err = put_authors(tx, all, o, &to);
    json_put_text(&to, "title", opinion_word(OPINION_WORD_OPINION, false));
    json_open_array(&to, "section");
    opinion_text_put(&o->text, all->arena, conditions, &to);
    if (!err) err = opinion_put_stills(tx, all, o, &to);
    json_close_array(&to);
    json_close(&to);
    enum err taken = chart_take(all, &body, ret_body);
    return err ? err : taken;
}

enum err opinion_put_composition(struct tx *tx, struct record_reader *all, struct opinion *o, struct str body)
{
    struct grant_person granted[GRANT_PEOPLE_MAX];
    uint32_t n = 0;
    bool is_new = o->composition.row == 0;
    enum err err =
        chart_write(tx, all, fhir_resource_of(STR("Composition")), is_new ? STR("") : o->composition.id,
                    is_new ? 0 : o->composition.version, body, &o->composition, NULL);
    if (!err) o->told = tx->now;
    if (!err) err = note_row(tx, o);
    if (!err) err = chart_one(tx, all, "Composition", o->composition.id, &o->body);
    if (!err && is_new) err = grant_people(tx, all->arena, o->visit.row, granted, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        int64_t grant;
        err = grant_live(tx, granted[i].account, o->visit.row, &grant);
        if (!err) err = grant_attach(tx, grant, o->composition.row, false);
        if (err == ERR_NOT_FOUND) err = OK; /* has not begun: attached when it is asked to sign */
    }
    return err;
}

/* -- saving -- */

enum err opinion_note_author(struct tx *tx, const struct opinion *o, struct str account)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO opinion_author (encounter, account, first) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT DO NOTHING",
                           &s);
    if (err) return err;
    stmt_int(s, 1, o->visit.row);
    stmt_str(s, 2, account);
    stmt_instant(s, 3, tx->now);
    return stmt_run(s);
}

static enum err part_json(struct record_reader *all, const struct opinion_text *text, enum opinion_part part,
                          struct str *ret)
{
    struct buf json;
    struct json_out to;
    buf_init(&json, OPINION_JSON_BYTES_MAX);
    json_out_init(&to, &json);
    opinion_text_write(text, part, &to, NULL);
    return chart_take(all, &json, ret);
}

static void take_part(struct opinion_text *to, const struct opinion_text *from, enum opinion_part part)
{
    to->words[part] = from->words[part];
    if (part == OPINION_FOLLOW_UP) to->due = from->due;
    if (part == OPINION_ASSESSMENT) {
        memcpy(to->codes, from->codes, sizeof to->codes);
        to->code_count = from->code_count;
    }
    if (part == OPINION_ADVICE) {
        memcpy(to->items, from->items, sizeof to->items);
        to->item_count = from->item_count;
    }
}

enum err opinion_save(struct tx *tx, struct record_reader *all, struct opinion *o, struct str account,
                      enum opinion_part part, int64_t rev, const struct opinion_text *text, int64_t *ret_rev,
                      enum opinion_refusal *ret)
{
    bool may;
    struct str json, body;
    enum err err = opinion_may_write(tx, account, o, &may);
    if (err) return err;
    *ret_rev = o->parts[part].rev;
    *ret = !may ? OPINION_NOT_YOURS : o->state != OPINION_DRAFT ? OPINION_CLOSED : OPINION_STALE;
    if (!may || o->state != OPINION_DRAFT || rev != o->parts[part].rev) return OK;
    take_part(&o->text, text, part);
    o->rev++;
    *ret_rev = o->parts[part].rev = rev + 1;
    *ret = OPINION_DONE;
    err = part_json(all, &o->text, part, &json);
    if (!err) err = note_row(tx, o);
    if (!err) err = put_part(tx, all, o, account, part, rev + 1, json);
    if (!err) err = opinion_note_author(tx, o, account);
    bool is_due = o->composition.row == 0 || tx->now.ms - o->told.ms >= OPINION_FOLLOW_MS;
    if (err || !is_due || opinion_text_is_empty(&o->text)) return err;
    err = opinion_compose(tx, all, o, "preliminary", NULL, &body);
    return err ? err : opinion_put_composition(tx, all, o, body);
}

enum err opinion_judge(struct tx *tx, const struct record_head *old, struct record_fault *fault)
{
    struct stmt *s;
    bool row;
    if (!old || old->resource != fhir_resource_of(STR("Composition"))) return OK;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM opinion WHERE composition = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, old->row);
    err = stmt_step(s, &row);
    stmt_done(s);
    if (err || !row) return err;
    (void)record_fault_add(fault, 409, "conflict", "an opinion is written in its consultation", NULL);
    return ERR_DENIED;
}
