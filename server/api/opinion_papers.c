/* What of a signed opinion is handed out: a PDF with its bundle inside, and the bundle alone. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/opinion_parts.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "base/mem.h"
#include "desk/opinion_sheet.h"
#include "records/records.h"

enum { PDF_BYTES_MAX = 32 * 1024 * 1024 };

static enum err trace(struct request *r, struct opinion_call *c)
{
    const char *target = record_parts_target(r, &c->opinion.visit);
    enum err err = record_traced(&c->who, &c->opinion.composition);
    if (!err && !target) err = ERR_NOMEM;
    return err ? err : request_trace(r, &c->who, r->route->audit, target, "");
}

enum err opinion_bundle_look(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct opinion_bundle bundle;
    enum err err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    err = opinion_bundle_open(tx, &c->all, &c->opinion, str_of(request_site(r)->settings.name), &bundle);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    r->answer.body.bytes_max = OPINION_BUNDLE_BYTES_MAX;
    err = opinion_bundle_close(&bundle, r->arena, (struct str){0}, &r->answer.body);
    mem_wipe(&bundle.key, sizeof bundle.key);
    r->answer.status = 200;
    answer_header(r, "content-disposition", "attachment; filename=\"bundle.json\"");
    return err ? err : trace(r, c);
}

static void wipe(void *stash)
{
    opinion_paper_done(stash);
}

enum err opinion_pdf_look(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct opinion_paper *paper = arena_zalloc(r->arena, sizeof *paper);
    struct sheet_by by = {
        .site = str_of(request_site(r)->settings.name), .display = r->who.display, .is_english = r->english};
    if (!paper) return ERR_NOMEM;
    enum err err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    by.zone = records_zone(c->all.records);
    r->stash = paper;
    r->stash_free = wipe;
    err = opinion_sheet(tx, &c->all, &by, &c->opinion, paper);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : trace(r, c);
}

void opinion_pdf_work(struct request *r)
{
    struct site *site = request_site(r);
    r->answer.body.bytes_max = PDF_BYTES_MAX;
    buf_clear(&r->answer.body);
    enum err err = opinion_sheet_pdf(r->stash, site->files, site->press, &r->answer.body);
    answer_pdf(r, err);
}

/* For whoever verifies: by what the site vouches, and the fingerprint to compare with. */
enum err site_key_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    enum err err = OK;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "keys");
    for (enum sign_algorithm a = 0; a < SIGN_ALGORITHMS && !err; a++) {
        struct site_key key;
        char print[SITE_KEY_FINGERPRINT_BYTES];
        err = site_key_find(tx, a, &key);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        if (!err) err = site_key_fingerprint(str_of(key.public), print);
        if (!err) {
            json_open(&out, NULL);
            json_put_text(&out, "algorithm", sign_name(a));
            json_put_text(&out, "public", key.public);
            json_put_text(&out, "fingerprint", print);
            json_close(&out);
        }
        mem_wipe(&key, sizeof key);
    }
    json_close_array(&out);
    json_close(&out);
    return err;
}
