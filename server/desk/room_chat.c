#include "desk/room_chat.h"
#include "desk/chart_write.h"
#include "desk/origin.h"
#include "desk/visit.h"
#include "records/grant.h"
#include "records/person.h"
#include <stdio.h>

enum { BODY_BYTES_MAX = 32 * 1024, LINES_BYTES_MAX = 256 * 1024 };

/* -- keeping -- */

static enum err sender_of(struct tx *tx, struct record_reader *server, struct str account, const char **ret)
{
    struct person person;
    struct record_head head;
    enum err err = person_find(tx, account, &person);
    int64_t row = err ? 0 : person.practitioner ? person.practitioner : person.patient;
    *ret = NULL;
    if (!row) return err; /* an account that is nobody's has its name alone */
    err = record_head_at(tx, server->arena, row, &head);
    if (err) return err;
    *ret = arena_printf(server->arena, "%s/%.*s", person.practitioner ? "Practitioner" : "Patient",
                        (int)head.id.bytes, head.id.at);
    return *ret ? OK : ERR_NOMEM;
}

static void put_reference(struct json_out *o, const char *key, const char *type, struct str id)
{
    char text[24 + RECORD_ID_BYTES_MAX];
    snprintf(text, sizeof text, "%s/%.*s", type, (int)id.bytes, id.at);
    json_open(o, key);
    json_put_text(o, "reference", text);
    json_close(o);
}

static enum err write_line(struct tx *tx, struct record_reader *server, const struct visit *v,
                           const struct room_line *line, struct str text, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str words;
    const char *sender;
    enum err err = sender_of(tx, server, str_of(line->account), &sender);
    if (err) return err;
    buf_init(&body, BODY_BYTES_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Communication");
    json_put_text(&o, "status", "completed");
    json_open_array(&o, "category");
    json_open(&o, NULL);
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", ROOM_CHAT_SYSTEM);
    json_put_text(&o, "code", ROOM_CHAT_CODE);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    json_close_array(&o);
    put_reference(&o, "subject", "Patient", v->patient_id);
    put_reference(&o, "encounter", "Encounter", v->encounter.head.id);
    json_put_instant(&o, "sent", tx->now);
    json_open(&o, "sender");
    if (sender) json_put_text(&o, "reference", sender);
    json_put_text(&o, "display", line->display);
    json_close(&o);
    json_open_array(&o, "payload");
    json_open(&o, NULL);
    json_put_str(&o, "contentString", text);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    err = chart_take(server, &body, &words);
    if (err) return err;
    return chart_write(tx, server, fhir_resource_of(STR("Communication")), STR(""), 0, words, ret, NULL);
}

static bool is_kept_from(const struct room_line *line, struct str account)
{
    for (int i = 0; i < line->cut_n; i++)
        if (str_is_text(account, line->cut[i])) return true;
    return false;
}

static enum err attach(struct tx *tx, struct record_reader *server, const struct visit *v,
                       const struct room_line *line, int64_t record)
{
    struct grant_open *open;
    uint32_t n;
    enum err err = grant_open_to(tx, server->arena, v->encounter.head.row, &open, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        if (is_kept_from(line, open[i].account)) continue;
        err = grant_attach(tx, open[i].id, record, str_is_text(open[i].account, line->account));
        if (err == ERR_LIMIT) err = OK; /* it stands in the record all the same */
    }
    return err;
}

/* Who treats adds while the visit may be added to; who interprets, or is treated, while it is not over. */
static enum err why_not(struct tx *tx, struct record_reader *server, const struct visit *v,
                        const struct room_line *line, const char **ret_code)
{
    static const uint32_t treating = ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE) |
                                     ROLE_BIT(ROLE_PHARMACIST) | ROLE_BIT(ROLE_SPECIALIST);
    struct guard guard;
    bool may = false;
    *ret_code = visit_is_over(v->state) ? "visit_over" : NULL;
    if (*ret_code || !(line->roles.bits & treating)) return OK;
    enum err err = grant_load(tx, server->arena, str_of(line->account), line->roles, &guard);
    if (!err) err = visit_may_write(tx, server, &guard, str_of(line->account), v, &may);
    if (!err && !may) *ret_code = "not_allowed";
    return err;
}

enum err room_chat_keep(struct tx *tx, struct records *records, struct arena *arena,
                        const struct room_line *line, struct str text, struct room_chat_kept *ret)
{
    struct record_reader server = {.records = records, .arena = arena};
    struct visit v;
    struct record_head head;
    *ret = (struct room_chat_kept){.at = tx->now};
    enum err err = visit_of_room(tx, &server, str_of(line->room), &v);
    if (err == ERR_NOT_FOUND) return ret->code = "visit_over", OK;
    if (!err) err = why_not(tx, &server, &v, line, &ret->code);
    if (err || ret->code) return err;
    enum role role = role_set_first(line->roles);
    struct origin by = {.author_system = ORIGIN_OURS "account",
                        .author = str_of(line->account),
                        .role = role == ROLE_COUNT ? NULL : role_name(role),
                        .assembler_system = ORIGIN_OURS "session",
                        .assembler = str_of(line->session)};
    err = write_line(tx, &server, &v, line, text, &head);
    if (!err) err = attach(tx, &server, &v, line, head.row);
    if (!err) err = origin_write(tx, &server, &by);
    if (err) return err;
    ret->id = arena_text(arena, head.id.at, head.id.bytes);
    ret->patient = v.patient;
    ret->detail = arena_printf(arena, "{\"versions\":[%lld],\"communication\":\"%.*s\",\"visit\":\"%s\"}",
                               (long long)head.seq, (int)head.id.bytes, head.id.at, line->visit);
    return ret->id && ret->detail ? OK : ERR_NOMEM;
}

/* -- reading -- */

static void put_line(struct json_out *o, struct record_reader *who, const struct chart_item *item,
                     struct str own)
{
    struct str sender = chart_text(who, item, 0, "sender.reference");
    json_open(o, NULL);
    json_put_str(o, "id", item->head.id);
    json_put_str(o, "name", chart_text(who, item, 0, "sender.display"));
    json_put_bool(o, "own", own.bytes && str_is(sender, own));
    json_put_instant(o, "at", chart_instant(who, chart_text(who, item, 0, "sent")));
    json_put_str(o, "text", chart_text(who, item, 0, "payload.contentString"));
    json_close(o);
}

static enum err write_lines(struct tx *tx, struct record_reader *who, const struct chart_list *list,
                            struct str account, struct room_chat *ret)
{
    const char *own;
    struct buf text;
    struct json_out o;
    uint32_t from = 0;
    size_t bytes = 0;
    enum err err = sender_of(tx, who, account, &own);
    if (err) return err;
    /* The newest that fit; the list has the newest first. */
    while (from < list->count && from < ROOM_CHAT_LINES &&
           (bytes += list->at[from].tape.body.bytes) < LINES_BYTES_MAX)
        from++;
    buf_init(&text, 2 * LINES_BYTES_MAX);
    json_out_init(&o, &text);
    json_open_array(&o, NULL);
    for (uint32_t i = from; i > 0; i--)
        put_line(&o, who, &list->at[i - 1], own ? str_of(own) : (struct str){0});
    json_close_array(&o);
    return chart_take(who, &text, &ret->lines);
}

static enum err note_read(struct record_reader *who, const struct visit *v, struct room_chat *ret)
{
    struct buf text;
    struct str words;
    if (!who->trace.count) return OK;
    buf_init(&text, LINES_BYTES_MAX);
    for (uint32_t i = 0; i < who->trace.count; i++)
        buf_printf(&text, "%s%lld", i ? "," : "", (long long)who->trace.seqs[i]);
    buf_add_char(&text, 0);
    enum err err = chart_take(who, &text, &words);
    ret->versions = words.at;
    ret->patient = v->patient;
    return err;
}

enum err room_chat_read(struct tx *tx, struct records *records, struct arena *arena, struct str account,
                        struct role_set roles, struct str room, struct room_chat *ret)
{
    struct guard guard;
    struct visit v;
    struct chart_list list;
    struct record_reader server = {.records = records, .arena = arena};
    struct record_reader who = {.records = records, .arena = arena, .guard = &guard};
    *ret = (struct room_chat){0};
    enum err err = visit_of_room(tx, &server, room, &v);
    if (err == ERR_NOT_FOUND) return OK;
    if (!err) err = grant_load(tx, arena, account, roles, &guard);
    if (err) return err;
    ret->visit = arena_text(arena, v.encounter.head.id.at, v.encounter.head.id.bytes);
    const char *more = arena_printf(
        arena, "&encounter=Encounter/%.*s&category=" ROOM_CHAT_SYSTEM "|" ROOM_CHAT_CODE "&_sort=-sent",
        (int)v.encounter.head.id.bytes, v.encounter.head.id.at);
    if (!ret->visit || !more) return ERR_NOMEM;
    err = chart_list(tx, &who, "Communication", v.patient_id, more, &list);
    if (!err) err = write_lines(tx, &who, &list, account, ret);
    return err ? err : note_read(&who, &v, ret);
}
