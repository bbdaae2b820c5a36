#include "desk/hospital_department.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "records/search.h"

enum { BODY_MAX = 8 * 1024, SERVICES_MAX = 200 };
_Static_assert(DEPARTMENTS <= 32, "a bit each");

/* Those of a hospital, whether active or not: the service of each department, none: id at NULL. */
struct services {
    struct chart_item of[DEPARTMENTS];
    uint32_t known, active;
};

static enum err read_one(struct tx *tx, struct record_reader *server, int64_t row, struct services *to)
{
    struct record_head head;
    struct chart_item item;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err) err = chart_one(tx, server, "HealthcareService", head.id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    const struct department *d = department_of(chart_text(server, &item, 0, "specialty.coding.code"));
    if (!d) return OK;
    uint32_t at = (uint32_t)(d - departments), node = tape_get(&item.tape, 0, STR("active"));
    bool is_active = node == TAPE_NONE || item.tape.nodes[node].kind == TAPE_TRUE;
    if (to->active & 1u << at) return OK; /* another of the same that is active came first */
    to->of[at] = item;
    to->known |= 1u << at;
    if (is_active) to->active |= 1u << at;
    return OK;
}

static enum err read_all(struct tx *tx, struct record_reader *server, struct str hospital,
                         struct services *to)
{
    struct record_fault fault = {0};
    uint32_t n = 0;
    int64_t *rows = arena_alloc(server->arena, SERVICES_MAX * sizeof *rows);
    const char *query =
        arena_printf(server->arena, "organization=Organization/%.*s", (int)hospital.bytes, hospital.at);
    *to = (struct services){0};
    if (!rows || !query) return ERR_NOMEM;
    enum err err = search_rows(tx, server, fhir_resource_of(STR("HealthcareService")), str_of(query), rows,
                               SERVICES_MAX, &n, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < n && !err; i++)
        err = read_one(tx, server, rows[i], to);
    return err;
}

enum err hospital_departments(struct tx *tx, struct record_reader *server, struct str hospital, uint32_t *ret)
{
    struct services *all = arena_zalloc(server->arena, sizeof *all);
    enum err err = all ? read_all(tx, server, hospital, all) : ERR_NOMEM;
    if (!err) *ret = all->active;
    return err;
}

static void put_body(struct json_out *o, const struct standing_hospital *h, const struct department *d,
                     const char *reference)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "HealthcareService");
    json_put_bool(o, "active", true);
    json_open(o, "providedBy");
    json_put_text(o, "reference", reference);
    json_put_str(o, "display", h->name);
    json_close(o);
    json_open_array(o, "specialty");
    json_open(o, NULL);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", DEPARTMENT_SYSTEM);
    json_put_text(o, "code", d->code);
    json_put_text(o, "display", d->words);
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
    json_put_text(o, "name", d->words);
    json_close(o);
}

static enum err create(struct tx *tx, struct record_reader *server, const struct standing_hospital *h,
                       const struct department *d)
{
    struct buf body;
    struct json_out o;
    struct str text;
    const char *reference = arena_printf(server->arena, "Organization/%.*s", (int)h->id.bytes, h->id.at);
    if (!reference) return ERR_NOMEM;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_body(&o, h, d, reference);
    enum err err = chart_take(server, &body, &text);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("HealthcareService")), STR(""), 0, text, NULL,
                             NULL);
}

static enum err turn(struct tx *tx, struct record_reader *server, const struct chart_item *service, bool on)
{
    static const char *const patches[] = {"[{\"op\":\"add\",\"path\":\"/active\",\"value\":false}]",
                                          "[{\"op\":\"add\",\"path\":\"/active\",\"value\":true}]"};
    return chart_write_steps(tx, server, &service->head, 0, str_of(patches[on]), NULL, NULL);
}

static enum err find_hospital(struct tx *tx, struct record_reader *server, struct str id,
                              struct standing_hospital *ret)
{
    struct standing_hospital *all;
    uint32_t n, i = 0;
    enum err err = standing_hospitals(tx, server, &all, &n);
    if (err) return err;
    while (i < n && !str_is(all[i].id, id))
        i++;
    if (i < n) *ret = all[i];
    return i < n ? OK : ERR_NOT_FOUND;
}

enum err hospital_departments_put(struct tx *tx, struct record_reader *server, struct str hospital,
                                  uint32_t wanted)
{
    struct standing_hospital h;
    struct services *all = arena_zalloc(server->arena, sizeof *all);
    enum err err = all ? find_hospital(tx, server, hospital, &h) : ERR_NOMEM;
    if (!err) err = read_all(tx, server, hospital, all);
    for (uint32_t d = 0; d < DEPARTMENTS && !err; d++) {
        bool is_wanted = wanted & 1u << d, is_active = all->active & 1u << d;
        if (is_wanted == is_active) continue;
        if (all->known & 1u << d)
            err = turn(tx, server, &all->of[d], is_wanted);
        else
            err = create(tx, server, &h, &departments[d]);
    }
    return err;
}
