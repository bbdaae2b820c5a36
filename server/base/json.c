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

/* All that jansson takes for one text comes from one block, for three reasons: its scanner stops the process
 * when a string of its own cannot grow (akheron/jansson issue 362), so that memory must have been found
 * before it starts; a request may hold a password, so that all of it is wiped at once (rule 31); and it is
 * faster. The block is larger than the thriftiest text needs: "[{},{},…" takes 90 bytes a byte; within a string a
 * byte takes 6, as the scanner's buffer grows by doubling and its text is copied twice. What is not used is never
 * touched, but must be there: a picture in a string is no reason to ask for gigabytes. */
enum { ROOM_PER_BYTE = 160, ROOM_PER_BYTE_QUOTED = 10, ROOM_LEAST = 2048 };

struct room {
    size_t bytes, used;
    _Alignas(max_align_t) unsigned char at[];
};

struct piece { /* before each of jansson's pieces, so that the root leads back to its room */
    struct room *room;
    _Alignas(max_align_t) unsigned char at[];
};

static _Thread_local struct room *current; /* while json_parse runs */

static void *piece_alloc(size_t bytes)
{
    ASSERT(current != NULL);
    size_t whole = (sizeof(struct piece) + bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    ASSERT(whole >= bytes && whole <= current->bytes - current->used);
    struct piece *p = (struct piece *)(void *)(current->at + current->used);
    current->used += whole;
    p->room = current;
    return p->at;
}

static void piece_free(void *at)
{
    (void)at; /* the room goes as a whole */
}

static void room_free(struct room *r)
{
    mem_wipe_free(r, sizeof *r + r->used);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void use_rooms(void)
{
    json_set_alloc_funcs(piece_alloc, piece_free);
    json_object_seed(0); /* of its hash; jansson would do it in the middle of the first object */
}

/* jansson allows 2048 levels; counting brackets outside strings before parsing keeps hostile input from its
 * stack. ret_quoted: the bytes that stand within strings. */
static bool is_too_deep(struct str text, size_t *ret_quoted)
{
    int depth = 0;
    bool quoted = false;
    size_t begins = 0;
    *ret_quoted = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = text.at[i];
        if (quoted) {
            if (c == '\\') i++;
            if (c != '"') continue;
            quoted = false;
            *ret_quoted += i - begins - 1;
        } else if (c == '"') {
            quoted = true;
            begins = i;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static struct room *room_new(size_t text_bytes, size_t quoted_bytes)
{
    if (text_bytes > (SIZE_MAX - ROOM_LEAST) / ROOM_PER_BYTE / 2) return NULL;
    size_t bytes =
        (text_bytes - quoted_bytes) * ROOM_PER_BYTE + quoted_bytes * ROOM_PER_BYTE_QUOTED + ROOM_LEAST;
    struct room *r = mem_alloc(sizeof *r + bytes);
    if (!r) return NULL;
    r->bytes = bytes;
    r->used = 0;
    return r;
}

enum err json_parse(struct str text, struct json **ret_root, char ret_why[96])
{
    json_error_t error;
    size_t quoted;
    pthread_once(&once, use_rooms);
    if (is_too_deep(text, &quoted)) {
        if (ret_why) snprintf(ret_why, 96, "more than %d levels deep", JSON_DEPTH_MAX);
        return ERR_BAD_INPUT;
    }
    if (text.bytes &&
        memchr(text.at, 0, text.bytes)) { /* jansson swallows one that follows a number or a word */
        if (ret_why) snprintf(ret_why, 96, "a NUL byte");
        return ERR_BAD_INPUT;
    }
    struct room *room = room_new(text.bytes, quoted);
    if (!room) return ERR_NOMEM;
    current = room;
    json_t *root = json_loadb(text.at ? text.at : "", text.bytes, JSON_REJECT_DUPLICATES, &error);
    current = NULL;
    if (!root) {
        room_free(room);
        if (ret_why) snprintf(ret_why, 96, "%.60s at byte %d", error.text, error.position);
        return ERR_BAD_INPUT;
    }
    *ret_root = (struct json *)(void *)root;
    return OK;
}

void json_free(struct json *root)
{
    if (root) room_free(((struct piece *)(void *)((char *)root - offsetof(struct piece, at)))->room);
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
