/* The rows of the index: put, taken away, compared. */
#include "base/mem.h"
#include "records/index_place.h"
#include "records/index_text.h"
#include "records/index_values.h"
#include "records/number.h"
#include <stdlib.h>

/* -- folding -- */

/* U+00C0-U+017F without their accents; 0: as it is. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo\0ouuuuyts" /* U+00C0 */
                            "aaaaaaaceeeeiiiidnooooo\0ouuuuyty" /* U+00E0 */
                            "aaaaaaccccccccddddeeeeeeeeeegggg"  /* U+0100 */
                            "gggghhhhiiiiiiiiiiiijjkkklllllll"  /* U+0120 */
                            "lllnnnnnnnnnoooooooorrrrrrssssss"  /* U+0140 */
                            "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs"; /* U+0160 */

static size_t fold_two(const uint8_t *at, char *to)
{
    uint32_t c = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
    char plain = c >= 0xc0 && c <= 0x17f ? latin[c - 0xc0] : 0;
    if (!plain) {
        to[0] = (char)at[0], to[1] = (char)at[1];
        return 2;
    }
    to[0] = plain;
    return 1;
}

/* Full-width ASCII (U+FF01-FF5E) made narrow; the ideographic blank (U+3000) a blank. */
static size_t fold_three(const uint8_t *at, char *to)
{
    uint32_t c = (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
    if (c == 0x3000 || (c >= 0xff01 && c <= 0xff5e)) {
        char narrow = c == 0x3000 ? ' ' : (char)(c - 0xff01 + '!');
        to[0] = narrow >= 'A' && narrow <= 'Z' ? (char)(narrow + 32) : narrow;
        return 1;
    }
    memcpy(to, at, 3);
    return 3;
}

struct str index_fold(struct arena *arena, struct str text)
{
    char *to = arena_alloc(arena, text.bytes + 1);
    size_t n = 0;
    if (!to) return (struct str){0};
    for (size_t i = 0; i < text.bytes;) {
        const uint8_t *at = (const uint8_t *)text.at + i;
        size_t take = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
        size_t put = take;
        if (i + take > text.bytes) take = put = 1;
        if (take == 2)
            put = fold_two(at, to + n);
        else if (take == 3)
            put = fold_three(at, to + n);
        else
            memcpy(to + n, at, take);
        if (take == 1 && to[n] >= 'A' && to[n] <= 'Z') to[n] = (char)(to[n] + 32);
        bool is_blank = put == 1 && (to[n] == ' ' || to[n] == '\t' || to[n] == '\n' || to[n] == '\r');
        if (is_blank) to[n] = ' ';
        if (!is_blank || (n > 0 && to[n - 1] != ' ')) n += put;
        i += take;
    }
    if (n > 0 && to[n - 1] == ' ') n--;
    return (struct str){to, n};
}

/* -- where an entry stands in the tables by value: of several with the same place one row is enough -- */

static const struct {
    const char *put, *take, *find;
} sql[INDEX_TABLES] = {
    [INDEX_KEY] = {"INSERT OR IGNORE INTO record_key (record, param, value) VALUES (?1, ?2, ?3)",
                   "DELETE FROM record_key WHERE record = ?1 AND param = ?2 AND value = ?3",
                   "SELECT 1 FROM record_key WHERE record = ?1 AND param = ?2 AND value = ?3"},
    [INDEX_LINK] = {"INSERT OR IGNORE INTO record_link (record, param, target) VALUES (?1, ?2, ?3)",
                    "DELETE FROM record_link WHERE record = ?1 AND param = ?2 AND target = ?3",
                    "SELECT 1 FROM record_link WHERE record = ?1 AND param = ?2 AND target = ?3"},
    [INDEX_DATE] = {"INSERT OR IGNORE INTO record_date (record, param, low) VALUES (?1, ?2, ?3)",
                    "DELETE FROM record_date WHERE record = ?1 AND param = ?2 AND low = ?3",
                    "SELECT 1 FROM record_date WHERE record = ?1 AND param = ?2 AND low = ?3"},
    [INDEX_STRING] = {"INSERT OR IGNORE INTO record_string (record, param, text) VALUES (?1, ?2, ?3)",
                      "DELETE FROM record_string WHERE record = ?1 AND param = ?2 AND text = ?3",
                      "SELECT 1 FROM record_string WHERE record = ?1 AND param = ?2 AND text = ?3"},
    [INDEX_PAIR] = {"INSERT OR IGNORE INTO record_pair (record, param, code) VALUES (?1, ?2, ?3)",
                    "DELETE FROM record_pair WHERE record = ?1 AND param = ?2 AND code = ?3",
                    "SELECT 1 FROM record_pair WHERE record = ?1 AND param = ?2 AND code = ?3"},
    [INDEX_NUMBER] = {NULL, NULL, NULL}, /* found by what else is asked */
};

static bool is_same_place(const struct index_entry *a, const struct index_entry *b)
{
    if (a->table != b->table || a->param != b->param) return false;
    return a->table == INDEX_STRING ? str_is(a->text, b->text) : a->n[0] == b->n[0];
}

static enum err place_stmt(struct tx *tx, const char *text, int64_t row, const struct index_entry *e,
                           struct stmt **ret_stmt)
{
    enum err err = db_stmt(tx->db, text, ret_stmt);
    if (err) return err;
    stmt_int(*ret_stmt, 1, row);
    stmt_int(*ret_stmt, 2, e->param);
    if (e->table == INDEX_STRING)
        stmt_str(*ret_stmt, 3, e->text);
    else
        stmt_int(*ret_stmt, 3, e->n[0]);
    return OK;
}

static enum err place_run(struct tx *tx, const char *text, int64_t row, const struct index_entry *e)
{
    struct stmt *s;
    if (!text) return OK;
    enum err err = place_stmt(tx, text, row, e, &s);
    return err ? err : stmt_run(s);
}

/* The entries that have rows, each place once. */
struct places {
    struct index_entry *at;
    uint32_t count;
};

static bool is_placed(const struct places *p, const struct index_entry *e)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (is_same_place(&p->at[i], e)) return true;
    return false;
}

static enum err places_of(const struct index_entry *at, uint32_t count, int64_t patient, struct places *ret)
{
    *ret = (struct places){mem_alloc((count + 1) * sizeof *ret->at), 0};
    if (!ret->at) return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        if (index_place_has_row(at, count, &at[i], patient) && !is_placed(ret, &at[i]))
            ret->at[ret->count++] = at[i];
    return OK;
}

/* Of the text that stands beside a record; texts in it point there. */
static enum err places_in(struct str whole, int64_t patient, struct places *ret, uint64_t *ret_words)
{
    struct index_entry e;
    uint32_t count = 0, n = 0;
    struct str rest = index_values_begin(whole, ret_words);
    for (struct str at = rest; index_values_next(&at, &e);)
        count++;
    struct index_entry *all = mem_alloc((count + 1) * sizeof *all);
    if (!all) return ERR_NOMEM;
    while (n < count && index_values_next(&rest, &all[n]))
        n++;
    enum err err = places_of(all, n, patient, ret);
    mem_free(all);
    return err;
}

static enum err places_run(struct tx *tx, int64_t row, bool is_put, const struct places *these,
                           const struct places *but)
{
    enum err err = OK;
    for (uint32_t i = 0; i < these->count && !err; i++) {
        const struct index_entry *e = &these->at[i];
        if (!but || !is_placed(but, e))
            err = place_run(tx, is_put ? sql[e->table].put : sql[e->table].take, row, e);
    }
    return err;
}

/* -- put, changed, taken away -- */

/* The values of a record, with what the guard needs of the head. */
static enum err at_place(struct tx *tx, const char *text, const struct record_head *head, int64_t patient,
                         struct stmt **ret_stmt)
{
    enum err err = db_stmt(tx->db, text, ret_stmt);
    if (err) return err;
    stmt_int(*ret_stmt, 1, number_of_type(head->resource));
    stmt_int(*ret_stmt, 2, index_place_of_values(head->resource, patient));
    stmt_int(*ret_stmt, 3, head->row);
    return OK;
}

/* What stands there. */
struct standing {
    struct buf whole;
    uint32_t labels;
    enum record_lifecycle lifecycle;
    bool is_there;
};

static enum err look(struct tx *tx, const struct record_head *head, int64_t patient, struct standing *ret)
{
    struct stmt *s;
    *ret = (struct standing){0};
    buf_init(&ret->whole, RECORD_BODY_BYTES_MAX);
    enum err err = at_place(tx,
                            "SELECT labels, lifecycle, entries FROM record_value"
                            " WHERE type = ?1 AND patient = ?2 AND record = ?3",
                            head, patient, &s);
    if (!err) err = stmt_step(s, &ret->is_there);
    if (err) return err;
    if (ret->is_there) {
        ret->labels = (uint32_t)stmt_get_int(s, 0);
        ret->lifecycle = (enum record_lifecycle)stmt_get_int(s, 1);
        buf_add_str(&ret->whole, stmt_get_blob(s, 2));
    }
    stmt_done(s);
    return ret->whole.err;
}

static enum err drop_values(struct tx *tx, const struct record_head *head, int64_t patient)
{
    struct stmt *s;
    enum err err = at_place(tx, "DELETE FROM record_value WHERE type = ?1 AND patient = ?2 AND record = ?3",
                            head, patient, &s);
    return err ? err : stmt_run(s);
}

static enum err put_values(struct tx *tx, const struct record_head *head, const struct buf *text)
{
    struct stmt *s;
    enum err err =
        at_place(tx,
                 "INSERT OR REPLACE INTO record_value (type, patient, record, labels, lifecycle, entries)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                 head, head->patient, &s);
    if (err) return err;
    stmt_int(s, 4, head->labels);
    stmt_int(s, 5, head->lifecycle);
    stmt_blob_kept(s, 6, text->at, text->bytes);
    return stmt_run(s);
}

/* old NULL: nothing stands there. */
static enum err keep_values(struct tx *tx, const struct index_of *of, const struct index_set *set,
                            const struct standing *old)
{
    const struct record_head *head = of->head;
    struct buf text;
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    index_values_write(set, &text);
    enum err err = text.err;
    bool has_moved = old && old->is_there && of->patient_before != head->patient;
    bool is_same = old && old->is_there && !has_moved && old->labels == head->labels &&
                   old->lifecycle == head->lifecycle && str_is(buf_str(&old->whole), buf_str(&text));
    if (!err && has_moved) err = drop_values(tx, head, of->patient_before);
    if (!err && !is_same) err = put_values(tx, head, &text);
    buf_done(&text);
    return err;
}

static enum err put_text(struct tx *tx, int64_t row, const struct index_set *set)
{
    if (set->content.bytes == 0) return OK;
    return index_text_put(tx, row, set->narrative.bytes ? buf_str(&set->narrative) : STR(""),
                          buf_str(&set->content));
}

enum err index_put(struct tx *tx, const struct index_of *of, const struct index_set *set)
{
    struct places new = {0};
    int64_t row = of->head->row;
    enum err err = places_of(set->at, set->count, of->head->patient, &new);
    if (!err) err = places_run(tx, row, true, &new, NULL);
    mem_free(new.at);
    if (!err) err = keep_values(tx, of, set, NULL);
    return err ? err : put_text(tx, row, set);
}

/* Most of a record stays as it was: only the rest costs. */
static enum err change(struct tx *tx, const struct index_of *of, const struct index_set *set,
                       const struct standing *old, uint64_t *ret_words)
{
    struct places before = {0}, now = {0};
    int64_t row = of->head->row;
    enum err err = places_in(buf_str(&old->whole), of->patient_before, &before, ret_words);
    if (!err) err = places_of(set->at, set->count, of->head->patient, &now);
    if (!err) err = places_run(tx, row, false, &before, &now);
    if (!err) err = places_run(tx, row, true, &now, &before);
    mem_free(before.at);
    mem_free(now.at);
    return err ? err : keep_values(tx, of, set, old);
}

enum err index_change(struct tx *tx, const struct index_of *of, const struct index_set *set)
{
    struct standing old;
    uint64_t words = 0;
    enum err err = look(tx, of->head, of->patient_before, &old);
    if (!err) err = change(tx, of, set, &old, &words);
    if (!err && (!old.whole.bytes || words != set->words)) {
        err = index_text_clear(tx, of->head->row);
        if (!err) err = put_text(tx, of->head->row, set);
    }
    buf_done(&old.whole);
    return err;
}

enum err index_clear(struct tx *tx, const struct index_of *of)
{
    struct standing old;
    struct places places = {0};
    uint64_t words;
    enum err err = look(tx, of->head, of->patient_before, &old);
    if (!err) err = places_in(buf_str(&old.whole), of->patient_before, &places, &words);
    if (!err) err = places_run(tx, of->head->row, false, &places, NULL);
    mem_free(places.at);
    buf_done(&old.whole);
    if (!err) err = drop_values(tx, of->head, of->patient_before);
    return err ? err : index_text_clear(tx, of->head->row);
}

/* -- compared -- */

static bool is_in(const struct index_set *set, const struct index_entry *e)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct index_entry *other = &set->at[i];
        if (other->table == e->table && other->param == e->param &&
            memcmp(other->n, e->n, sizeof e->n) == 0 && other->low == e->low && other->high == e->high &&
            str_is(other->text, e->text))
            return true;
    }
    return false;
}

static enum err text_agrees(struct tx *tx, int64_t row, const struct index_set *set, bool *ret_agrees)
{
    struct stmt *s;
    bool found;
    enum err err = tx->may_write ? index_text_settle(tx) : OK;
    if (!err) err = db_stmt(tx->db, "SELECT narrative, content FROM record_text WHERE rowid = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, row);
    err = stmt_step(s, &found);
    if (!err && found)
        *ret_agrees &= str_is(stmt_get_str(s, 0), buf_str(&set->narrative)) &&
                       str_is(stmt_get_str(s, 1), buf_str(&set->content));
    if (!err && !found) *ret_agrees &= set->content.bytes == 0;
    stmt_done(s);
    return err;
}

static enum err place_agrees(struct tx *tx, int64_t row, const struct index_entry *e, bool *ret_agrees)
{
    struct stmt *s;
    bool found = true;
    enum err err = place_stmt(tx, sql[e->table].find, row, e, &s);
    if (!err) err = stmt_step(s, &found);
    if (!err) stmt_done(s);
    *ret_agrees &= found;
    return err;
}

enum err index_agrees(struct tx *tx, const struct index_of *of, const struct index_set *set, bool *ret_agrees,
                      int64_t *ret_places)
{
    const struct record_head *head = of->head;
    struct standing old;
    struct index_entry e;
    struct places places = {0};
    uint64_t words;
    uint32_t found = 0;
    enum err err = look(tx, head, head->patient, &old);
    bool agrees = old.is_there
                      ? !head->is_deleted && old.labels == head->labels && old.lifecycle == head->lifecycle
                      : set->count == 0;
    struct str rest = index_values_begin(buf_str(&old.whole), &words);
    for (; !err && index_values_next(&rest, &e); found++)
        agrees &= is_in(set, &e);
    agrees &= found == set->count && rest.bytes == 0 && words == set->words;
    if (!err) err = places_of(set->at, set->count, head->patient, &places);
    *ret_places += places.count + old.is_there;
    for (uint32_t i = 0; i < places.count && !err; i++)
        err = place_agrees(tx, head->row, &places.at[i], &agrees);
    mem_free(places.at);
    buf_done(&old.whole);
    if (!err) err = text_agrees(tx, head->row, set, &agrees);
    if (!err) *ret_agrees = agrees;
    return err;
}

enum err index_places(struct tx *tx, int64_t *ret_places)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT (SELECT count(*) FROM record_key) + (SELECT count(*) FROM record_link)"
                           " + (SELECT count(*) FROM record_date) + (SELECT count(*) FROM record_string)"
                           " + (SELECT count(*) FROM record_pair) + (SELECT count(*) FROM record_value)",
                           &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    *ret_places = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}
