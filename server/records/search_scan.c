#include "records/search_scan.h"
#include "records/index_place.h"
#include "records/number.h"

/* patient, record, labels, lifecycle, entries */
static void stand(struct stmt *s, uint16_t resource, struct search_row *to)
{
    uint64_t words;
    to->head = (struct record_head){.resource = resource,
                                    .row = stmt_get_int(s, 1),
                                    .patient = stmt_get_int(s, 0),
                                    .labels = (uint32_t)stmt_get_int(s, 2),
                                    .lifecycle = (enum record_lifecycle)stmt_get_int(s, 3)};
    to->entries = index_values_begin(stmt_get_blob(s, 4), &words);
    to->is_read = true;
    to->is_whole = false;
}

static enum err step_all(struct stmt *s, const struct search_scan *scan)
{
    bool more, is_enough = false;
    enum err err;
    while (!(err = stmt_step(s, &more)) && more && !is_enough) {
        stand(s, scan->resource, scan->row);
        if ((err = scan->take(scan->ctx, &is_enough)) || is_enough) break;
    }
    stmt_done(s);
    scan->row->is_read = false; /* it stood in the statement */
    return err;
}

enum err search_scan_patient(struct tx *tx, const struct search_scan *scan, int64_t patient)
{
    static const char
        together
            [] = "SELECT patient, record, labels, lifecycle, entries FROM record_value"
                 " WHERE type = ?1 AND patient = ?2 AND record < ?3 ORDER BY record DESC",
    apart[] =
        "SELECT r.patient, r.row, r.labels, r.lifecycle, v.entries FROM record r CROSS JOIN record_value v"
        " ON v.type = r.type AND v.patient = 0 AND v.record = r.row"
        " WHERE r.patient = ?2 AND r.patient <> 0 AND r.type = ?1 AND r.row < ?3 ORDER BY r.row DESC";
    struct stmt *s;
    enum err err = db_stmt(tx->db, index_place_is_apart(scan->resource) ? apart : together, &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(scan->resource));
    stmt_int(s, 2, patient);
    stmt_int(s, 3, scan->before);
    return step_all(s, scan);
}

enum err search_scan_type(struct tx *tx, const struct search_scan *scan)
{
    static const char
        together
            [] = "SELECT patient, record, labels, lifecycle, entries FROM record_value WHERE type = ?1",
    apart[] =
        "SELECT r.patient, r.row, r.labels, r.lifecycle, v.entries FROM record_value v CROSS JOIN record r"
        " ON r.row = v.record WHERE v.type = ?1";
    struct stmt *s;
    enum err err = db_stmt(tx->db, index_place_is_apart(scan->resource) ? apart : together, &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(scan->resource));
    return step_all(s, scan);
}
