#include "store/audit_hash.h"

static uint8_t *put(uint8_t *to, uint64_t n, int bytes)
{
    for (int i = bytes; i-- > 0;)
        *to++ = (uint8_t)(n >> (8 * i));
    return to;
}

struct digest_value audit_hash(struct digest *d, const struct digest_value *before,
                               const struct audit_full *row)
{
    uint8_t fixed[DIGEST_BYTES + 8 + 8 + 8 + 1 + AUDIT_TEXTS * 4], *to = fixed;
    memcpy(to, before->at, DIGEST_BYTES);
    to = put(to + DIGEST_BYTES, (uint64_t)row->head.seq, 8);
    to = put(to, (uint64_t)row->head.epoch, 8);
    to = put(to, (uint64_t)row->head.at.ms, 8);
    to = put(to, (uint64_t)row->outcome, 1);
    for (int i = 0; i < AUDIT_TEXTS; i++)
        to = put(to, row->texts[i].bytes, 4);
    ASSERT(to == fixed + sizeof fixed);
    digest_add(d, fixed, sizeof fixed);
    for (int i = 0; i < AUDIT_TEXTS; i++)
        digest_add(d, row->texts[i].at, row->texts[i].bytes);
    return digest_end(d);
}
