#include "records/recheck.h"
#include "records/number.h"
#include "records/record_own.h"
#include <stdio.h>

enum { ARENA_BYTES = 256 * 1024 * 1024 };

struct look {
    struct tx *tx;
    struct record_reader who;
    struct record_head head;
    struct recheck *c;
    const char *why; /* NULL: all well so far */
};

static void bad(struct look *l, const char *why)
{
    if (!l->why) l->why = why;
}

/* What was referred to may have been deleted since. */
static enum err resolve(void *ctx, uint16_t resource, struct str id, int64_t *ret_row)
{
    struct look *l = ctx;
    struct record_head head;
    enum err err = record_head_find(l->tx, l->who.arena, resource, id, &head);
    *ret_row = err ? 0 : head.row;
    return err == ERR_NOT_FOUND ? OK : err;
}

/* -- versions -- */

struct version {
    int64_t seq, version;
    int64_t patient;
    bool is_deleted, has_body;
};

static enum err next_version(struct look *l, int64_t version, struct version *ret, bool *ret_found)
{
    struct stmt *s;
    enum err err = db_stmt(l->tx->db,
                           "SELECT seq, patient, is_deleted, body IS NOT NULL FROM record_version"
                           " WHERE record = ?1 AND version = ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, l->head.row);
    stmt_int(s, 2, version);
    err = stmt_step(s, ret_found);
    if (!err && *ret_found)
        *ret = (struct version){.seq = stmt_get_int(s, 0),
                                .version = version,
                                .patient = stmt_get_int(s, 1),
                                .is_deleted = stmt_get_int(s, 2) != 0,
                                .has_body = stmt_get_int(s, 3) != 0};
    stmt_done(s);
    return err;
}

static enum err is_erased(struct look *l, int64_t patient, bool *ret_is)
{
    struct stmt *s;
    enum err err =
        db_stmt(l->tx->db, "SELECT 1 FROM patient_key WHERE patient = ?1 AND destroyed IS NOT NULL", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

static bool names_itself(struct look *l, const struct tape *t, int64_t version)
{
    char number[24];
    struct str id = {0}, text = {0};
    uint32_t meta = tape_get(t, 0, STR("meta"));
    snprintf(number, sizeof number, "%lld", (long long)version);
    return tape_text(t, tape_get(t, 0, STR("id")), l->who.arena, &id) && str_is(id, l->head.id) &&
           tape_text(t, tape_get(t, meta, STR("versionId")), l->who.arena, &text) &&
           str_is_text(text, number);
}

/* Opens a version's body; *ret_tape stays empty where it has none. */
static enum err look_at_body(struct look *l, const struct version *v, struct tape *ret_tape)
{
    struct record_head head = l->head;
    struct tape_fault where;
    struct str body;
    bool erased = false;
    *ret_tape = (struct tape){0};
    if (v->is_deleted != !v->has_body) {
        enum err err = v->is_deleted ? OK : is_erased(l, v->patient, &erased);
        if (!err && !erased) bad(l, "a version without its body");
        return err;
    }
    if (!v->has_body) return OK;
    head.seq = v->seq, head.version = v->version, head.patient = v->patient;
    enum err err = record_body(l->tx, &l->who, &head, &body);
    l->who.trace.count = l->who.trace.patient_count = 0;
    if (!err) err = tape_read(l->who.arena, body, RECORD_NODES_MAX, ret_tape, &where);
    if (err == ERR_CORRUPT || err == ERR_BAD_INPUT || err == ERR_DENIED) {
        bad(l, "a body that does not open");
        *ret_tape = (struct tape){0};
        return OK;
    }
    if (!err && !names_itself(l, ret_tape, v->version)) bad(l, "a body that names another id or version");
    return err;
}

/* The last version's tape stays in *ret_tape. */
static enum err look_at_versions(struct look *l, struct tape *ret_tape)
{
    struct version v = {0};
    enum err err = OK;
    for (int64_t n = 1; n <= l->head.version && !err; n++) {
        bool found = false;
        err = next_version(l, n, &v, &found);
        if (!err && !found) {
            bad(l, "a version is missing");
            return OK;
        }
        if (!err) err = look_at_body(l, &v, ret_tape);
        l->c->versions++;
    }
    if (!err && (v.seq != l->head.seq || v.is_deleted != l->head.is_deleted || v.patient != l->head.patient))
        bad(l, "the head is not the last version's");
    return err;
}

/* -- the index -- */

static enum err look_at_index(struct look *l, const struct tape *tape)
{
    struct index_set set = {0};
    bool agrees = false;
    struct index_ask ask = {.tape = tape,
                            .resource = l->head.resource,
                            .row = l->head.row,
                            .arena = l->who.arena,
                            .hash = &l->who.records->hash,
                            .zone = l->who.records->zone,
                            .resolve = resolve,
                            .ctx = l};
    enum err err = OK;
    bool has_values = tape->count > 0 && !l->head.is_deleted;
    if (has_values) err = index_extract(&ask, &set);
    struct index_of of = {&l->head, l->head.patient};
    if (!err) err = index_agrees(l->tx, &of, &set, &agrees, &l->c->places);
    if (!err && !agrees) bad(l, "the index does not say what the body says");
    if (!err && has_values && set.patient && set.patient != l->head.patient)
        bad(l, "the head names another patient than the body");
    l->c->entries += set.count;
    buf_done(&set.narrative);
    buf_done(&set.content);
    return err;
}

static enum err look_at(struct look *l)
{
    struct tape tape = {0};
    enum err err = look_at_versions(l, &tape);
    if (!err) err = look_at_index(l, &tape);
    l->c->records++;
    if (!err && l->why) {
        if (l->c->bad++ == 0) l->c->first_bad = l->head.row, l->c->first_why = l->why;
    }
    return err;
}

static enum err next_head(struct look *l, bool *ret_found)
{
    struct stmt *s;
    enum err err =
        db_stmt(l->tx->db,
                "SELECT " RECORD_HEAD_COLUMNS " FROM record r WHERE r.row > ?1 ORDER BY r.row LIMIT 1", &s);
    if (err) return err;
    stmt_int(s, 1, l->c->row);
    err = stmt_step(s, ret_found);
    if (!err && *ret_found) err = record_head_from(s, l->who.arena, &l->head);
    stmt_done(s);
    return err;
}

static enum err last_seq(struct tx *tx, int64_t *ret_seq)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT ifnull(max(seq), 0) FROM record_version", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    *ret_seq = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}

/* Rows that belong to nobody are seen by their number only. */
static enum err look_at_rest(struct tx *tx, struct recheck *c)
{
    int64_t seq, places = 0;
    enum err err = last_seq(tx, &seq);
    if (!err) err = index_places(tx, &places);
    if (err || seq != c->seq || places == c->places) return err;
    if (c->bad++ == 0) c->first_why = "the index has rows of no record";
    return OK;
}

enum err recheck_step(struct tx *tx, struct records *records, uint32_t steps, struct recheck *c,
                      bool *ret_more)
{
    enum err err = c->row == 0 ? last_seq(tx, &c->seq) : OK;
    *ret_more = true;
    for (uint32_t i = 0; i < steps && !err && *ret_more; i++) {
        struct look l = {.tx = tx, .who = {.records = records, .arena = arena_new(ARENA_BYTES)}, .c = c};
        if (!l.who.arena) return ERR_NOMEM;
        err = next_head(&l, ret_more);
        if (!err && *ret_more) {
            c->row = l.head.row;
            err = look_at(&l);
        }
        arena_free(l.who.arena);
    }
    if (!err && !*ret_more) err = look_at_rest(tx, c);
    return err;
}
