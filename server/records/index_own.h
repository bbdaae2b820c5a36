/* index_own: the walk over a body, between index.c and index_composite.c. */
#ifndef RECORDS_INDEX_OWN_H
#define RECORDS_INDEX_OWN_H
#include "records/index.h"
#include "records/pinyin.h"

struct walk {
    const struct index_ask *ask;
    struct index_set *set;
    uint16_t param;       /* fhir_params */
    int64_t number;       /* the parameter's */
    uint32_t param_first; /* its first entry in the set */
    bool is_patient, is_present;
    int64_t about;
    enum err err;
};

typedef void walk_end(struct walk *w, uint32_t node, const struct fhir_path *path);
void walk_path(struct walk *w, uint32_t node, const uint16_t *steps, const struct fhir_path *path,
               walk_end *end);

struct str walk_text(struct walk *w, uint32_t node); /* of a primitive; empty otherwise */
struct str walk_member(struct walk *w, uint32_t object, const char *name);
int64_t walk_hash(struct walk *w, struct str text); /* 0: empty */
void walk_key(struct walk *w, int64_t param, int64_t value, int64_t system);
bool walk_quantity(struct walk *w, uint32_t node, struct str type, double *ret_low, double *ret_high,
                   uint32_t *ret_unit);
int64_t walk_resolve(struct walk *w, uint16_t resource, struct str id);
void walk_add(struct walk *w, const struct index_entry *entry);
void walk_composite(struct walk *w, uint32_t node);

int64_t index_of_type_hash(const struct hash_key *key, struct arena *arena, struct str system,
                           struct str code, struct str value);

#endif
