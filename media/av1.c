#include "media/av1.h"

/* leb128 (AV1 §4.10.5); false: cut off, or longer than eight bytes. */
static bool leb128(const uint8_t *at, size_t bytes, size_t *n)
{
    for (int i = 0; i < 8; i++) {
        if (*n >= bytes) return false;
        if (!(at[(*n)++] & 0x80)) return true;
    }
    return false;
}

/* | 0 | type (4) | extension | has_size | - |, then | TID (3) | SID (2) | - | */
static enum err obu_read(const uint8_t *at, size_t bytes, size_t n, struct av1 *v)
{
    if (n >= bytes || at[n] & 0x80) return ERR_BAD_INPUT;
    if (!(at[n] & 0x04)) return OK;
    if (n + 1 >= bytes) return ERR_BAD_INPUT;
    v->has_layers = true;
    v->tid = at[n + 1] >> 5;
    v->sid = at[n + 1] >> 3 & 3;
    return OK;
}

enum err av1_parse(const uint8_t *payload, size_t bytes, struct av1 *ret_av1)
{
    struct av1 v = {0};
    size_t n = 1;
    if (bytes < 2) return ERR_BAD_INPUT;
    v.is_continued = payload[0] & 0x80;
    v.continues = payload[0] & 0x40;
    v.element_count = payload[0] >> 4 & 3;
    v.is_key = payload[0] & 0x08;
    if (v.is_continued && v.is_key) return ERR_BAD_INPUT;
    if (!v.is_continued) { /* the first element is an OBU's beginning */
        bool has_length = v.element_count != 1;
        if (has_length && !leb128(payload, bytes, &n)) return ERR_BAD_INPUT;
        enum err err = obu_read(payload, bytes, n, &v);
        if (err) return err;
    }
    *ret_av1 = v;
    return OK;
}
