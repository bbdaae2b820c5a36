/* gzip: a text made small for the wire (RFC 1952), by zlib at its quickest. Any thread. */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H
#include "base/buf.h"

/* Appends the whole of plain, zipped. ERR_NOMEM, or the buffer's. */
enum err gzip_add(struct str plain, struct buf *to) MUST_USE;

#endif
