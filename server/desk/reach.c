#include "desk/reach.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "mail/letter.h"
#include <stdio.h>

enum { BODY_MAX = 256 * 1024 };

/* Digits with a plus in front; spaces and dashes are left out. */
static bool phone_of(struct str said, char ret[REACH_PHONE_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < said.bytes; i++) {
        char c = said.at[i];
        if (c == ' ' || c == '-') continue;
        bool is_plus = c == '+' && n == 0;
        if ((!is_plus && (c < '0' || c > '9')) || n + 1 >= REACH_PHONE_BYTES) return false;
        ret[n++] = c;
    }
    ret[n] = '\0';
    return n >= 5;
}

static bool is_for(struct record_reader *server, const struct chart_item *item, uint32_t node,
                   enum parcel_way way)
{
    struct str system = chart_text(server, item, node, "system"), use = chart_text(server, item, node, "use");
    if (str_is_text(use, "old")) return false;
    if (way == PARCEL_MAIL) return str_is_text(system, "email");
    return str_is_text(system, "sms") || (str_is_text(system, "phone") && str_is_text(use, "mobile"));
}

/* ERR_NOT_FOUND: the row is no Practitioner. */
static enum err read_person(struct tx *tx, struct record_reader *server, int64_t row, struct chart_item *ret)
{
    struct record_head head;
    enum err err = row ? record_head_at(tx, server->arena, row, &head) : ERR_NOT_FOUND;
    if (!err && head.resource != fhir_resource_of(STR("Practitioner"))) err = ERR_NOT_FOUND;
    return err ? err : chart_one(tx, server, "Practitioner", head.id, ret);
}

static struct str clean(struct record_reader *server, enum parcel_way way, struct str said)
{
    char phone[REACH_PHONE_BYTES];
    if (way == PARCEL_MAIL) return letter_address_is(said) ? said : (struct str){"", 0};
    if (!phone_of(said, phone)) return (struct str){"", 0};
    return str_of(arena_printf(server->arena, "%s", phone));
}

enum err reach_of(struct tx *tx, struct record_reader *server, int64_t practitioner, struct reach *ret)
{
    struct chart_item item;
    *ret = (struct reach){0};
    enum err err = read_person(tx, server, practitioner, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    ret->id = item.head.id;
    uint32_t all = tape_get(&item.tape, 0, STR("telecom"));
    for (uint32_t i = all == TAPE_NONE ? 0 : all + 1; all != TAPE_NONE && i < item.tape.nodes[all].end;
         i = item.tape.nodes[i].end)
        for (int way = 0; way < PARCEL_WAYS; way++)
            if (ret->at[way].bytes == 0 && is_for(server, &item, i, (enum parcel_way)way))
                ret->at[way] = clean(server, (enum parcel_way)way, chart_text(server, &item, i, "value"));
    return OK;
}

static void put_address(struct json_out *o, const char *system, const char *use, struct str value)
{
    if (value.bytes == 0) return;
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_str(o, "value", value);
    json_put_text(o, "use", use);
    json_close(o);
}

/* What else stands there, and the two; an array with nothing in it is no FHIR. */
static void put_telecom(struct record_reader *server, struct json_out *o, const struct chart_item *old,
                        const struct str to[PARCEL_WAYS])
{
    const struct tape *t = &old->tape;
    uint32_t all = tape_get(t, 0, STR("telecom")), kept = 0;
    bool is_open = to[PARCEL_MAIL].bytes || to[PARCEL_HOOK].bytes;
    if (is_open) json_open_array(o, "telecom");
    for (uint32_t i = all == TAPE_NONE ? 0 : all + 1; all != TAPE_NONE && i < t->nodes[all].end;
         i = t->nodes[i].end) {
        if (is_for(server, old, i, PARCEL_MAIL) || is_for(server, old, i, PARCEL_HOOK)) continue;
        if (!is_open && kept++ == 0) json_open_array(o, "telecom");
        json_put_raw(o, NULL, tape_raw(t, i));
    }
    put_address(o, "email", "work", to[PARCEL_MAIL]);
    put_address(o, "phone", "mobile", to[PARCEL_HOOK]);
    if (is_open || kept) json_close_array(o);
}

static void put_person(struct record_reader *server, struct json_out *o, const struct chart_item *old,
                       const struct str to[PARCEL_WAYS])
{
    json_open(o, NULL);
    chart_put_rest(o, old, (const char *const[]){"telecom", NULL});
    put_telecom(server, o, old, to);
    json_close(o);
}

enum err reach_change(struct tx *tx, struct record_reader *server, int64_t practitioner,
                      const struct str to[PARCEL_WAYS], enum parcel_way *ret_wrong)
{
    struct chart_item old;
    struct str clear[PARCEL_WAYS];
    struct buf body;
    struct json_out o;
    struct str text;
    int status = 0;
    for (int way = 0; way < PARCEL_WAYS; way++) {
        clear[way] = to[way].bytes ? clean(server, (enum parcel_way)way, to[way]) : (struct str){"", 0};
        if (to[way].bytes && clear[way].bytes == 0) return *ret_wrong = (enum parcel_way)way, ERR_BAD_INPUT;
    }
    enum err err = read_person(tx, server, practitioner, &old);
    if (err) return err;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_person(server, &o, &old, clear);
    err = chart_take(server, &body, &text);
    if (!err)
        err = chart_write(tx, server, old.head.resource, old.head.id, old.head.version, text, NULL, &status);
    return !err && status ? ERR_DENIED : err;
}
