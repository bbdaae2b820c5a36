/* av1: the aggregation header before AV1's OBUs (AV1 RTP specification §4.4).
 *
 *   |Z|Y| W |N|-|-|-|   Z: goes on with an OBU of the packet before, Y: its last OBU goes on in the next,
 *                       W: how many OBU elements, N: a coded video sequence begins (a key frame)
 *
 * Layers are told by the dependency descriptor (media/dependency), or by the first OBU's extension. Any
 * thread. */
#ifndef MEDIA_AV1_H
#define MEDIA_AV1_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct av1 {
    bool is_continued, continues, is_key; /* Z, Y, N */
    uint8_t element_count;                /* W; 0: each has its length */
    bool has_layers;
    uint8_t tid, sid;
};
/* ERR_BAD_INPUT: empty, an OBU with the forbidden bit, or Z and N at once. */
enum err av1_parse(const uint8_t *payload, size_t bytes, struct av1 *ret_av1) MUST_USE;

#endif
