/* Lawful erasure by two: the privacy officer asks, another person confirms or declines. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "base/log.h"
#include "desk/bulk.h"
#include "desk/film_disk.h"
#include "desk/film_keep.h"
#include "records/attach.h"
#include "records/erasure.h"
#include "records/merge.h"

enum err erasures_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    enum err err = erasure_list(tx, &out);
    json_close_array(&out);
    json_close(&out);
    return err ? err : request_audit(r, "erasure.list", NULL, AUDIT_OK, NULL);
}

/* The officer sees no patient: the id is named by the order that is carried out, and need only exist. */
enum err erasure_ask_write(struct request *r, struct tx *tx)
{
    struct str patient, reason, code;
    struct record_head head;
    int64_t id;
    if (!request_only(r, (const char *const[]){"patient", "reason", "code", NULL}) ||
        !request_text(r, "patient", RECORD_ID_BYTES_MAX, &patient) ||
        !request_text(r, "reason", ERASURE_REASON_BYTES_MAX, &reason) ||
        !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    if (!str_trim(reason).bytes) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = record_head_find(tx, r->arena, fhir_resource_of(STR("Patient")), patient, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = request_about(r, head.row);
    if (!err) err = login_prove_again(r, tx, code);
    if (err || r->fault.status) return err;
    err = erasure_ask(tx, head.row, reason, r->who.account, &id);
    if (err == ERR_EXISTS) {
        answer_fault(r, 409, "asked_already", NULL);
        return err;
    }
    const char *target = record_parts_target(r, &head);
    if (!err && !target) err = ERR_NOMEM;
    if (!err) err = request_audit(r, "erasure.ask", target, AUDIT_OK, NULL);
    if (err) return err;
    return answer_new(r, id);
}

/* Names of files whose keys are gone; the files go after the commit. */
struct gone {
    struct gone *next;
    bool is_film;
    char name[FILE_SEAL_NAME_BYTES];
};
_Static_assert(FILE_SEAL_NAME_BYTES == FILM_NAME_TEXT, "both are named alike");

static enum err note(struct request *r, const char *name, bool is_film)
{
    struct gone *g = arena_zalloc(r->arena, sizeof *g);
    if (!g) return ERR_NOMEM;
    g->next = r->stash;
    g->is_film = is_film;
    memcpy(g->name, name, sizeof g->name);
    r->stash = g;
    return OK;
}

static enum err note_gone(void *ctx, const char *name)
{
    return note(ctx, name, false);
}

static enum err note_film(void *ctx, const char *name)
{
    return note(ctx, name, true);
}

/* What a legal hold keeps is not erased, nor what is being recorded: all of the erasure is taken back. */
static enum err forget_films(struct request *r, struct tx *tx, int64_t patient)
{
    enum film_no no = FILM_YES;
    enum err err = film_keep_no_of(tx, patient, &no);
    if (!err && no != FILM_YES) {
        (void)!answer_fault(r, 409, no == FILM_NO_HELD ? "recording_held" : "recording_runs", NULL);
        err = ERR_DENIED;
    }
    return err ? err : film_forget_of(tx, patient, note_film, r);
}

static enum err forget_files(struct request *r, struct tx *tx, int64_t patient)
{
    struct merge_rows all;
    enum err err = merge_rows(tx, patient, &all);
    for (uint32_t i = 0; i < all.count && !err; i++) {
        err = attach_forget(tx, all.at[i], note_gone, r);
        if (!err) err = forget_films(r, tx, all.at[i]);
    }
    return err;
}

/* One that could not be removed is noise already, and is swept at the next start. */
static void destroy_files(struct request *r)
{
    if (request_site(r)->bulk) bulk_drop_all(request_site(r)->bulk);
    for (struct gone *g = r->stash; g; g = g->next) {
        enum err err = g->is_film ? film_remove(request_site(r)->recordings, g->name)
                                  : file_seal_destroy(request_site(r)->files, g->name);
        if (err) log_warn("api", "erased_file_stays");
    }
}

enum err erasure_decide_write(struct request *r, struct tx *tx)
{
    struct str verdict, code;
    struct record_head head;
    int64_t id, patient, versions;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){"verdict", "code", NULL}) ||
        !request_text(r, "verdict", 16, &verdict) || !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    bool is_done = str_is_text(verdict, "erase");
    if (!is_done && !str_is_text(verdict, "decline")) return answer_fault(r, 400, "bad_field", "verdict");
    enum err err = login_prove_again(r, tx, code);
    if (err || r->fault.status) return err;
    err = erasure_decide(tx, request_site(r)->records, id, r->who.account, is_done, &patient, &versions);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_DENIED) return answer_fault(r, 409, "own_erasure", NULL);
    if (!err && is_done) err = forget_files(r, tx, patient);
    if (!err) err = record_head_at(tx, r->arena, patient, &head);
    if (!err) err = request_about(r, patient);
    if (err) return err;
    if (is_done) r->apply = destroy_files;
    const char *target = record_parts_target(r, &head);
    const char *detail = arena_printf(r->arena, "{\"verdict\":\"%s\",\"versions\":%lld}",
                                      is_done ? "erase" : "decline", (long long)versions);
    if (!target || !detail) return ERR_NOMEM;
    err = request_audit(r, "erasure.decide", target, AUDIT_OK, detail);
    return err ? err : answer_empty(r, 204);
}
