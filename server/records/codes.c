#include "records/codes.h"
#include "records/code_line.h"
#include "records/codes_own.h"
#include "records/pinyin.h"

static const char tables_sql[] = "CREATE TABLE code_list ("
                                 " name TEXT PRIMARY KEY,"
                                 " title TEXT NOT NULL,"
                                 " is_starter INTEGER NOT NULL CHECK (is_starter IN (0, 1)),"
                                 " loaded INTEGER"
                                 ") STRICT, WITHOUT ROWID;"
                                 "CREATE TABLE code ("
                                 " list TEXT NOT NULL REFERENCES code_list (name),"
                                 " code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 64),"
                                 " words TEXT NOT NULL CHECK (length(words) BETWEEN 1 AND 200),"
                                 " pinyin TEXT NOT NULL,"
                                 " initials TEXT NOT NULL,"
                                 " classes TEXT NOT NULL DEFAULT '',"
                                 " PRIMARY KEY (list, code)"
                                 ") STRICT, WITHOUT ROWID;"
                                 "CREATE TABLE drug_interaction ("
                                 " a TEXT NOT NULL, b TEXT NOT NULL,"
                                 " severity TEXT NOT NULL CHECK (severity IN ('avoid', 'watch')),"
                                 " zh TEXT NOT NULL, en TEXT NOT NULL,"
                                 " PRIMARY KEY (a, b)"
                                 ") STRICT, WITHOUT ROWID;";

/* Drugs have one home, the table that orders are checked against (desk/formulary). */
const char codes_drug_gone_sql[] =
    "DELETE FROM code WHERE list = 'drug'; DELETE FROM code_list WHERE name = 'drug';"
    "DROP TABLE drug_interaction;";

const struct migration codes_migrations[] = {
    {241, "code lists", tables_sql},
    {242, "starter lists of codes", codes_starter_sql},
    {0, NULL, NULL},
};

static bool copy(struct arena *arena, struct stmt *s, int column, struct str *ret)
{
    struct str text = stmt_get_str(s, column);
    ret->at = arena_text(arena, text.at ? text.at : "", text.bytes);
    ret->bytes = text.bytes;
    return ret->at != NULL;
}

/* -- finding -- */

enum err codes_list(struct tx *tx, struct arena *arena, struct str list, struct code_list *ret)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT title, is_starter, (SELECT count(*) FROM code WHERE list = name) FROM code_list"
                " WHERE name = ?1",
                &s);
    if (err) return err;
    stmt_str(s, 1, list);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && !copy(arena, s, 0, &ret->title)) err = ERR_NOMEM;
    if (!err) {
        ret->is_starter = stmt_get_int(s, 1) != 0;
        ret->count = stmt_get_int(s, 2);
    }
    stmt_done(s);
    return err;
}

static enum err take_code(struct arena *arena, struct stmt *s, struct code *ret)
{
    return copy(arena, s, 0, &ret->code) && copy(arena, s, 1, &ret->words) && copy(arena, s, 2, &ret->classes)
               ? OK
               : ERR_NOMEM;
}

enum err codes_search(struct tx *tx, struct arena *arena, struct str list, struct str text, size_t most,
                      struct code *ret, size_t *ret_n)
{
    struct stmt *s;
    size_t n = 0;
    bool row = true;
    enum err err = db_stmt(
        tx->db,
        "SELECT code, words, classes FROM code WHERE list = ?1 AND (?2 = ''"
        " OR substr(code, 1, length(?2)) = ?2 COLLATE NOCASE OR instr(words, ?2) > 0"
        " OR substr(pinyin, 1, length(?2)) = lower(?2) OR instr(initials, lower(?2)) > 0)"
        " ORDER BY CASE WHEN code = ?2 COLLATE NOCASE THEN 0"
        " WHEN substr(code, 1, length(?2)) = ?2 COLLATE NOCASE THEN 1"
        " WHEN substr(words, 1, length(?2)) = ?2 THEN 2"
        " WHEN initials = lower(?2) OR pinyin = lower(?2) THEN 3"
        " WHEN instr(words, ?2) > 0 THEN 4 WHEN substr(pinyin, 1, length(?2)) = lower(?2)"
        " OR substr(initials, 1, length(?2)) = lower(?2) THEN 5 ELSE 6 END, length(words), code LIMIT ?3",
        &s);
    if (err) return err;
    stmt_str(s, 1, list);
    stmt_str(s, 2, text.at ? text : STR(""));
    stmt_int(s, 3, (int64_t)most);
    while (!err && n < most) {
        err = stmt_step(s, &row);
        if (err || !row) break;
        err = take_code(arena, s, &ret[n]);
        if (!err) n++;
    }
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}

enum err codes_find(struct tx *tx, struct arena *arena, struct str list, struct str code, struct code *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT code, words, classes FROM code WHERE list = ?1 AND code = ?2", &s);
    if (err) return err;
    stmt_str(s, 1, list);
    stmt_str(s, 2, code);
    err = stmt_step(s, &row);
    if (!err) err = row ? take_code(arena, s, ret) : ERR_NOT_FOUND;
    stmt_done(s);
    return err;
}

/* -- loading -- */

/* A family name is read first in a name: a neutral character stands before what is none. */
static enum err sounds(struct arena *arena, struct str words, struct str *ret_full, struct str *ret_initials)
{
    const char *text = arena_printf(arena, "\xe4\xb8\x80%.*s", (int)words.bytes, words.at);
    *ret_full = *ret_initials = STR("");
    if (!text) return ERR_NOMEM;
    if (!pinyin_of_text(arena, str_of(text), ret_full, ret_initials) || ret_full->bytes < 2) return OK;
    *ret_full = (struct str){ret_full->at + 2, ret_full->bytes - 2};
    *ret_initials = (struct str){ret_initials->at + 1, ret_initials->bytes - 1};
    return OK;
}

static enum err load_line(struct tx *tx, struct arena *arena, struct str list, struct str line)
{
    struct code_line c;
    struct str full, initials;
    struct stmt *s;
    enum err err = code_line_read(arena, line, &c);
    if (!err) err = sounds(arena, c.words, &full, &initials);
    if (err) return err;
    const char *all =
        c.classes.bytes ? arena_printf(arena, " %.*s ", (int)c.classes.bytes, c.classes.at) : "";
    if (!err && !all) err = ERR_NOMEM;
    if (!err)
        err = db_stmt(
            tx->db,
            "INSERT INTO code (list, code, words, pinyin, initials, classes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &s);
    if (err) return err;
    stmt_str(s, 1, list);
    stmt_str(s, 2, c.code);
    stmt_str(s, 3, c.words);
    stmt_str(s, 4, full);
    stmt_str(s, 5, initials);
    stmt_text(s, 6, all);
    err = stmt_run(s);
    return err == ERR_EXISTS ? ERR_BAD_INPUT : err;
}

static enum err run_for_list(struct tx *tx, const char *sql, struct str list)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_str(s, 1, list);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}

enum err codes_load(struct tx *tx, struct str list, struct str csv, int64_t *ret_rows, int64_t *ret_line)
{
    int64_t rows = 0, line_number = 0;
    *ret_line = 0;
    if (!str_is_utf8(csv)) return ERR_BAD_INPUT;
    if (str_starts(csv, STR("\xef\xbb\xbf"))) csv = (struct str){csv.at + 3, csv.bytes - 3};
    enum err err = run_for_list(tx, "UPDATE code_list SET is_starter = 0, loaded = ?2 WHERE name = ?1", list);
    if (!err && db_changes(tx->db) == 0) err = ERR_NOT_FOUND;
    if (!err) err = run_for_list(tx, "DELETE FROM code WHERE list = ?1 AND ?2 IS NOT NULL", list);
    while (!err && csv.bytes) {
        struct str line = str_cut(&csv, '\n');
        line_number++;
        if (line.bytes && line.at[line.bytes - 1] == '\r') line.bytes--;
        if (line.bytes == 0 || (line_number == 1 && str_starts(line, STR("code")))) continue;
        struct arena *arena = arena_new(64 * 1024);
        err = arena ? load_line(tx, arena, list, line) : ERR_NOMEM;
        arena_free(arena);
        if (!err) rows++;
    }
    if (err) *ret_line = line_number;
    if (!err) *ret_rows = rows;
    return err;
}
