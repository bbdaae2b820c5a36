#include "records/index_values.h"
#include "records/number.h"

enum { HEAD = 8, ENTRY_HEAD = 12 };

/* How many integers and reals an entry of each table has; a string's one integer is its form. */
static const struct {
    uint8_t integers, reals;
} shapes[INDEX_TABLES] = {
    [INDEX_KEY] = {2, 0},    [INDEX_LINK] = {1, 0},   [INDEX_DATE] = {2, 0},
    [INDEX_NUMBER] = {2, 2}, [INDEX_STRING] = {0, 0}, [INDEX_PAIR] = {4, 2},
};

static void write_entry(const struct index_entry *e, struct buf *to)
{
    uint8_t head[ENTRY_HEAD] = {(uint8_t)e->table};
    uint32_t param = (uint32_t)e->param, bytes = (uint32_t)e->text.bytes;
    if (e->table == INDEX_STRING) head[1] = (uint8_t)e->n[0];
    memcpy(head + 4, &param, sizeof param);
    memcpy(head + 8, &bytes, sizeof bytes);
    buf_add(to, head, sizeof head);
    for (int i = 0; i < shapes[e->table].integers; i++)
        buf_add(to, &e->n[i], sizeof e->n[i]);
    if (shapes[e->table].reals) {
        buf_add(to, &e->low, sizeof e->low);
        buf_add(to, &e->high, sizeof e->high);
    }
    if (bytes) buf_add(to, e->text.at, bytes);
}

void index_values_write(const struct index_set *set, struct buf *to)
{
    buf_add(to, &set->words, sizeof set->words);
    for (uint32_t i = 0; i < set->count; i++)
        write_entry(&set->at[i], to);
}

struct str index_values_begin(struct str whole, uint64_t *ret_words)
{
    *ret_words = 0;
    if (whole.bytes < HEAD) return (struct str){"", 0};
    memcpy(ret_words, whole.at, sizeof *ret_words);
    return (struct str){whole.at + HEAD, whole.bytes - HEAD};
}

static void take(struct str *from, void *to, size_t bytes)
{
    memcpy(to, from->at, bytes);
    from->at += bytes, from->bytes -= bytes;
}

bool index_values_next(struct str *rest, struct index_entry *ret)
{
    uint8_t head[ENTRY_HEAD];
    uint32_t param, bytes;
    if (rest->bytes < ENTRY_HEAD) return false;
    struct str at = *rest;
    take(&at, head, sizeof head);
    if (head[0] >= INDEX_TABLES) return false;
    memcpy(&param, head + 4, sizeof param);
    memcpy(&bytes, head + 8, sizeof bytes);
    size_t fixed = 8u * (shapes[head[0]].integers + shapes[head[0]].reals);
    if (at.bytes < fixed + bytes) return false;
    *ret = (struct index_entry){.table = (enum index_table)head[0], .param = param};
    if (ret->table == INDEX_STRING) ret->n[0] = head[1];
    for (int i = 0; i < shapes[head[0]].integers; i++)
        take(&at, &ret->n[i], sizeof ret->n[i]);
    if (shapes[head[0]].reals) {
        take(&at, &ret->low, sizeof ret->low);
        take(&at, &ret->high, sizeof ret->high);
    }
    if (bytes) ret->text = (struct str){at.at, bytes};
    at.at += bytes, at.bytes -= bytes;
    *rest = at;
    return true;
}

static enum err take_entries(struct stmt *s, struct buf *to)
{
    bool found = false;
    enum err err = stmt_step(s, &found);
    buf_clear(to);
    if (!err && found) buf_add_str(to, stmt_get_blob(s, 0));
    stmt_done(s);
    return err ? err : to->err;
}

enum err index_values_read(struct tx *tx, int64_t row, struct buf *to)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "SELECT v.entries FROM record r JOIN record_value v"
                " ON v.type = r.type AND v.patient = r.patient AND v.record = r.row WHERE r.row = ?1",
                &s);
    if (err) return err;
    stmt_int(s, 1, row);
    return take_entries(s, to);
}

enum err index_values_of(struct tx *tx, const struct record_head *head, struct buf *to)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "SELECT entries FROM record_value WHERE type = ?1 AND patient = ?2 AND record = ?3", &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(head->resource));
    stmt_int(s, 2, head->patient);
    stmt_int(s, 3, head->row);
    return take_entries(s, to);
}
