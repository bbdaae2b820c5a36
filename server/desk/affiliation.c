#include "desk/affiliation.h"
#include "desk/chart.h"
#include "records/search.h"

enum err affiliation_of(struct tx *tx, struct record_reader *server, int64_t practitioner,
                        struct str *ret_name)
{
    struct record_head head;
    struct record_fault fault = {0};
    struct chart_item role, organisation;
    int64_t rows[1];
    uint32_t n = 0;
    *ret_name = (struct str){0};
    enum err err = record_head_at(tx, server->arena, practitioner, &head);
    const char *query =
        err ? NULL
            : arena_printf(server->arena, "practitioner=Practitioner/%.*s", (int)head.id.bytes, head.id.at);
    if (!err && !query) err = ERR_NOMEM;
    if (!err)
        err = search_rows(tx, server, fhir_resource_of(STR("PractitionerRole")), str_of(query), rows, 1, &n,
                          &fault);
    if (err || n == 0) return err;
    err = record_head_at(tx, server->arena, rows[0], &head);
    if (!err) err = chart_one(tx, server, "PractitionerRole", head.id, &role);
    if (err) return err;
    struct str id = chart_text(server, &role, 0, "organization.reference");
    *ret_name = chart_text(server, &role, 0, "organization.display");
    (void)str_cut(&id, '/');
    if (ret_name->bytes || id.bytes == 0) return OK;
    err = chart_one(tx, server, "Organization", id, &organisation);
    if (!err) *ret_name = chart_text(server, &organisation, 0, "name");
    return err == ERR_NOT_FOUND ? OK : err;
}
