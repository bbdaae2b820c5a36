/* The rows of the index: put, taken away, compared. */
#include "base/mem.h"
#include "records/index.h"
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

/* -- put -- */

static const char *const insert_sql[INDEX_TABLES] = {
    [INDEX_KEY] = "INSERT OR IGNORE INTO record_key (record, param, value, system) VALUES (?1, ?2, ?3, ?4)",
    [INDEX_LINK] = "INSERT OR IGNORE INTO record_link (record, param, target) VALUES (?1, ?2, ?3)",
    [INDEX_DATE] = "INSERT OR IGNORE INTO record_date (record, param, low, high) VALUES (?1, ?2, ?3, ?4)",
    [INDEX_NUMBER] = "INSERT OR IGNORE INTO record_number (record, param, unit, system, low, high)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [INDEX_STRING] =
        "INSERT OR IGNORE INTO record_string (record, param, text, form) VALUES (?1, ?2, ?3, ?4)",
    [INDEX_PAIR] = "INSERT OR IGNORE INTO record_pair"
                   " (record, param, code, code_system, value, system, low, high)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
};

static void bind_span(struct stmt *s, int at, const struct index_entry *e)
{
    stmt_real(s, at, e->low);
    stmt_real(s, at + 1, e->high);
}

static enum err put(struct tx *tx, int64_t row, const struct index_entry *e)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, insert_sql[e->table], &s);
    if (err) return err;
    stmt_int(s, 1, row);
    stmt_int(s, 2, e->param);
    switch (e->table) {
    case INDEX_LINK:
        stmt_int(s, 3, e->n[0]);
        break;
    case INDEX_KEY:
    case INDEX_DATE:
        stmt_int(s, 3, e->n[0]);
        stmt_int(s, 4, e->n[1]);
        break;
    case INDEX_NUMBER:
        stmt_int(s, 3, e->n[0]);
        stmt_int(s, 4, e->n[1]);
        bind_span(s, 5, e);
        break;
    case INDEX_STRING:
        stmt_str(s, 3, e->text);
        stmt_int(s, 4, e->n[0]);
        break;
    case INDEX_PAIR:
        for (int i = 0; i < 4; i++)
            stmt_int(s, 3 + i, e->n[i]);
        bind_span(s, 7, e);
        break;
    case INDEX_TABLES:
        break;
    }
    return stmt_run(s);
}

static enum err put_text(struct tx *tx, int64_t row, const struct index_set *set)
{
    struct stmt *s;
    if (set->content.bytes == 0) return OK;
    enum err err =
        db_stmt(tx->db, "INSERT INTO record_text (rowid, narrative, content) VALUES (?1, ?2, ?3)", &s);
    if (err) return err;
    stmt_int(s, 1, row);
    stmt_str(s, 2, set->narrative.bytes ? buf_str(&set->narrative) : STR(""));
    stmt_str(s, 3, buf_str(&set->content));
    return stmt_run(s);
}

enum err index_put(struct tx *tx, int64_t row, const struct index_set *set)
{
    enum err err = OK;
    for (uint32_t i = 0; i < set->count && !err; i++)
        err = put(tx, row, &set->at[i]);
    return err ? err : put_text(tx, row, set);
}

/* -- taken away -- */

enum err index_clear(struct tx *tx, int64_t row)
{
    static const char *const sql[] = {
        "DELETE FROM record_key WHERE record = ?1",    "DELETE FROM record_link WHERE record = ?1",
        "DELETE FROM record_date WHERE record = ?1",   "DELETE FROM record_number WHERE record = ?1",
        "DELETE FROM record_string WHERE record = ?1", "DELETE FROM record_pair WHERE record = ?1",
        "DELETE FROM record_text WHERE rowid = ?1",
    };
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(sql) && !err; i++) {
        struct stmt *s;
        err = db_stmt(tx->db, sql[i], &s);
        if (err) return err;
        stmt_int(s, 1, row);
        err = stmt_run(s);
    }
    return err;
}

/* -- compared -- */

static const char *const select_sql[INDEX_TABLES] = {
    [INDEX_KEY] = "SELECT param, value, system FROM record_key WHERE record = ?1",
    [INDEX_LINK] = "SELECT param, target FROM record_link WHERE record = ?1",
    [INDEX_DATE] = "SELECT param, low, high FROM record_date WHERE record = ?1",
    [INDEX_NUMBER] = "SELECT param, unit, system, low, high FROM record_number WHERE record = ?1",
    [INDEX_STRING] = "SELECT param, form, text FROM record_string WHERE record = ?1",
    [INDEX_PAIR] =
        "SELECT param, code, code_system, value, system, low, high FROM record_pair WHERE record = ?1",
};

static void read_entry(struct stmt *s, enum index_table table, struct index_entry *ret)
{
    static const int numbers[INDEX_TABLES] = {2, 1, 2, 2, 1, 4};
    int n = numbers[table];
    *ret = (struct index_entry){.table = table, .param = stmt_get_int(s, 0)};
    for (int i = 0; i < n; i++)
        ret->n[i] = stmt_get_int(s, 1 + i);
    if (table == INDEX_NUMBER || table == INDEX_PAIR) {
        ret->low = stmt_get_real(s, 1 + n);
        ret->high = stmt_get_real(s, 2 + n);
    }
    if (table == INDEX_STRING) ret->text = stmt_get_str(s, 2);
}

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
    enum err err = db_stmt(tx->db, "SELECT narrative, content FROM record_text WHERE rowid = ?1", &s);
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

enum err index_agrees(struct tx *tx, int64_t row, const struct index_set *set, bool *ret_agrees)
{
    uint32_t found = 0;
    bool agrees = true, more;
    for (int table = 0; table < INDEX_TABLES; table++) {
        struct stmt *s;
        struct index_entry e;
        enum err err = db_stmt(tx->db, select_sql[table], &s);
        if (err) return err;
        stmt_int(s, 1, row);
        while (!(err = stmt_step(s, &more)) && more) {
            read_entry(s, (enum index_table)table, &e);
            agrees &= is_in(set, &e);
            found++;
        }
        stmt_done(s);
        if (err) return err;
    }
    agrees &= found == set->count;
    enum err err = text_agrees(tx, row, set, &agrees);
    if (!err) *ret_agrees = agrees;
    return err;
}
