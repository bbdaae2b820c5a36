/* montage: what yunqiaod asks the codec program for when the files of a recording are to become one film (media/montage), and what it hears of it.
 *
 *   order    "YQMONT1\n" | key 32 | id of the film 16 | zone 4: seconds to add to UTC, signed | files 1 | visit 64, NUL behind it | for each file: id 16 | device 1
 *   heard    one byte a percent, 1 … 100, each higher than the one before; then, when it is whole: 255 | bytes 8 | chain 32
 *
 * Numbers in network order. Pure; any thread. ERR_BAD_INPUT: it is no order. */
#ifndef LINK_MONTAGE_H
#define LINK_MONTAGE_H
#include "link/recording.h"

enum {
    MONTAGE_FILES_MAX = 64,
    MONTAGE_VISIT_BYTES = 64,
    MONTAGE_ORDER_BYTES_MAX = 8 + CIPHER_KEY_BYTES + RECORDING_ID_BYTES + 4 + 1 + MONTAGE_VISIT_BYTES +
                              MONTAGE_FILES_MAX * (RECORDING_ID_BYTES + 1),
    MONTAGE_WHOLE = 255,
    MONTAGE_WHOLE_BYTES = 1 + 8 + DIGEST_BYTES
};

struct montage_order {
    uint8_t key[CIPHER_KEY_BYTES]; /* the recording's */
    uint8_t id[RECORDING_ID_BYTES];
    int32_t zone_s;
    char visit[MONTAGE_VISIT_BYTES];
    unsigned count;
    struct montage_file {
        uint8_t id[RECORDING_ID_BYTES];
        bool is_device;
    } files[MONTAGE_FILES_MAX];
};
size_t montage_order_put(const struct montage_order *o, uint8_t ret[MONTAGE_ORDER_BYTES_MAX]);
enum err montage_order_read(const uint8_t *at, size_t bytes, struct montage_order *ret) MUST_USE;

#endif
