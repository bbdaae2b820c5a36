#include "desk/isolation_flag.h"
#include "base/digest.h"
#include "desk/chart_write.h"
#include "desk/escort.h"
#include <stdio.h>

#define FLAG_CATEGORY "http://terminology.hl7.org/CodeSystem/flag-category"
#define SNOMED "http://snomed.info/sct"

enum { BODY_MAX = 16 * 1024 };

void isolation_flag_id(struct str of, char ret_id[ISOLATION_FLAG_ID_BYTES])
{
    char hex[2 * DIGEST_BYTES + 1];
    struct digest_value digest = digest_of(of.at, of.bytes);
    str_hex(&digest, DIGEST_BYTES, hex);
    snprintf(ret_id, ISOLATION_FLAG_ID_BYTES, "isolation-%.32s", hex);
}

static void put_coding(struct json_out *o, const char *system, const char *code, const char *display)
{
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    if (display) json_put_text(o, "display", display);
    json_close(o);
}

static void put_led(struct json_out *o, const struct epidemic_case *c)
{
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_moment(o, "since", c->isolated);
    chart_put_part(o, "place", "valueString", c->place);
    json_close_array(o);
    json_put_text(o, "url", LED_ISOLATION);
    json_close(o);
    json_close_array(o);
}

static void put_body(struct json_out *o, const struct epidemic_case *c, const char *id)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Flag");
    json_put_text(o, "id", id);
    json_put_text(o, "status", c->ended.ms ? "inactive" : "active");
    json_open_array(o, "category");
    chart_put_code(o, NULL, FLAG_CATEGORY, "safety", "Safety");
    json_close_array(o);
    json_open(o, "code");
    json_open_array(o, "coding");
    put_coding(o, ESCORT_PRECAUTION, ISOLATION_FLAG_CODE, NULL);
    put_coding(o, SNOMED, "40174006", "Isolation procedure");
    json_close_array(o);
    json_close(o);
    chart_put_reference(o, "subject", c->patient);
    json_open(o, "period");
    json_put_instant(o, "start", c->isolated);
    if (c->ended.ms) json_put_instant(o, "end", c->ended);
    json_close(o);
    put_led(o, c);
    json_close(o);
}

/* Whether the Flag says it already: most changes of a case are none of its isolation. */
static enum err says_so(struct tx *tx, struct record_reader *server, const struct epidemic_case *c,
                        const char *id, bool *ret)
{
    struct chart_item item;
    *ret = false;
    enum err err = chart_one(tx, server, "Flag", str_of(id), &item);
    if (!err)
        *ret = str_is_text(chart_text(server, &item, 0, "status"), c->ended.ms ? "inactive" : "active") &&
               str_is(chart_part(server, &item, LED_ISOLATION, "place", "valueString"), c->place);
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err isolation_flag_follow(struct tx *tx, struct record_reader *server, const struct epidemic_case *c)
{
    char id[ISOLATION_FLAG_ID_BYTES];
    struct json_out o;
    struct buf text;
    struct str body;
    bool is_so;
    if (!c->isolated.ms) return OK;
    isolation_flag_id(c->item.head.id, id);
    enum err err = says_so(tx, server, c, id, &is_so);
    if (err || is_so) return err;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_body(&o, c, id);
    err = chart_take(server, &text, &body);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Flag")), str_of(id), 0, body, NULL, NULL);
}
