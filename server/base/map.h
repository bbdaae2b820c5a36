/* map: bytes -> pointer, open addressing, hashed from a random start that each map has for itself, and
 * bounded in size, so that hostile keys do not hurt. Keys are copied, values belong to the caller. One thread
 * at a time. */
#ifndef BASE_MAP_H
#define BASE_MAP_H
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>

struct map;

struct map *map_new(uint32_t items_max) MUST_USE;
void map_free(struct map *m);                                          /* values are left alone */
enum err map_put(struct map *m, struct str key, void *value) MUST_USE; /* replaces; ERR_LIMIT, ERR_NOMEM */
void *map_get(const struct map *m, struct str key);                    /* NULL: absent */
void *map_remove(struct map *m, struct str key);                       /* the value that was there */
uint32_t map_count(const struct map *m);
/* Walks all: start with *at = 0; false at the end. The map must not be changed meanwhile, but map_remove of
 * the current key is allowed. */
bool map_next(const struct map *m, uint32_t *at, struct str *ret_key, void **ret_value);

#endif
