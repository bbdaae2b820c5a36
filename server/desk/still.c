#include "desk/still.h"
#include "base/mem.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "records/attach.h"
#include "records/grant.h"
#include <stdio.h>

enum { BODY_BYTES_MAX = 64 * 1024 };

const char *still_clock_name(enum still_clock clock)
{
    static const char *const names[STILL_CLOCKS] = {"browser", "source", "server"};
    ASSERT(clock < STILL_CLOCKS);
    return names[clock];
}

/* -- the file -- */

static enum err put_file(struct tx *tx, struct record_reader *who, const struct still *s,
                         struct record_head *ret, int *ret_status)
{
    struct buf text;
    struct json_out o;
    struct str body;
    int64_t id;
    buf_init(&text, BODY_BYTES_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Binary");
    json_put_text(&o, "contentType", s->type);
    chart_put_local(&o, "securityContext", "Encounter", s->visit->id);
    json_close(&o);
    enum err err = chart_take(who, &text, &body);
    if (!err)
        err =
            chart_write(tx, who, fhir_resource_of(STR("Binary")), (struct str){0}, 0, body, ret, ret_status);
    if (err || *ret_status) return err;
    struct attach a = {
        .record = ret->row, .version = ret->version, .patient = ret->patient, .seal = *s->seal};
    snprintf(a.type, sizeof a.type, "%s", s->type);
    err = attach_put(tx, who->records, &a, &id);
    mem_wipe(&a, sizeof a);
    return err;
}

/* -- what it is -- */

static void put_text_extension(struct json_out *o, const char *url, const char *type, struct str value)
{
    if (!value.bytes) return;
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_str(o, type, value);
    json_close(o);
}

static void put_int_extension(struct json_out *o, const char *url, int64_t value)
{
    if (value <= 0) return;
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_int(o, "valuePositiveInt", value);
    json_close(o);
}

static void put_circumstances(struct json_out *o, const struct still *s)
{
    json_open_array(o, "extension");
    put_text_extension(o, STILL_SOURCE_URL, "valueString", s->source);
    json_open(o, NULL);
    json_put_text(o, "url", STILL_URL);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_put_text(o, "url", "at");
    json_put_instant(o, "valueInstant", s->at);
    json_close(o);
    put_text_extension(o, "clock", "valueCode", str_of(still_clock_name(s->clock)));
    put_text_extension(o, "kind", "valueCode", s->track ? STR("track") : STR("camera"));
    put_text_extension(o, "device", "valueString", s->device);
    put_int_extension(o, "track", s->track);
    put_int_extension(o, "width", s->width);
    put_int_extension(o, "height", s->height);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
}

/* What is secret of the visit is secret of its pictures; what is ours to give (released, custody) is not passed on. */
static void put_labels(struct json_out *o, const struct chart_item *visit, bool as_concepts)
{
    uint32_t list = tape_get(&visit->tape, chart_node(visit, 0, "meta"), STR("security"));
    for (uint32_t i = 0, at; (at = tape_at(&visit->tape, list, i)) != TAPE_NONE; i++) {
        uint32_t system = tape_get(&visit->tape, at, STR("system"));
        if (system != TAPE_NONE && tape_is_text(&visit->tape, system, RECORD_LABEL_SYSTEM)) continue;
        if (as_concepts) {
            json_open(o, NULL);
            json_open_array(o, "coding");
        }
        json_put_raw(o, NULL, tape_raw(&visit->tape, at));
        if (!as_concepts) continue;
        json_close_array(o);
        json_close(o);
    }
}

static enum err has_labels(const struct chart_item *visit, bool *ret)
{
    struct buf text;
    struct json_out o;
    buf_init(&text, BODY_BYTES_MAX);
    json_out_init(&o, &text);
    json_open_array(&o, NULL);
    put_labels(&o, visit, false);
    json_close_array(&o);
    enum err err = text.err;
    *ret = text.bytes > 2;
    buf_done(&text);
    return err;
}

static void put_attachment(struct json_out *o, const struct still *s, const struct record_head *file)
{
    char sha[2 * DIGEST_BYTES + 1], url[80];
    snprintf(url, sizeof url, "Binary/%.*s", (int)file->id.bytes, file->id.at);
    str_hex(s->seal->sha256.at, DIGEST_BYTES, sha);
    json_open_array(o, "content");
    json_open(o, NULL);
    json_open(o, "attachment");
    json_open_array(o, "extension");
    put_text_extension(o, STILL_SHA256_URL, "valueString", str_of(sha));
    json_close_array(o);
    json_put_text(o, "contentType", s->type);
    json_put_text(o, "url", url);
    json_put_int(o, "size", s->seal->bytes);
    json_put_instant(o, "creation", s->at);
    json_close(o);
    json_close(o);
    json_close_array(o);
}

static enum err put_document(struct tx *tx, struct record_reader *who, const struct still *s,
                             const struct chart_item *visit, const struct record_head *file, struct buf *to)
{
    struct json_out o;
    bool is_labelled;
    enum err err = has_labels(visit, &is_labelled);
    if (err) return err;
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "DocumentReference");
    if (is_labelled) {
        json_open(&o, "meta");
        json_open_array(&o, "security");
        put_labels(&o, visit, false);
        json_close_array(&o);
        json_close(&o);
    }
    put_circumstances(&o, s);
    json_put_text(&o, "status", "current");
    json_put_text(&o, "docStatus", "final");
    json_open(&o, "type");
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", "http://loinc.org");
    json_put_text(&o, "code", "72170-4");
    json_put_text(&o, "display", "Photographic image");
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    chart_put_local(&o, "subject", "Patient", s->patient_id);
    json_put_instant(&o, "date", tx->now);
    json_open_array(&o, "author");
    err = chart_put_person(tx, who, &o, NULL, s->account, s->display);
    json_close_array(&o);
    if (s->source.bytes) json_put_str(&o, "description", s->source);
    if (is_labelled) {
        json_open_array(&o, "securityLabel");
        put_labels(&o, visit, true);
        json_close_array(&o);
    }
    put_attachment(&o, s, file);
    json_open(&o, "context");
    json_open_array(&o, "encounter");
    chart_put_local(&o, NULL, "Encounter", s->visit->id);
    json_close_array(&o);
    json_open(&o, "period");
    json_put_instant(&o, "start", s->at);
    json_put_instant(&o, "end", s->at);
    json_close(&o);
    json_close(&o);
    json_close(&o);
    return err;
}

/* The server reads the visit: its labels are needed whole, whatever the taker sees of it. */
static enum err read_visit(struct tx *tx, struct record_reader *who, const struct still *s,
                           struct chart_item *ret)
{
    struct record_reader server = {.records = who->records, .arena = who->arena};
    return chart_one(tx, &server, "Encounter", s->visit->id, ret);
}

enum err still_put(struct tx *tx, struct record_reader *who, const struct still *s, struct still_made *ret,
                   int *ret_status)
{
    struct chart_item visit;
    struct buf text;
    struct str body;
    *ret_status = 0;
    enum err err = read_visit(tx, who, s, &visit);
    if (!err) err = put_file(tx, who, s, &ret->file, ret_status);
    if (err || *ret_status) return err;
    buf_init(&text, BODY_BYTES_MAX);
    err = put_document(tx, who, s, &visit, &ret->file, &text);
    if (err) {
        buf_done(&text);
        return err;
    }
    err = chart_take(who, &text, &body);
    if (err) return err;
    return chart_write(tx, who, fhir_resource_of(STR("DocumentReference")), (struct str){0}, 0, body,
                       &ret->document, ret_status);
}

enum err still_share(struct tx *tx, const struct still *s, const struct still_made *made)
{
    enum err err = grant_attach_all(tx, s->visit->row, made->document.row);
    return err ? err : grant_attach_all(tx, s->visit->row, made->file.row);
}
