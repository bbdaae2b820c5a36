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

enum err codes_are_own(struct tx *tx, struct str list, bool *ret_are)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM code_list WHERE name = ?1 AND NOT is_starter", &s);
    if (err) return err;
    stmt_str(s, 1, list);
    err = stmt_step(s, ret_are);
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
        " OR substr(pinyin, 1, length(?2)) = lower(?2) OR substr(initials, 1, length(?2)) = lower(?2))"
        " ORDER BY CASE WHEN code = ?2 COLLATE NOCASE THEN 0"
        " WHEN substr(code, 1, length(?2)) = ?2 COLLATE NOCASE THEN 1"
        " WHEN substr(words, 1, length(?2)) = ?2 THEN 2"
        " WHEN initials = lower(?2) OR pinyin = lower(?2) THEN 3 ELSE 4 END, length(words), code LIMIT ?3",
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

/* -- what does not go together -- */

/* Who reacts to one may react to the other. */
static const struct {
    const char *substance, *class;
} crossed[] = {{"penicillin", "cephalosporin"},
               {"cephalosporin", "penicillin"},
               {"aspirin", "nsaid"},
               {"nsaid", "aspirin"}};

struct asked {
    struct str code;
    struct str all; /* " code class class " */
};

static bool holds(struct str all, struct str word)
{
    if (word.bytes == 0) return false;
    for (struct str rest = all; rest.bytes;)
        if (str_is(str_cut(&rest, ' '), word)) return true;
    return false;
}

static enum err add_alert(struct drug_check *to, struct drug_alert alert)
{
    if (to->count < CODES_ALERTS_MAX) to->alerts[to->count++] = alert;
    return OK;
}

static enum err check_substance(struct drug_check *to, const struct asked *drug, struct str substance)
{
    if (holds(drug->all, substance))
        return add_alert(to, (struct drug_alert){true, true, drug->code, substance, STR(""), STR("")});
    for (size_t i = 0; i < COUNT_OF(crossed); i++)
        if (str_is_text(substance, crossed[i].substance) && holds(drug->all, str_of(crossed[i].class)))
            return add_alert(to, (struct drug_alert){true, false, drug->code, substance, STR(""), STR("")});
    return OK;
}

static enum err check_pair(struct tx *tx, struct arena *arena, struct drug_check *to, const struct asked *a,
                           const struct asked *b)
{
    struct stmt *s;
    bool row = true;
    enum err err = db_stmt(tx->db,
                           "SELECT zh, en, severity FROM drug_interaction WHERE"
                           " (instr(?1, ' ' || a || ' ') > 0 AND instr(?2, ' ' || b || ' ') > 0)"
                           " OR (instr(?2, ' ' || a || ' ') > 0 AND instr(?1, ' ' || b || ' ') > 0)"
                           " ORDER BY severity",
                           &s);
    if (err) return err;
    stmt_str(s, 1, a->all);
    stmt_str(s, 2, b->all);
    while (!(err = stmt_step(s, &row)) && row) {
        struct drug_alert alert = {.drug = a->code, .other = b->code};
        alert.is_avoid = str_is_text(stmt_get_str(s, 2), "avoid");
        err = copy(arena, s, 0, &alert.zh) && copy(arena, s, 1, &alert.en) ? add_alert(to, alert) : ERR_NOMEM;
        if (err) break;
    }
    stmt_done(s);
    return err;
}

static enum err ask(struct tx *tx, struct arena *arena, struct str code, struct asked *ret, bool *ret_known)
{
    struct code found;
    enum err err = codes_find(tx, arena, STR(CODES_DRUG), code, &found);
    *ret_known = err == OK;
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    const char *all = arena_printf(arena, " %.*s%.*s ", (int)code.bytes, code.at, (int)found.classes.bytes,
                                   found.classes.at);
    *ret = (struct asked){code, str_of(all)};
    return all ? OK : ERR_NOMEM;
}

enum err codes_check(struct tx *tx, struct arena *arena, const struct str *drugs, size_t drugs_n,
                     const struct str *substances, size_t substances_n, struct drug_check *ret)
{
    struct asked asked[CODES_DRUGS_MAX];
    size_t n = 0;
    *ret = (struct drug_check){0};
    if (drugs_n > CODES_DRUGS_MAX || substances_n > CODES_DRUGS_MAX) return ERR_LIMIT;
    ret->alerts = arena_alloc(arena, CODES_ALERTS_MAX * sizeof ret->alerts[0]);
    enum err err = ret->alerts ? OK : ERR_NOMEM;
    for (size_t i = 0; i < drugs_n && !err; i++) {
        bool is_known = false;
        err = ask(tx, arena, drugs[i], &asked[n], &is_known);
        if (!err && is_known)
            n++;
        else if (!err)
            ret->unknown[ret->unknown_n++] = drugs[i];
    }
    for (size_t i = 0; i < n && !err; i++) {
        for (size_t s = 0; s < substances_n && !err; s++)
            err = check_substance(ret, &asked[i], substances[s]);
        for (size_t j = i + 1; j < n && !err; j++)
            err = check_pair(tx, arena, ret, &asked[i], &asked[j]);
    }
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
