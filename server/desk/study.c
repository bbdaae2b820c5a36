#include "desk/study.h"
#include "base/json.h"
#include <stdio.h>
#include <stdlib.h>

#define DCM "http://dicom.nema.org/resources/ontology/DCM"

/* -- attributes -- */

static uint32_t first_value(const struct tape *said, const char *tag)
{
    return tape_at(said, tape_get(said, tape_get(said, 0, str_of(tag)), STR("Value")), 0);
}

static struct str plain_text(const struct tape *said, uint32_t node, struct arena *arena)
{
    struct str text = {0};
    if (node == TAPE_NONE) return text;
    if (said->nodes[node].kind == TAPE_NUMBER) return tape_raw(said, node);
    return tape_text(said, node, arena, &text) ? text : (struct str){0};
}

struct str study_text(const struct tape *said, const char *tag, struct arena *arena)
{
    static const char *const parts[] = {"Alphabetic", "Ideographic", "Phonetic"};
    uint32_t node = first_value(said, tag);
    struct str all = {0};
    if (node == TAPE_NONE || said->nodes[node].kind != TAPE_OBJECT) return plain_text(said, node, arena);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct str one = plain_text(said, tape_get(said, node, str_of(parts[i])), arena);
        if (!one.bytes) continue;
        const char *joined = arena_printf(arena, "%.*s%s%.*s", (int)all.bytes, all.at ? all.at : "",
                                          all.bytes ? "=" : "", (int)one.bytes, one.at);
        if (!joined) return (struct str){0};
        all = str_of(joined);
    }
    return all;
}

int64_t study_int(const struct tape *said, const char *tag)
{
    uint32_t node = first_value(said, tag);
    int64_t n;
    if (node == TAPE_NONE) return 0;
    struct str text = tape_raw(said, node);
    if (text.bytes >= 2 && text.at[0] == '"') text.at++, text.bytes -= 2;
    return str_to_i64(str_trim(text), &n) ? n : 0;
}

struct str study_raw(const struct tape *said, struct str tag)
{
    uint32_t node = tape_get(said, 0, tag);
    return node == TAPE_NONE ? (struct str){0} : tape_raw(said, node);
}

static bool is_digits(struct str s, size_t n)
{
    if (s.bytes < n) return false;
    for (size_t i = 0; i < n; i++)
        if (s.at[i] < '0' || s.at[i] > '9') return false;
    return true;
}

static unsigned number(const char *at, int digits)
{
    unsigned n = 0;
    for (int i = 0; i < digits; i++)
        n = n * 10 + (unsigned)(at[i] - '0');
    return n;
}

/* Without a zone of its own, a time is the site's. */
bool study_date(struct str date, struct str time, const struct zone *zone, char *ret)
{
    if (!date.at || !is_digits(date, 8)) return false;
    unsigned year = number(date.at, 4), month = number(date.at + 4, 2), day = number(date.at + 6, 2);
    if (!date_is_real((int32_t)year, month, day)) return false;
    int n = snprintf(ret, 40, "%.4s-%.2s-%.2s", date.at, date.at + 4, date.at + 6);
    bool has_time = time.at && is_digits(time, 6) && memcmp(time.at, "24", 2) < 0 &&
                    memcmp(time.at + 2, "60", 2) < 0 && memcmp(time.at + 4, "60", 2) < 0;
    if (!has_time) return true;
    unsigned second = number(time.at, 2) * 3600 + number(time.at + 2, 2) * 60 + number(time.at + 4, 2);
    struct wall wall = wall_of(date_of((int32_t)year, month, day), (int32_t)second);
    int offset = zone ? zone_offset(zone, zone_instant(zone, wall, NULL)).s / 60 : 0, size = abs(offset);
    snprintf(ret + n, 40 - (size_t)n, "T%.2s:%.2s:%.2s%c%02d:%02d", time.at, time.at + 2, time.at + 4,
             offset < 0 ? '-' : '+', size / 60, size % 60);
    return true;
}

/* -- the resource -- */

/* FHIR refuses empty texts and those with blanks at their ends (string, code). */
static void put_text(struct json_out *o, const char *key, struct str text)
{
    text = str_trim(text);
    if (text.bytes) json_put_str(o, key, text);
}

static bool is_ours(struct str name)
{
    static const char *const ours[] = {"resourceType",      "id",      "identifier", "status",
                                       "modality",          "subject", "started",    "numberOfSeries",
                                       "numberOfInstances", "series",  "description"};
    for (size_t i = 0; i < COUNT_OF(ours); i++)
        if (str_is_text(name, ours[i])) return true;
    return false;
}

/* What others wrote into it (labels, encounter, reason) stays. */
static enum err put_others(const struct study_write *w, struct json_out *o)
{
    struct tape old;
    struct tape_fault where;
    if (!w->old.at) return OK;
    enum err err = tape_read(w->arena, w->old, RECORD_NODES_MAX, &old, &where);
    if (err) return err;
    uint32_t id = tape_get(&old, 0, STR("id"));
    if (id != TAPE_NONE) json_put_raw(o, "id", tape_raw(&old, id));
    for (uint32_t n = 1; n < old.nodes[0].end; n = old.nodes[n].end) {
        struct str name = tape_name(&old, n);
        if (is_ours(name)) continue;
        const char *key = arena_text(w->arena, name.at, name.bytes);
        if (!key) return ERR_NOMEM;
        json_put_raw(o, key, tape_raw(&old, n));
    }
    return OK;
}

static void put_identifiers(struct json_out *o, const char *study, struct str accession)
{
    char uid[PICTURE_UID_BYTES + 8];
    snprintf(uid, sizeof uid, "urn:oid:%s", study);
    json_open_array(o, "identifier");
    json_open(o, NULL);
    json_put_text(o, "system", "urn:dicom:uid");
    json_put_text(o, "value", uid);
    json_close(o);
    if (str_trim(accession).bytes) {
        json_open(o, NULL);
        json_open(o, "type");
        json_open_array(o, "coding");
        json_open(o, NULL);
        json_put_text(o, "system", "http://terminology.hl7.org/CodeSystem/v2-0203");
        json_put_text(o, "code", "ACSN");
        json_close(o);
        json_close_array(o);
        json_close(o);
        json_put_str(o, "value", str_trim(accession));
        json_close(o);
    }
    json_close_array(o);
}

static void put_modality(struct json_out *o, const char *key, struct str code)
{
    code = str_trim(code);
    json_open(o, key);
    json_put_text(o, "system", DCM);
    json_put_str(o, "code", code.bytes ? code : STR("OT"));
    json_close(o);
}

static bool is_first_of_series(const struct study_write *w, uint32_t i)
{
    return i == 0 || strcmp(w->pictures[i].series, w->pictures[i - 1].series) != 0;
}

static void put_instances(const struct study_write *w, struct json_out *o, uint32_t from, uint32_t to)
{
    char uid[PICTURE_UID_BYTES + 8];
    json_put_int(o, "numberOfInstances", to - from);
    json_open_array(o, "instance");
    for (uint32_t i = from; i < to; i++) {
        const struct picture *p = &w->pictures[i];
        json_open(o, NULL);
        json_put_text(o, "uid", p->instance);
        json_open(o, "sopClass");
        snprintf(uid, sizeof uid, "urn:oid:%s", p->sop_class);
        json_put_text(o, "system", "urn:ietf:rfc:3986");
        json_put_text(o, "code", uid);
        json_close(o);
        if (p->number >= 0 && p->number <= INT32_MAX) json_put_int(o, "number", p->number);
        json_close(o);
    }
    json_close_array(o);
}

static enum err put_one_series(const struct study_write *w, struct json_out *o, uint32_t from, uint32_t to)
{
    struct tape said;
    const struct picture *p = &w->pictures[from];
    char when[40];
    enum err err = w->said(w->ctx, p, &said);
    if (err) return err;
    json_open(o, NULL);
    json_put_text(o, "uid", p->series);
    if (p->series_number >= 0 && p->series_number <= INT32_MAX) json_put_int(o, "number", p->series_number);
    put_modality(o, "modality", study_text(&said, "00080060", w->arena));
    put_text(o, "description", study_text(&said, "0008103E", w->arena));
    if (study_date(study_text(&said, "00080021", w->arena), study_text(&said, "00080031", w->arena), w->zone,
                   when))
        json_put_text(o, "started", when);
    put_instances(w, o, from, to);
    json_close(o);
    return OK;
}

static enum err put_series(const struct study_write *w, struct json_out *o, uint32_t *ret_n)
{
    enum err err = OK;
    uint32_t n = 0;
    json_open_array(o, "series");
    for (uint32_t i = 0, end; i < w->count && !err; i = end) {
        end = i + 1;
        while (end < w->count && !is_first_of_series(w, end))
            end++;
        err = put_one_series(w, o, i, end);
        n++;
    }
    json_close_array(o);
    *ret_n = n;
    return err;
}

/* Each modality once. */
static enum err put_modalities(const struct study_write *w, struct json_out *o)
{
    struct str seen[16];
    uint32_t n = 0;
    json_open_array(o, "modality");
    for (uint32_t i = 0; i < w->count && n < COUNT_OF(seen); i++) {
        struct tape said;
        bool is_new = true;
        if (!is_first_of_series(w, i)) continue;
        enum err err = w->said(w->ctx, &w->pictures[i], &said);
        if (err) return err;
        struct str code = str_trim(study_text(&said, "00080060", w->arena));
        for (uint32_t k = 0; k < n; k++)
            is_new = is_new && !str_is(seen[k], code);
        if (!is_new) continue;
        seen[n++] = code;
        put_modality(o, NULL, code);
    }
    json_close_array(o);
    return OK;
}

enum err study_write(const struct study_write *w, struct buf *to)
{
    struct json_out o;
    struct tape said;
    char when[40];
    uint32_t series = 0;
    ASSERT(w->count > 0);
    enum err err = w->said(w->ctx, &w->pictures[0], &said);
    if (err) return err;
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "ImagingStudy");
    err = put_others(w, &o);
    if (err) return err;
    put_identifiers(&o, w->pictures[0].study, study_text(&said, "00080050", w->arena));
    json_put_text(&o, "status", "available");
    err = put_modalities(w, &o);
    const char *subject = arena_printf(w->arena, "Patient/%.*s", (int)w->patient_id.bytes, w->patient_id.at);
    if (!subject) return ERR_NOMEM;
    json_open(&o, "subject");
    json_put_text(&o, "reference", subject);
    json_close(&o);
    if (study_date(study_text(&said, "00080020", w->arena), study_text(&said, "00080030", w->arena), w->zone,
                   when))
        json_put_text(&o, "started", when);
    put_text(&o, "description", study_text(&said, "00081030", w->arena));
    if (!err) err = put_series(w, &o, &series);
    json_put_int(&o, "numberOfSeries", series);
    json_put_int(&o, "numberOfInstances", w->count);
    json_close(&o);
    return err ? err : to->err;
}
