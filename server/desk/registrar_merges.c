/* What the registry said is one person: how it stands, taken apart, and joined again. */
#include "desk/registrar.h"
#include "records/merge.h"

static bool copied(struct record_reader *server, struct stmt *q, int column, struct str *ret)
{
    struct str text = stmt_get_str(q, column);
    *ret = (struct str){arena_text(server->arena, text.at ? text.at : "", text.bytes), text.bytes};
    return ret->at != NULL;
}

static enum err rows(struct tx *tx, struct record_reader *server, size_t most, struct registrar_merge *ret,
                     size_t *ret_n)
{
    struct stmt *q;
    bool row = true;
    size_t n = 0;
    enum err err = db_stmt(
        tx->db,
        "SELECT m.source, m.prior, m.number, m.is_done, coalesce(f.patient, 0), coalesce(t.patient, 0)"
        " FROM registry_merge m"
        " LEFT JOIN registry_person f ON f.source = m.source AND f.number = m.prior"
        " LEFT JOIN registry_person t ON t.source = m.source AND t.number = m.number"
        " ORDER BY m.is_done, m.source, m.number, m.prior LIMIT ?1",
        &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)most);
    while (!err && n < most) {
        err = stmt_step(q, &row);
        if (err || !row) break;
        ret[n] = (struct registrar_merge){
            .is_done = stmt_get_int(q, 3) != 0, .from = stmt_get_int(q, 4), .to = stmt_get_int(q, 5)};
        if (!copied(server, q, 0, &ret[n].source) || !copied(server, q, 1, &ret[n].prior) ||
            !copied(server, q, 2, &ret[n].number))
            err = ERR_NOMEM;
        n += !err;
    }
    stmt_done(q);
    if (!err) *ret_n = n;
    return err;
}

/* Joined: the one reads as the other, whatever else was joined to either since. */
static enum err look(struct tx *tx, struct registrar_merge *m)
{
    struct merge_rows family;
    if (!m->from || !m->to) return OK;
    m->is_one = m->from == m->to;
    enum err err = m->is_one ? OK : merge_family(tx, m->from, &family);
    if (!err && !m->is_one) m->is_joined = merge_has(&family, m->to);
    return err;
}

enum err registrar_merges(struct tx *tx, struct record_reader *server, size_t most,
                          struct registrar_merge *ret, size_t *ret_n)
{
    size_t n = 0;
    enum err err = rows(tx, server, most, ret, &n);
    for (size_t i = 0; i < n && !err; i++)
        err = look(tx, &ret[i]);
    if (!err) *ret_n = n;
    return err;
}

static enum err find(struct tx *tx, struct str source, struct str prior, struct str number,
                     struct registrar_merge *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT m.source, m.is_done, coalesce(f.patient, 0), coalesce(t.patient, 0) FROM registry_merge m"
        " LEFT JOIN registry_person f ON f.source = m.source AND f.number = m.prior"
        " LEFT JOIN registry_person t ON t.source = m.source AND t.number = m.number"
        " WHERE m.source = ?1 AND m.prior = ?2 AND m.number = ?3",
        &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, prior);
    stmt_str(q, 3, number);
    err = stmt_step(q, &row);
    if (!err && row)
        *ret = (struct registrar_merge){.source = source,
                                        .prior = prior,
                                        .number = number,
                                        .is_done = stmt_get_int(q, 1) != 0,
                                        .from = stmt_get_int(q, 2),
                                        .to = stmt_get_int(q, 3)};
    stmt_done(q);
    if (!err && !row) err = ERR_NOT_FOUND;
    return err ? err : look(tx, ret);
}

enum err registrar_merge_turn(struct tx *tx, struct record_reader *server, struct str source,
                              struct str prior, struct str number, bool joins, int64_t *ret_patient)
{
    struct registrar_merge m = {0};
    struct record_head from, to;
    struct record record;
    struct record_fault fault = {0};
    enum err err = find(tx, source, prior, number, &m);
    if (err) return err;
    if (!m.is_done || m.is_one || !m.from || !m.to || m.is_joined == joins) return ERR_DENIED;
    err = record_head_at(tx, server->arena, m.from, &from);
    if (!err) err = record_head_at(tx, server->arena, m.to, &to);
    if (!err)
        err = joins ? merge_do(tx, server, from.id, to.id, &record, &fault)
                    : merge_undo(tx, server, from.id, to.id, &record, &fault);
    if (!err && fault.status) err = ERR_DENIED;
    if (!err) *ret_patient = m.to;
    return err;
}
