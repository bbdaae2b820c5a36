#include "desk/telling.h"
#include "desk/chart_write.h"
#include "desk/opinion_own.h"
#include "desk/opinion_texts.h"
#include "records/release.h"

static const char telling_sql[] =
    "CREATE TABLE telling ("
    " composition INTEGER PRIMARY KEY,"
    " held INTEGER, held_by TEXT REFERENCES account (id),"
    " told INTEGER, told_by TEXT REFERENCES account (id),"
    " communication INTEGER,"
    " with_opinion INTEGER NOT NULL CHECK (with_opinion IN (0, 1)),"
    " CHECK ((told IS NULL) = (communication IS NULL))"
    ") STRICT;"
    "CREATE TABLE follow_up (" /* of the Task with this row: what the clock looks at */
    " task INTEGER PRIMARY KEY,"
    " due INTEGER NOT NULL,"
    " lapsed INTEGER, ended INTEGER"
    ") STRICT;"
    "CREATE INDEX follow_up_by_due ON follow_up (due) WHERE lapsed IS NULL AND ended IS NULL;";

const struct migration telling_migrations[] = {
    {439, "what patients are told, and when they come again", telling_sql},
    {0, NULL, NULL},
};

struct told {
    struct instant held, told;
    struct str held_by, told_by, reason;
    int64_t communication;
    bool with_opinion, is_there;
};

static bool keep(struct arena *arena, struct str s, struct str *ret)
{
    *ret = (struct str){arena_text(arena, s.bytes ? s.at : "", s.bytes), s.bytes};
    return ret->at != NULL;
}

static enum err find(struct tx *tx, struct arena *arena, int64_t composition, struct told *ret)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT t.held, ifnull(h.display, ''), t.told, ifnull(b.display, ''), t.communication,"
                " t.with_opinion, ifnull(r.reason, '') FROM telling t"
                " LEFT JOIN account h ON h.id = t.held_by LEFT JOIN account b ON b.id = t.told_by"
                " LEFT JOIN release_hold r ON r.record = t.composition WHERE t.composition = ?1",
                &s);
    if (err) return err;
    stmt_int(s, 1, composition);
    err = stmt_step(s, &row);
    *ret = (struct told){0};
    if (!err && row) {
        ret->is_there = true;
        ret->held = stmt_get_instant(s, 0), ret->told = stmt_get_instant(s, 2);
        ret->communication = stmt_get_int(s, 4), ret->with_opinion = stmt_get_int(s, 5) != 0;
        bool is_kept = keep(arena, stmt_get_str(s, 1), &ret->held_by) &&
                       keep(arena, stmt_get_str(s, 3), &ret->told_by) &&
                       keep(arena, stmt_get_str(s, 6), &ret->reason);
        if (!is_kept) err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

enum err telling_is_decided(struct tx *tx, int64_t composition, bool *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM telling WHERE composition = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, composition);
    err = stmt_step(s, ret);
    stmt_done(s);
    return err;
}

static enum err note(struct tx *tx, const struct opinion *o, const struct opinion_by *by,
                     int64_t communication, bool with_opinion)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db,
        communication
            ? "INSERT INTO telling (composition, told, told_by, communication, with_opinion)"
              " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (composition) DO UPDATE SET told = excluded.told,"
              " told_by = excluded.told_by, communication = excluded.communication,"
              " with_opinion = excluded.with_opinion"
            : "INSERT INTO telling (composition, held, held_by, with_opinion) VALUES (?1, ?2, ?3, ?5)"
              " ON CONFLICT (composition) DO UPDATE SET held = excluded.held, held_by = excluded.held_by",
        &s);
    if (err) return err;
    stmt_int(s, 1, o->composition.row);
    stmt_instant(s, 2, tx->now);
    stmt_str(s, 3, by->account);
    if (communication) stmt_int(s, 4, communication);
    stmt_int(s, 5, with_opinion);
    return stmt_run(s);
}

/* The encounter's labels, and that it is the patient's to read whatever they are. */
static void put_meta(const struct opinion *o, struct json_out *to)
{
    const struct tape *t = &o->encounter.tape;
    uint32_t meta = tape_get(t, 0, STR("meta"));
    uint32_t labels = meta == TAPE_NONE ? TAPE_NONE : tape_get(t, meta, STR("security"));
    json_open(to, "meta");
    json_open_array(to, "security");
    json_open(to, NULL);
    json_put_text(to, "system", RECORD_LABEL_SYSTEM);
    json_put_text(to, "code", "released");
    json_close(to);
    for (uint32_t i = 0, at; labels != TAPE_NONE && (at = tape_at(t, labels, i)) != TAPE_NONE; i++)
        json_put_raw(to, NULL, tape_raw(t, at));
    json_close_array(to);
    json_close(to);
}

static enum err put_communication(struct tx *tx, struct record_reader *all, const struct opinion *p,
                                  const struct opinion_by *by, struct str words, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Communication");
    put_meta(p, &o);
    json_put_text(&o, "status", "completed");
    json_open_array(&o, "category");
    json_open(&o, NULL);
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", "urn:yunqiao:message");
    json_put_text(&o, "code", "plain-words");
    json_close(&o);
    json_close_array(&o);
    json_put_text(&o, "text", opinion_word(OPINION_WORD_PLAIN, false));
    json_close(&o);
    json_close_array(&o);
    opinion_put_reference(&o, all->arena, "subject", "Patient", p->patient);
    opinion_put_reference(&o, all->arena, "encounter", "Encounter", p->visit.id);
    json_open_array(&o, "about");
    opinion_put_reference(&o, all->arena, NULL, "Composition", p->composition.id);
    json_close_array(&o);
    json_open_array(&o, "recipient");
    opinion_put_reference(&o, all->arena, NULL, "Patient", p->patient);
    json_close_array(&o);
    enum err err = opinion_put_person(tx, all->arena, by->account, by->display, &o, "sender");
    json_put_instant(&o, "sent", tx->now);
    json_open_array(&o, "payload");
    json_open(&o, NULL);
    json_put_str(&o, "contentString", words);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    enum err taken = chart_take(all, &body, &text);
    if (!err) err = taken;
    return err ? err
               : chart_write(tx, all, fhir_resource_of(STR("Communication")), STR(""), 0, text, ret, NULL);
}

enum err telling_give(struct tx *tx, struct record_reader *all, const struct opinion *o,
                      const struct opinion_by *by, struct str words, bool with_opinion,
                      struct record_head *ret, enum telling_answer *ret_answer)
{
    struct told told;
    *ret_answer = TELLING_UNSIGNED;
    if (o->state == OPINION_DRAFT) return OK;
    enum err err = find(tx, all->arena, o->composition.row, &told);
    if (err) return err;
    *ret_answer = told.told.ms ? TELLING_TOLD : TELLING_DONE;
    if (told.told.ms) return OK;
    err = put_communication(tx, all, o, by, words, ret);
    if (!err) err = note(tx, o, by, ret->row, with_opinion);
    if (!err && with_opinion) err = release_give(tx, &o->composition, by->account);
    return err == ERR_EXISTS ? OK : err; /* the opinion was released before */
}

enum err telling_hold(struct tx *tx, const struct opinion *o, const struct opinion_by *by, struct str reason,
                      enum telling_answer *ret_answer)
{
    *ret_answer = TELLING_UNSIGNED;
    if (o->state == OPINION_DRAFT) return OK;
    enum err err = release_hold(tx, &o->composition, by->account, reason);
    *ret_answer = err == ERR_EXISTS ? TELLING_TOLD : TELLING_DONE;
    if (err == ERR_EXISTS) return OK;
    return err ? err : note(tx, o, by, 0, false);
}

enum err telling_write(struct tx *tx, struct record_reader *all, const struct opinion *o, struct json_out *to)
{
    struct told told = {0};
    struct record_head head;
    struct chart_item item;
    enum err err = o->composition.row ? find(tx, all->arena, o->composition.row, &told) : OK;
    if (!err && told.told.ms) err = record_head_at(tx, all->arena, told.communication, &head);
    if (!err && told.told.ms) err = chart_one(tx, all, "Communication", head.id, &item);
    if (err) return err;
    if (told.told.ms) {
        json_open(to, "told");
        json_put_instant(to, "at", told.told);
        json_put_str(to, "by", told.told_by);
        json_put_str(to, "words", chart_text(all, &item, 0, "payload.contentString"));
        json_put_bool(to, "opinion", told.with_opinion);
        json_close(to);
    } else {
        json_put_null(to, "told");
    }
    if (!told.held.ms) return json_put_null(to, "held"), OK;
    json_open(to, "held");
    json_put_instant(to, "at", told.held);
    json_put_str(to, "by", told.held_by);
    json_put_str(to, "reason", told.reason);
    json_close(to);
    return OK;
}
