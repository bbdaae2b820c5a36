#include "store/audit.h"
#include "base/mem.h"
#include "store/anchor.h"
#include "store/audit_chain.h"
#include "store/audit_hash.h"
#include "store/fact.h"

/* Rows a statement reads before it lets its snapshot go, so that a long verification pins no log. */
enum { ROWS_A_TURN = 20000 };

struct walk {
    struct db *db;
    struct digest *digest;
    struct anchor_signer signer;
    struct audit_report report;
    bool is_anchored; /* report.anchor is genuine */
    int64_t rows_all;
};

const char *audit_damage_text(enum audit_damage d)
{
    static const char *const texts[] = {"", "edited", "missing", "order", "truncated", "anchor"};
    ASSERT((size_t)d < COUNT_OF(texts));
    return texts[d];
}

static void damaged(struct walk *w, enum audit_damage damage, int64_t seq)
{
    w->report.damage = damage;
    w->report.seq = seq;
}

static void row_get(struct stmt *s, struct audit_full *row, struct str *ret_hash)
{
    row->head.seq = stmt_get_int(s, 0);
    row->head.epoch = stmt_get_int(s, 1);
    row->head.at = stmt_get_instant(s, 2);
    row->outcome = stmt_get_int(s, 3);
    *ret_hash = stmt_get_blob(s, 4);
    for (int i = 0; i < AUDIT_TEXTS; i++)
        row->texts[i] = stmt_get_str(s, 5 + i);
    if (ret_hash->bytes == DIGEST_BYTES) memcpy(row->head.hash.at, ret_hash->at, DIGEST_BYTES);
}

static enum err rows_after(struct walk *w, int64_t seq, struct stmt **ret_stmt)
{
    enum err err = db_stmt(w->db,
                           "SELECT seq, epoch, at, outcome, hash, actor, role, from_, action, target, detail"
                           " FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                           ret_stmt);
    if (err) return err;
    stmt_int(*ret_stmt, 1, seq);
    stmt_int(*ret_stmt, 2, ROWS_A_TURN);
    return OK;
}

/* Row `seq` does not follow: is the row that belongs here standing at a later place? Then rows were reordered. */
static enum err find_moved(struct walk *w, const struct digest_value *before, int64_t seq, bool *ret_moved)
{
    bool more = true, moved = false;
    int64_t at = seq;
    enum err err = OK;
    while (!err && more && !moved) {
        struct stmt *s;
        int n = 0;
        err = rows_after(w, at, &s);
        while (!err && !moved && !(err = stmt_step(s, &more)) && more) {
            struct audit_full row;
            struct str stored;
            row_get(s, &row, &stored);
            at = row.head.seq;
            row.head.seq = seq;
            struct digest_value hash = audit_hash(w->digest, before, &row);
            moved = stored.bytes == DIGEST_BYTES && memcmp(hash.at, stored.at, DIGEST_BYTES) == 0;
            n++;
        }
        if (!err) stmt_done(s);
        more = n == ROWS_A_TURN;
    }
    if (!err) *ret_moved = moved;
    return err;
}

/* What the row at hand says about the chain; damage is noted in the report. */
static enum err look_at(struct walk *w, const struct audit_full *row, struct str stored)
{
    struct audit_head *head = &w->report.head;
    const struct audit_head *anchor = &w->report.anchor;
    int64_t expected = head->seq + 1;
    if (row->head.seq > expected) {
        damaged(w, AUDIT_MISSING, expected);
        return OK;
    }
    bool fits = row->head.seq == expected && row->head.epoch >= head->epoch && row->outcome >= AUDIT_OK &&
                row->outcome <= AUDIT_FAILED && stored.bytes == DIGEST_BYTES;
    if (fits) {
        struct digest_value hash = audit_hash(w->digest, &head->hash, row);
        fits = memcmp(hash.at, stored.at, DIGEST_BYTES) == 0;
    }
    if (!fits) {
        bool moved = false;
        enum err err = find_moved(w, &head->hash, row->head.seq, &moved);
        damaged(w, moved ? AUDIT_ORDER : AUDIT_EDITED, row->head.seq);
        return err;
    }
    if (w->is_anchored && row->head.seq == anchor->seq &&
        memcmp(stored.at, anchor->hash.at, DIGEST_BYTES) != 0) {
        damaged(w, AUDIT_EDITED,
                row->head.seq); /* every hash was made anew up to here, but nobody can sign */
        return OK;
    }
    *head = row->head;
    w->report.rows++;
    return OK;
}

static enum err walk_turn(struct walk *w, int *ret_rows)
{
    struct stmt *s;
    bool more = true;
    int n = 0;
    enum err err = rows_after(w, w->report.rows ? w->report.head.seq : INT64_MIN, &s);
    if (err) return err;
    while (!err && w->report.damage == AUDIT_WHOLE && !(err = stmt_step(s, &more)) && more) {
        struct audit_full row;
        struct str stored;
        row_get(s, &row, &stored);
        err = look_at(w, &row, stored);
        n++;
    }
    stmt_done(s);
    *ret_rows = n;
    return err;
}

static enum err count_rows(struct walk *w)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(w->db, "SELECT ifnull(max(seq), 0) FROM audit", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    w->rows_all = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}

/* The anchor is read first: what is committed while we walk is ahead of it, never behind. */
static void anchor_load(struct walk *w, const char *path)
{
    struct anchor a;
    if (anchor_read(path, &a, NULL) != OK || !anchor_is_of(&a, &w->signer)) return;
    w->is_anchored = true;
    w->report.anchor = a.head;
}

enum err audit_verify(struct db *db, const char *anchor_path, struct audit_report *ret,
                      void (*progress)(void *ctx, int64_t done, int64_t of), void *ctx)
{
    struct walk w = {.db = db, .digest = digest_new()};
    enum err err = w.digest ? OK : ERR_NOMEM;
    if (!err) err = fact_signer(db, &w.signer);
    if (!err) anchor_load(&w, anchor_path);
    if (!err) err = count_rows(&w);
    w.report.head.hash = audit_genesis(w.signer.site);
    for (int n = ROWS_A_TURN; !err && n == ROWS_A_TURN && w.report.damage == AUDIT_WHOLE;) {
        err = walk_turn(&w, &n);
        if (!err && progress) progress(ctx, w.report.rows, w.rows_all);
    }
    if (!err && w.report.damage == AUDIT_WHOLE) {
        if (!w.is_anchored)
            damaged(&w, AUDIT_ANCHOR, w.report.head.seq);
        else if (w.report.head.seq < w.report.anchor.seq)
            damaged(&w, AUDIT_TRUNCATED, w.report.head.seq + 1);
    }
    digest_free(w.digest);
    mem_wipe(&w.signer, sizeof w.signer);
    if (!err) *ret = w.report;
    return err;
}
