#include "registry/said.h"
#include <stdio.h>

/* What a reading of a message ended with: the fault where it is the message's, an error where it is the world's. */
static enum err faulty(enum err err, const struct event_fault *fault, struct event_fault *ret)
{
    if (err == ERR_NOMEM) return err;
    *ret = err ? *fault : (struct event_fault){0};
    return OK;
}

/* -- HL7 -- */

enum err said_hl7(struct arena *arena, const struct zone *zone, struct str text, struct hl7 *ret_read,
                  bool *ret_is_read, struct event *ret, struct event_fault *ret_fault)
{
    struct event_fault fault = {"100", "MSH", NULL};
    const char *why = "a message begins with MSH and its separators";
    struct hl7 m = {0};
    enum err err = hl7_read(arena, text, CHARSET_AUTO, &m, &why);
    *ret_is_read = !err;
    fault.words = why;
    if (err) return faulty(err, &fault, ret_fault);
    *ret_read = m;
    fault = (struct event_fault){"207", "MSH", "the message cannot be read"};
    err = event_from_hl7(arena, &m, zone, ret, &fault);
    if (err && hl7_get(arena, &m, hl7_segment(&m, "MSH", 0), 10, 1, &ret->control) != OK)
        ret->control = (struct str){0};
    if (ret->control.bytes > EVENT_TEXT_BYTES_MAX) ret->control = (struct str){0};
    return faulty(err, &fault, ret_fault);
}

/* -- JSON -- */

static enum err member(struct arena *arena, const char *key, const struct json *value,
                       struct str values[BATCH_COLUMNS], struct event_fault *fault)
{
    int c = 0;
    struct str text;
    while (c < BATCH_COLUMNS && strcmp(batch_column_text((enum batch_column)c), key) != 0)
        c++;
    *fault = (struct event_fault){"102", "", "a member that is not known"};
    if (c == BATCH_COLUMNS) return ERR_BAD_INPUT;
    *fault = (struct event_fault){"102", batch_column_text((enum batch_column)c), "a text is wanted"};
    if (!json_text(value, &text)) return ERR_BAD_INPUT;
    values[c] = (struct str){arena_text(arena, text.at ? text.at : "", text.bytes), text.bytes};
    return values[c].at ? OK : ERR_NOMEM;
}

enum err said_json(struct arena *arena, const struct zone *zone, const struct json *object, struct str text,
                   struct event *ret, struct event_fault *ret_fault)
{
    struct str values[BATCH_COLUMNS] = {0};
    struct event_fault fault = {"102", "", "an object is wanted"};
    const struct json *value;
    const char *key;
    void *it = NULL;
    enum err err = json_is_object(object) ? OK : ERR_BAD_INPUT;
    while (!err && json_next(object, &it, &key, &value))
        err = member(arena, key, value, values, &fault);
    if (!err) err = batch_event(arena, zone, values, text, ret, &fault);
    if (err && values[BATCH_CONTROL].bytes <= EVENT_TEXT_BYTES_MAX) ret->control = values[BATCH_CONTROL];
    return faulty(err, &fault, ret_fault);
}

void said_json_text(const struct json *object, struct buf *to)
{
    struct json_out o;
    const struct json *value;
    const char *key;
    void *it = NULL;
    json_out_init(&o, to);
    json_open(&o, NULL);
    while (json_is_object(object) && json_next(object, &it, &key, &value)) {
        struct str text;
        int64_t n;
        bool is;
        if (json_text(value, &text))
            json_put_str(&o, key, text);
        else if (json_int(value, &n))
            json_put_int(&o, key, n);
        else if (json_bool(value, &is))
            json_put_bool(&o, key, is);
        else
            json_put_null(&o, key);
    }
    json_close(&o);
}

static enum err parsed(struct arena *arena, const struct zone *zone, struct str text, struct event *ret,
                       struct event_fault *ret_fault)
{
    struct json *root = NULL;
    static const struct event_fault none = {"102", "", "not an object of JSON"};
    enum err err = json_parse(text, &root, NULL);
    if (err) return faulty(err, &none, ret_fault);
    err = said_json(arena, zone, root, text, ret, ret_fault);
    json_free(root);
    return err;
}

/* -- a row -- */

static enum err row(struct arena *arena, const struct zone *zone, struct str text, struct event *ret,
                    struct event_fault *ret_fault)
{
    struct batch batch;
    struct batch_row one = {0};
    struct event_fault fault = {"100", "", NULL};
    const char *words = NULL;
    bool has_row = false;
    enum err err = batch_begin(arena, text, CHARSET_AUTO, zone, &batch, &words);
    fault.words = words;
    if (!err) err = batch_next(arena, &batch, &one, &has_row, &fault);
    if (!err && !has_row) {
        err = ERR_BAD_INPUT;
        fault.words = "there is no row below the columns";
    }
    if (!err) *ret = one.event;
    return faulty(err, &fault, ret_fault);
}

enum err said_read(struct arena *arena, const struct zone *zone, struct str text, struct event *ret,
                   struct event_fault *ret_fault)
{
    struct hl7 m;
    bool is_read;
    *ret = (struct event){0};
    if (str_starts(text, STR("MSH"))) return said_hl7(arena, zone, text, &m, &is_read, ret, ret_fault);
    if (str_starts(text, STR("{"))) return parsed(arena, zone, text, ret, ret_fault);
    return row(arena, zone, text, ret, ret_fault);
}
