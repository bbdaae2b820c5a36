#include "base/json.h"
#include "base/mem.h"
#include <jansson.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

#undef json_is_object /* jansson's macros; ours are functions */
#undef json_is_array

/* struct json is never defined: it is jansson's json_t under our name. */
static json_t *theirs(const struct json *v)
{
    return (json_t *)(uintptr_t)v;
}

static const struct json *ours(const json_t *v)
{
    return (const struct json *)(const void *)v;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A request may hold a password: what jansson frees is wiped first (rule 31). It does not say how much that is, so that
 * the size stands before each block. */
struct sized {
    size_t bytes;
    _Alignas(max_align_t) unsigned char at[];
};

/* jansson does not always tell that memory was what failed. */
static _Thread_local bool ran_out;

static void *sized_alloc(size_t bytes)
{
    struct sized *s = bytes > SIZE_MAX - sizeof *s ? NULL : mem_alloc(sizeof *s + bytes);
    if (!s) {
        ran_out = true;
        return NULL;
    }
    s->bytes = bytes;
    return s->at;
}

static void sized_free(void *at)
{
    if (!at) return;
    struct sized *s = (struct sized *)(void *)((char *)at - offsetof(struct sized, at));
    mem_wipe_free(s, sizeof *s + s->bytes);
}

static void use_our_memory(void)
{
    json_set_alloc_funcs(sized_alloc, sized_free);
}

/* jansson allows 2048 levels; counting brackets outside strings before parsing keeps hostile input from its
 * stack. */
static bool is_too_deep(struct str text)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.at[i];
        if (quoted) {
            if (c == '\\') i++;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

enum err json_parse(struct str text, struct json **ret_root, char ret_why[96])
{
    json_error_t error;
    pthread_once(&once, use_our_memory);
    if (is_too_deep(text)) {
        if (ret_why) snprintf(ret_why, 96, "more than %d levels deep", JSON_DEPTH_MAX);
        return ERR_BAD_INPUT;
    }
    ran_out = false;
    json_t *root = json_loadb(text.at ? text.at : "", text.bytes, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        if (ran_out) return ERR_NOMEM;
        if (ret_why) snprintf(ret_why, 96, "%.60s at byte %d", error.text, error.position);
        return ERR_BAD_INPUT;
    }
    *ret_root = (struct json *)(void *)root;
    return OK;
}

void json_free(struct json *root)
{
    json_decref(theirs(root));
}

bool json_is_object(const struct json *v)
{
    return v && json_typeof(theirs(v)) == JSON_OBJECT;
}

bool json_is_array(const struct json *v)
{
    return v && json_typeof(theirs(v)) == JSON_ARRAY;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return json_is_object(object) ? ours(json_object_get(theirs(object), key)) : NULL;
}

size_t json_count(const struct json *v)
{
    if (json_is_array(v)) return json_array_size(theirs(v));
    return json_is_object(v) ? json_object_size(theirs(v)) : 0;
}

const struct json *json_at(const struct json *array, size_t i)
{
    return json_is_array(array) ? ours(json_array_get(theirs(array), i)) : NULL;
}

bool json_text(const struct json *v, struct str *ret_text)
{
    if (!v || json_typeof(theirs(v)) != JSON_STRING) return false;
    *ret_text = (struct str){json_string_value(theirs(v)), json_string_length(theirs(v))};
    return true;
}

bool json_int(const struct json *v, int64_t *ret_n)
{
    if (!v || json_typeof(theirs(v)) != JSON_INTEGER) return false;
    *ret_n = json_integer_value(theirs(v));
    return true;
}

bool json_bool(const struct json *v, bool *ret_b)
{
    if (!v || (json_typeof(theirs(v)) != JSON_TRUE && json_typeof(theirs(v)) != JSON_FALSE)) return false;
    *ret_b = json_typeof(theirs(v)) == JSON_TRUE;
    return true;
}

static bool is_known(const char *key, const char *const *known)
{
    for (; *known; known++)
        if (strcmp(key, *known) == 0) return true;
    return false;
}

const char *json_unknown_key(const struct json *object, const char *const *known)
{
    void *it = NULL;
    const char *key;
    while (json_next(object, &it, &key, NULL))
        if (!is_known(key, known)) return key;
    return NULL;
}

bool json_next(const struct json *object, void **it, const char **ret_key, const struct json **ret_value)
{
    if (!json_is_object(object)) return false;
    *it = *it ? json_object_iter_next(theirs(object), *it) : json_object_iter(theirs(object));
    if (!*it) return false;
    if (ret_key) *ret_key = json_object_iter_key(*it);
    if (ret_value) *ret_value = ours(json_object_iter_value(*it));
    return true;
}
