/* What is printed: a PDF of what the asker may see, gathered on a reader, traced as print, drawn on an errand thread. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/trace.h"
#include "desk/chart.h"
#include "desk/sheet.h"
#include "desk/texts.h"
#include "records/records.h"

enum { PDF_BYTES_MAX = 16 * 1024 * 1024 };

typedef enum err gather(struct tx *tx, struct record_reader *who, const struct sheet_by *by, struct str id,
                        struct paper *ret);

static enum err trace(struct request *r, const struct record_reader *who, const char *type)
{
    struct str id = r->captures[0];
    const char *target = arena_printf(r->arena, "%s/%.*s", type, (int)id.bytes, id.at);
    return target ? request_trace(r, who, r->route->audit, target, "") : ERR_NOMEM;
}

/* Whoever has no part in care has no paper of it: the 404 of what is absent. */
static const uint32_t printers =
    ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE) | ROLE_BIT(ROLE_PHARMACIST);

static enum err look(struct request *r, struct tx *tx, const char *type, gather *fill)
{
    struct record_reader who = {.records = request_site(r)->records, .arena = r->arena};
    struct sheet_by by = {.site = str_of(request_site(r)->settings.name),
                          .display = r->who.display,
                          .is_english = r->english,
                          .zone = records_zone(who.records)};
    struct paper *paper = arena_zalloc(r->arena, sizeof *paper);
    if (!paper) return ERR_NOMEM;
    if (!(r->who.roles.bits & printers) || !chart_id_is(r->captures[0]))
        return answer_fault(r, 404, "not_found", NULL);
    enum err err = fhir_guard(r, tx, &who);
    if (!err) err = fill(tx, &who, &by, r->captures[0], paper);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    r->stash = paper;
    return err ? err : trace(r, &who, type);
}

enum err sheet_summary_look(struct request *r, struct tx *tx)
{
    return look(r, tx, "Patient", sheet_summary);
}

enum err sheet_note_look(struct request *r, struct tx *tx)
{
    return look(r, tx, "Composition", sheet_note);
}

void sheet_work(struct request *r)
{
    uint32_t pages;
    r->answer.body.bytes_max = PDF_BYTES_MAX;
    buf_clear(&r->answer.body);
    enum err err = paper_pdf(request_site(r)->press, r->stash, &r->answer.body, &pages);
    answer_pdf(r, err);
}
