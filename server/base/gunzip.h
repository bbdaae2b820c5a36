/* gunzip: what was compressed by gzip (RFC 1952), whole, by zlib. The buffer's maximum bounds what a hostile file can become. Any thread. */
#ifndef BASE_GUNZIP_H
#define BASE_GUNZIP_H
#include "base/buf.h"

bool gunzip_is(struct str bytes); /* begins as such */
/* Appends; several members one after the other are one text. ERR_BAD_INPUT: damaged, or cut off; ERR_LIMIT, ERR_NOMEM. */
enum err gunzip(struct str from, struct buf *to) MUST_USE;

#endif
