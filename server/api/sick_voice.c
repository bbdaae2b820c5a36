/* A note by voice with a sick call (docs/PROTOCOL §16, decision 0258): from the detainee's own session at the terminal, straight to a sealed file under
 * the patient's key; judged by its bytes; heard by the clinic alone, each time with a row in the trail. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "base/mem.h"
#include "desk/chart_write.h"
#include "desk/voice_note.h"
#include "records/attach.h"
#include <stdio.h>

struct voice_call {
    struct voice_note note;
};

/* -- up -- */

/* The own call, that somebody is still to see, and that has none. */
static enum err find_own(struct request *r, struct tx *tx, struct sickcall *ret)
{
    struct record_reader server = clinic_server(r);
    struct sickcall_by by;
    struct record_head head;
    int64_t patient = 0;
    if (!clinic_is_detainee(r) || !chart_id_is(r->captures[0]))
        return answer_fault(r, 404, "not_found", NULL);
    enum err err = clinic_by(r, tx, &by, &patient);
    if (!err) err = record_head_find(tx, r->arena, fhir_resource_of(STR("Task")), r->captures[0], &head);
    if (!err && (head.is_deleted || patient == 0 || head.patient != patient)) err = ERR_NOT_FOUND;
    if (!err) err = sickcall_read(tx, &server, head.id, ret);
    if (err) return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
    if (ret->state >= SICK_SEEN) return answer_fault(r, 409, "sickcall_over", NULL);
    return ret->voice.bytes ? answer_fault(r, 409, "voice_there", NULL) : OK;
}

/* What it says it is; what it is, its bytes say. */
static bool is_type(struct str content_type)
{
    struct str plain = str_trim(str_cut(&content_type, ';'));
    return str_is_nocase(plain, STR("audio/webm")) || str_is_nocase(plain, STR("audio/ogg"));
}

enum err sick_voice_post_look(struct request *r, struct tx *tx)
{
    struct sickcall c;
    r->stash = arena_zalloc(r->arena, sizeof(struct voice_call));
    if (!r->stash) return ERR_NOMEM;
    enum err err = find_own(r, tx, &c);
    if (err || r->fault.status) return err;
    if (!r->upload_bytes) return answer_fault(r, 400, "voice_form", NULL);
    return is_type(r->content_type) ? OK : answer_fault(r, 415, "media_type", NULL);
}

static enum err judge(struct request *r, struct voice_note *ret)
{
    struct file_reader *reader = NULL;
    size_t bytes = (size_t)r->upload_seal.bytes, n = 0;
    if (r->upload_seal.bytes > VOICE_NOTE_BYTES_MAX) return answer_fault(r, 413, "too_large", NULL);
    char *held = mem_alloc(bytes + 1);
    if (!held) return ERR_NOMEM;
    enum err err = file_reader_new(request_site(r)->files, &r->upload_seal, &reader);
    if (!err) err = file_reader_get(reader, 0, held, bytes, &n);
    file_reader_free(reader);
    enum voice_no no = err ? VOICE_YES : voice_note_read((struct str){held, n}, ret);
    mem_wipe(held, bytes);
    mem_free(held);
    if (no == VOICE_NO_FORM) return answer_fault(r, 415, "voice_form", NULL);
    return no == VOICE_NO_LONG ? answer_fault(r, 413, "voice_long", NULL) : err;
}

void sick_voice_post_work(struct request *r)
{
    struct voice_call *v = r->stash;
    if (!r->upload) return;
    enum err err = judge(r, &v->note);
    if (!err && !r->fault.status) err = file_writer_place(r->upload);
    if (err) fault_from_err(&r->fault, err);
}

static enum err put_file(struct request *r, struct tx *tx, struct record_reader *server,
                         const struct sickcall *c, const struct voice_note *note, struct record_head *ret)
{
    struct buf text;
    struct json_out o;
    struct str body;
    int64_t id;
    buf_init(&text, 4096);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Binary");
    json_put_text(&o, "contentType", note->type);
    chart_put_reference(&o, "securityContext", c->patient);
    json_close(&o);
    enum err err = chart_take(server, &text, &body);
    if (!err)
        err =
            chart_write(tx, server, fhir_resource_of(STR("Binary")), (struct str){"", 0}, 0, body, ret, NULL);
    if (err) return err;
    struct attach a = {
        .record = ret->row, .version = ret->version, .patient = ret->patient, .seal = r->upload_seal};
    snprintf(a.type, sizeof a.type, "%s", note->type);
    err = attach_put(tx, server->records, &a, &id);
    mem_wipe(&a, sizeof a);
    return err;
}

enum err sick_voice_post_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct voice_call *v = r->stash;
    struct record_head file;
    struct sickcall c;
    if (!r->upload) return answer_fault(r, 400, "voice_form", NULL);
    enum err err = find_own(r, tx, &c);
    if (err || r->fault.status) return err;
    err = put_file(r, tx, &server, &c, &v->note, &file);
    if (!err) err = sickcall_put_voice(tx, &server, &c, &file, v->note.ms);
    if (!err)
        err = clinic_done(r, tx, &server, &c.item.head,
                          arena_printf(r->arena, "{\"ms\":%lld,\"bytes\":%lld}", (long long)v->note.ms,
                                       (long long)r->upload_seal.bytes));
    if (err) return err;
    r->upload_kept = true;
    return answer_empty(r, 204);
}

/* -- heard -- */

enum err sick_voice_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head, file;
    struct sickcall c;
    struct attach a = {0};
    enum err err = record_parts_reader(r, tx, &who);
    if (!err && clinic_is_detainee(r)) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = record_parts_find(r, tx, &who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = sickcall_read(tx, &server, head.id, &c);
    struct str id = err ? (struct str){"", 0} : c.voice;
    if (!err && !id.bytes) err = ERR_NOT_FOUND;
    if (!err) (void)str_cut(&id, '/');
    if (!err) err = record_head_find(tx, r->arena, fhir_resource_of(STR("Binary")), id, &file);
    if (!err && (file.is_deleted || !guard_may_see(who.guard, &file))) err = ERR_NOT_FOUND;
    if (!err) err = attach_of(tx, request_site(r)->records, file.row, file.version, &a);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    const char *type = err ? NULL : arena_text(r->arena, a.type, strlen(a.type));
    if (!err) err = type ? answer_file(r, &a.seal, type, NULL) : ERR_NOMEM;
    mem_wipe(&a, sizeof a);
    if (!err) err = record_traced(&who, &head);
    if (!err) err = record_traced(&who, &file);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &head), "");
}
