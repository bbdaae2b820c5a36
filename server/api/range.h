/* range: the stretch of a file that a request asks for (RFC 9110 §14.2): one stretch of bytes; several, or another unit, are answered with
 * all of it, as the RFC lets us. Pure; any thread. */
#ifndef API_RANGE_H
#define API_RANGE_H
#include "base/str.h"

enum range { RANGE_ALL, RANGE_PART, RANGE_BEYOND /* 416 */ };

/* field: Range as it came, or empty. Fills the outputs for RANGE_PART; bytes > 0. */
enum range range_read(struct str field, int64_t file_bytes, int64_t *ret_offset, int64_t *ret_bytes);

#endif
