/* The sealed packet of a transfer (docs/PROTOCOL §24): what the hospital is told, read by the doctor, signed, and printed. Who brings the patient carries
 * it and cannot open it: to custody there is none. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "api/transfer_parts.h"
#include "auth/password.h"
#include "base/mem.h"
#include "desk/handover.h"
#include "desk/handover_texts.h"
#include "records/records.h"

enum { PDF_BYTES_MAX = 16 * 1024 * 1024 };

static struct sheet_by by_of(struct request *r, const struct record_reader *who)
{
    return (struct sheet_by){.site = str_of(request_site(r)->settings.name),
                             .display = r->who.display,
                             .is_english = r->english,
                             .zone = records_zone(who->records)};
}

/* Where to, what for, and why. */
static struct handover_part reason_of(struct request *r, const struct transfer *t)
{
    enum handover_word kind = str_is_text(t->kind, "surgery")     ? HANDOVER_SURGERY
                              : str_is_text(t->kind, "emergency") ? HANDOVER_EMERGENCY
                                                                  : HANDOVER_REFERRAL;
    const char *text =
        arena_printf(r->arena, "%s  %.*s\n%.*s", handover_word(kind, r->english), (int)t->hospital_name.bytes,
                     t->hospital_name.at, (int)t->words.bytes, t->words.at);
    return (struct handover_part){str_of(handover_word(HANDOVER_REASON, r->english)),
                                  str_of(text ? text : "")};
}

static enum err gather(struct request *r, struct tx *tx, struct record_reader *who, const struct transfer *t,
                       struct handover *ret)
{
    struct str patient = t->patient;
    struct sheet_by by = by_of(r, who);
    (void)str_cut(&patient, '/');
    enum err err = handover_gather(tx, who, &by, HANDOVER_PACKET, patient, reason_of(r, t), ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

/* -- read before it is signed -- */

enum err transfer_packet_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct transfer t;
    struct handover h;
    struct json_out o;
    enum err err = transfer_parts_find(r, tx, &who, &t);
    if (!err && !r->fault.status) err = gather(r, tx, &who, &t, &h);
    if (err || r->fault.status) return err;
    r->answer.body.bytes_max = 4 * 1024 * 1024;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    handover_write(&h, &o);
    json_close(&o);
    return request_trace(r, &who, r->route->audit, record_parts_target(r, &t.item.head), "");
}

/* -- signed -- */

struct signing {
    struct login_proof proof;
    struct str digest;
};

enum err transfer_packet_sign_look(struct request *r, struct tx *tx)
{
    struct signing *g = r->stash = arena_zalloc(r->arena, sizeof *g);
    if (!g) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"digest", "password", NULL}) ||
        !request_text(r, "digest", 2 * DIGEST_BYTES, &g->digest) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &g->proof.password))
        return OK;
    if (!role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR)) return answer_fault(r, 403, "not_allowed", NULL);
    return login_proof_look(r, tx, &g->proof);
}

void transfer_packet_sign_work(struct request *r)
{
    struct signing *g = r->stash;
    enum err err = login_proof_work(r, &g->proof);
    if (err) fault_from_err(&r->fault, err);
}

enum err transfer_packet_judge(struct request *r, struct tx *tx, const char *digest)
{
    struct signing *g = r->stash;
    enum err err = login_proof_judge(r, tx, &g->proof, "password");
    if (err || r->fault.status) return err;
    return str_is_text(g->digest, digest) ? OK : answer_fault(r, 409, "handover_changed", NULL);
}

enum err transfer_packet_sign_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    struct transfer t;
    struct handover h;
    struct opinion_by by = {.account = r->who.account,
                            .display = r->who.display,
                            .acting = ROLE_CLINIC_DOCTOR,
                            .algorithm = request_site(r)->settings.seal};
    enum err err = transfer_parts_find(r, tx, &who, &t);
    if (err || r->fault.status) return err;
    if (transfer_is_over(&t.facts)) return answer_fault(r, 409, "transfer_over", NULL);
    err = gather(r, tx, &who, &t, &h);
    if (!err && !r->fault.status) err = transfer_packet_judge(r, tx, h.digest);
    if (err || r->fault.status) return err;
    err = handover_sign(tx, &server, &by, &h, t.encounter, &head);
    const char *packet = err ? NULL : record_parts_target(r, &head);
    if (!err && !packet) err = ERR_NOMEM;
    if (!err) err = transfer_packet_note(tx, &server, &t, str_of(packet));
    return err ? err : transfer_parts_done(r, tx, &server, &t, "packet");
}

/* -- on paper -- */

static void wipe(void *stash)
{
    opinion_paper_done(stash);
}

enum err transfer_packet_pdf_look(struct request *r, struct tx *tx)
{
    struct opinion_paper *paper = arena_zalloc(r->arena, sizeof *paper);
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    struct transfer t;
    if (!paper) return ERR_NOMEM;
    enum err err = transfer_parts_find(r, tx, &who, &t);
    if (err || r->fault.status) return err;
    struct sheet_by by = by_of(r, &who);
    struct str id = t.packet, type = str_cut(&id, '/');
    if (!t.packet.bytes) return answer_fault(r, 404, "not_found", NULL);
    err = record_parts_find(r, tx, &who, type, id, &head); /* as the asker may see it */
    if (err || r->fault.status) return err;
    const char *to = arena_printf(r->arena, "%s%.*s", handover_word(HANDOVER_TO, r->english),
                                  (int)t.hospital_name.bytes, t.hospital_name.at);
    if (!to) return ERR_NOMEM;
    r->stash = paper, r->stash_free = wipe;
    err = handover_paper(tx, &server, &by, HANDOVER_PACKET, t.packet, str_of(to), paper);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = record_traced(&who, &head);
    return err ? err
               : request_trace(r, &who, r->route->audit, record_parts_target(r, &head), ",\"packet\":true");
}

void handover_pdf_work(struct request *r)
{
    struct site *site = request_site(r);
    r->answer.body.bytes_max = PDF_BYTES_MAX;
    buf_clear(&r->answer.body);
    enum err err = opinion_sheet_pdf(r->stash, site->files, site->press, &r->answer.body);
    answer_pdf(r, err);
}
