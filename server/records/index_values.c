#include "records/index_values.h"
#include "records/index_place.h"
#include "records/number.h"

enum {
    WORDS = 8,
    ENTRY_HEAD = 5,
    TABLE = 7, /* the bits of the kind */
    FORM_SHIFT = 3,
    FORM = 3 << FORM_SHIFT,
    IS_SHARED = 1 << 5,
    NO_SYSTEM = 1 << 6,
    ANY_SYSTEM = 1 << 7,
    LOOKED_AHEAD = 64
};
_Static_assert(INDEX_TABLES <= TABLE + 1, "a table fits into its bits");
_Static_assert(INDEX_DISPLAY <= FORM >> FORM_SHIFT, "a form too");

/* How many integers and reals an entry of each table has; a string's one integer is its form. */
static const struct {
    uint8_t integers, reals;
} shapes[INDEX_TABLES] = {
    [INDEX_KEY] = {2, 0},    [INDEX_LINK] = {1, 0},   [INDEX_DATE] = {2, 0},
    [INDEX_NUMBER] = {2, 2}, [INDEX_STRING] = {0, 0}, [INDEX_PAIR] = {4, 2},
};

/* -- written -- */

static uint8_t kind_of(const struct index_entry *e)
{
    uint8_t kind = (uint8_t)e->table;
    if (e->table == INDEX_STRING) kind |= (uint8_t)(e->n[0] << FORM_SHIFT) & FORM;
    if (e->table == INDEX_KEY && e->n[1] == 0) kind |= NO_SYSTEM;
    if (e->table == INDEX_KEY && e->n[1] == INDEX_ANY_SYSTEM) kind |= ANY_SYSTEM;
    return kind;
}

static void write_head(const struct index_entry *e, uint8_t more, struct buf *to)
{
    uint32_t param = (uint32_t)e->param;
    buf_add_char(to, (char)(kind_of(e) | more));
    buf_add(to, &param, sizeof param);
}

static int integers_of(uint8_t kind)
{
    return shapes[kind & TABLE].integers - (kind & (NO_SYSTEM | ANY_SYSTEM) ? 1 : 0);
}

static void write_values(const struct index_entry *e, struct buf *to)
{
    uint32_t bytes = (uint32_t)e->text.bytes;
    for (int i = 0; i < integers_of(kind_of(e)); i++)
        buf_add(to, &e->n[i], sizeof e->n[i]);
    if (shapes[e->table].reals) {
        buf_add(to, &e->low, sizeof e->low);
        buf_add(to, &e->high, sizeof e->high);
    }
    if (e->table != INDEX_STRING) return;
    buf_add(to, &bytes, sizeof bytes);
    if (bytes) buf_add_str(to, e->text);
}

static uint64_t bits_of(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

static bool are_alike(const struct index_entry *a, const struct index_entry *b)
{
    return a->table == b->table && memcmp(a->n, b->n, sizeof a->n) == 0 &&
           bits_of(a->low) == bits_of(b->low) && bits_of(a->high) == bits_of(b->high) &&
           str_is(a->text, b->text);
}

static bool was_written(const struct index_set *set, uint32_t i)
{
    for (uint32_t k = i < LOOKED_AHEAD ? 0 : i - LOOKED_AHEAD; k < i; k++)
        if (are_alike(&set->at[k], &set->at[i])) return true;
    return false;
}

/* With what is alike after it: of these only the last is followed by the values. */
static void write_alike(const struct index_set *set, uint32_t i, struct buf *to)
{
    uint32_t last = i;
    for (uint32_t k = i + 1; k < set->count && k <= last + LOOKED_AHEAD; k++) {
        if (!are_alike(&set->at[i], &set->at[k])) continue;
        write_head(&set->at[last], IS_SHARED, to);
        last = k;
    }
    write_head(&set->at[last], 0, to);
    write_values(&set->at[last], to);
}

void index_values_write(const struct index_set *set, struct buf *to)
{
    buf_add(to, &set->words, sizeof set->words);
    for (uint32_t i = 0; i < set->count; i++)
        if (!was_written(set, i)) write_alike(set, i, to);
}

/* -- read -- */

struct str index_values_begin(struct str whole, uint64_t *ret_words)
{
    *ret_words = 0;
    if (whole.bytes < WORDS) return (struct str){"", 0};
    memcpy(ret_words, whole.at, sizeof *ret_words);
    return (struct str){whole.at + WORDS, whole.bytes - WORDS};
}

static void skip(struct str *from, size_t bytes)
{
    from->at += bytes, from->bytes -= bytes;
}

static void take(struct str *from, void *to, size_t bytes)
{
    memcpy(to, from->at, bytes);
    skip(from, bytes);
}

/* A form is a string's; no system, or any, a key's. */
static bool is_kind(uint8_t kind)
{
    uint8_t table = kind & TABLE, systems = kind & (NO_SYSTEM | ANY_SYSTEM);
    return table < INDEX_TABLES && (table == INDEX_STRING || !(kind & FORM)) &&
           (systems == 0 || (table == INDEX_KEY && systems != (NO_SYSTEM | ANY_SYSTEM)));
}

static bool take_head(struct str *from, uint8_t *ret_kind, uint32_t *ret_param)
{
    if (from->bytes < ENTRY_HEAD) return false;
    take(from, ret_kind, sizeof *ret_kind);
    take(from, ret_param, sizeof *ret_param);
    return is_kind(*ret_kind);
}

/* How long the values are that stand there; false: they are cut off. */
static bool measure(struct str at, uint8_t kind, size_t *ret_bytes)
{
    uint32_t text = 0;
    size_t bytes = 8u * (size_t)(integers_of(kind) + shapes[kind & TABLE].reals);
    if ((kind & TABLE) == INDEX_STRING) {
        if (at.bytes < sizeof text) return false;
        memcpy(&text, at.at, sizeof text);
        bytes = sizeof text + (size_t)text;
    }
    *ret_bytes = bytes;
    return at.bytes >= bytes;
}

static void take_values(struct str at, uint8_t kind, uint32_t param, struct index_entry *ret)
{
    uint32_t bytes;
    *ret = (struct index_entry){.table = (enum index_table)(kind & TABLE), .param = param};
    if (kind & ANY_SYSTEM) ret->n[1] = INDEX_ANY_SYSTEM;
    for (int i = 0; i < integers_of(kind); i++)
        take(&at, &ret->n[i], sizeof ret->n[i]);
    if (shapes[ret->table].reals) {
        take(&at, &ret->low, sizeof ret->low);
        take(&at, &ret->high, sizeof ret->high);
    }
    if (ret->table != INDEX_STRING) return;
    ret->n[0] = (kind & FORM) >> FORM_SHIFT;
    take(&at, &bytes, sizeof bytes);
    ret->text = (struct str){at.at, bytes};
}

/* Where the values of a shared head stand: after the last of those alike. */
static bool look_ahead(struct str *at, uint8_t kind)
{
    uint8_t next = kind;
    uint32_t param;
    while (next & IS_SHARED)
        if (!take_head(at, &next, &param) || (next | IS_SHARED) != (kind | IS_SHARED)) return false;
    return true;
}

static bool find(struct str *rest, bool is_any, uint8_t table, uint32_t wanted, struct index_entry *ret)
{
    uint8_t kind;
    uint32_t param;
    size_t bytes = 0;
    for (struct str after = *rest; take_head(&after, &kind, &param); *rest = after) {
        bool is_it = is_any || (param == wanted && (kind & TABLE) == table);
        struct str values = after;
        if (is_it && !look_ahead(&values, kind)) return false;
        if ((is_it || !(kind & IS_SHARED)) && !measure(values, kind, &bytes)) return false;
        if (!(kind & IS_SHARED)) skip(&after, bytes);
        if (!is_it) continue;
        take_values(values, kind, param, ret);
        *rest = after;
        return true;
    }
    return false;
}

bool index_values_next(struct str *rest, struct index_entry *ret)
{
    return find(rest, true, 0, 0, ret);
}

bool index_values_find(struct str *rest, enum index_table table, int64_t param, struct index_entry *ret)
{
    return find(rest, false, (uint8_t)table, (uint32_t)param, ret);
}

/* -- from the store -- */

static enum err take_entries(struct stmt *s, struct buf *to)
{
    bool found = false;
    enum err err = stmt_step(s, &found);
    buf_clear(to);
    if (!err && found) buf_add_str(to, stmt_get_blob(s, 0));
    stmt_done(s);
    return err ? err : to->err;
}

enum err index_values_of(struct tx *tx, const struct record_head *head, struct buf *to)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "SELECT entries FROM record_value WHERE type = ?1 AND patient = ?2 AND record = ?3", &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(head->resource));
    stmt_int(s, 2, index_place_of_values(head->resource, head->patient));
    stmt_int(s, 3, head->row);
    return take_entries(s, to);
}

enum err index_values_read(struct tx *tx, int64_t row, struct buf *to)
{
    struct record_head head = {.row = row};
    struct stmt *s;
    bool found = false;
    enum err err = db_stmt(tx->db, "SELECT type, patient FROM record WHERE row = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, row);
    err = stmt_step(s, &found);
    if (!err && found) {
        head.resource = number_type(stmt_get_int(s, 0));
        head.patient = stmt_get_int(s, 1);
    }
    stmt_done(s);
    buf_clear(to);
    bool is_ours = !err && found && head.resource != FHIR_NONE;
    return is_ours ? index_values_of(tx, &head, to) : err;
}
