/* json: requests and settings, by jansson, read strictly: duplicate keys, bad UTF-8, trailing bytes and more
 * than JSON_DEPTH_MAX levels are refused. FHIR bodies do not come here (jansson turns 1.50 into 1.5). A
 * struct json is a jansson value; the root is the caller's until json_free, parts belong to their root. The
 * writer appends to a struct buf; it keeps commas right and closes what it opened. One thread at a time. */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/buf.h"
#include "base/clock.h"
#include <stdbool.h>

#define JSON_DEPTH_MAX 16

struct json;

/* ERR_BAD_INPUT: ret_why (if not NULL) gets a short English reason with the byte's place. */
enum err json_parse(struct str text, struct json **ret_root, char ret_why[96]) MUST_USE;
void json_free(struct json *root);

bool json_is_object(const struct json *v);
bool json_is_array(const struct json *v);
const struct json *json_get(const struct json *object, const char *key); /* NULL: absent */
size_t json_count(const struct json *v);                                 /* of an array or object */
const struct json *json_at(const struct json *array, size_t i);
/* Reading a typed value; false (and ret untouched) when v is NULL or of another type. */
bool json_text(const struct json *v, struct str *ret_text);
bool json_int(const struct json *v, int64_t *ret_n);
bool json_bool(const struct json *v, bool *ret_b);
/* The first key of the object that is not in the NULL-ended list; NULL when there is none. */
const char *json_unknown_key(const struct json *object, const char *const *known);
/* Walks an object's members in their order: start with *it = NULL; false at the end. */
bool json_next(const struct json *object, void **it, const char **ret_key, const struct json **ret_value);

struct json_out {
    struct buf *to;
    uint8_t depth;
    bool comma[JSON_DEPTH_MAX + 1];
};
void json_out_init(struct json_out *o, struct buf *to);
void json_open(struct json_out *o, const char *key);       /* { ; key NULL inside arrays and at the root */
void json_close(struct json_out *o);                       /* } */
void json_open_array(struct json_out *o, const char *key); /* [ */
void json_close_array(struct json_out *o);                 /* ] */
void json_put_text(struct json_out *o, const char *key, const char *text); /* NULL writes null */
void json_put_str(struct json_out *o, const char *key, struct str text);
void json_put_int(struct json_out *o, const char *key, int64_t n);
void json_put_bool(struct json_out *o, const char *key, bool b);
void json_put_null(struct json_out *o, const char *key);
void json_put_instant(struct json_out *o, const char *key, struct instant at); /* ms == 0 writes null */
void json_put_raw(struct json_out *o, const char *key, struct str json);       /* already JSON */

#endif
