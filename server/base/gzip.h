/* gzip: a text made small for the wire (RFC 1952), by zlib at its quickest. Any thread. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H
#include "base/buf.h"

/* Appends the whole of plain, zipped. ERR_NOMEM, or the buffer's. */
enum err gzip_add(struct str plain, struct buf *to) MUST_USE;

/* The same without gzip's head and end (RFC 1951), as an archive holds it, piece by piece. */
struct deflater;
struct deflater *deflater_new(void) MUST_USE; /* NULL: no memory */
void deflater_free(struct deflater *d);       /* NULL allowed */
/* Appends what comes out for this piece, perhaps nothing yet; is_last: all that is left. Then another text may begin. */
enum err deflater_add(struct deflater *d, struct str plain, bool is_last, struct buf *to) MUST_USE;
/* CRC-32 of ISO 3309, as both have it; of what came before, at first 0. */
uint32_t gzip_crc(uint32_t before, struct str plain);

#endif
