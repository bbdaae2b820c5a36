/* gzip: a text made small for the wire (RFC 1952), by zlib at its quickest. Any thread. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H
#include "base/buf.h"

/* Appends the whole of plain, zipped. ERR_NOMEM, or the buffer's. */
enum err gzip_add(struct str plain, struct buf *to) MUST_USE;

/* The same bytes without gzip's head and end (RFC 1951), as an archive holds them. */
enum err deflate_add(struct str plain, struct buf *to) MUST_USE;
uint32_t gzip_crc(struct str plain); /* CRC-32 of ISO 3309, as both have it */

#endif
