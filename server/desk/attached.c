#include "desk/attached.h"
#include "records/grant.h"
#include "records/guard.h"
#include "records/index.h"
#include "records/tape.h"

static enum err put_files(struct tx *tx, struct record_reader *who, int64_t grant,
                          const struct record_head *document)
{
    struct str body, text;
    struct tape tape;
    struct tape_fault where;
    enum err err = record_body(tx, who, document, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (err) return err;
    uint32_t content = tape_get(&tape, 0, STR("content"));
    for (uint32_t i = 0, at; (at = tape_at(&tape, content, i)) != TAPE_NONE; i++) {
        uint32_t url = tape_get(&tape, tape_get(&tape, at, STR("attachment")), STR("url"));
        struct record_head file;
        uint16_t type;
        struct str id;
        if (url == TAPE_NONE || !tape_text(&tape, url, who->arena, &text) ||
            !index_local_reference(text, who->base, &type, &id) || type != fhir_resource_of(STR("Binary")))
            continue;
        err = record_head_find(tx, who->arena, type, id, &file);
        if (err == ERR_NOT_FOUND) continue;
        bool is_theirs =
            !err && file.patient == document->patient && (!who->guard || guard_may_see(who->guard, &file));
        if (is_theirs) err = grant_attach(tx, grant, file.row, false);
        if (err) return err;
    }
    return OK;
}

enum err attached_put(struct tx *tx, struct record_reader *who, int64_t grant,
                      const struct record_head *record)
{
    enum err err = grant_attach(tx, grant, record->row, false);
    bool is_document = record->resource == fhir_resource_of(STR("DocumentReference"));
    return err || !is_document ? err : put_files(tx, who, grant, record);
}
