/* multipart: the parts of a multipart/related body (RFC 2046 §5.1, RFC 2387; PS3.18 §8.6.1.2), found in a source without holding it.
 *
 *   --BOUNDARY CRLF  Content-Type: application/dicom CRLF  CRLF  …bytes…  CRLF--BOUNDARY CRLF …  CRLF--BOUNDARY--
 *
 * Pure; one thread. */
#ifndef IMAGING_MULTIPART_H
#define IMAGING_MULTIPART_H
#include "imaging/source.h"

#define MULTIPART_BOUNDARY_BYTES 70 /* RFC 2046 §5.1.1 */
#define MULTIPART_HEAD_BYTES 2048

struct multipart {
    const struct source *from;
    char mark[MULTIPART_BOUNDARY_BYTES + 5]; /* CRLF -- boundary */
    size_t mark_bytes;
    int64_t at; /* after a boundary; -1: before the first */
    bool is_ended;
};
struct multipart_part {
    char type[128]; /* media type with its parameters; empty: not said */
    int64_t offset, bytes;
};

/* field: Content-Type. False: it is no multipart/related, or has no proper boundary; the media type of its parts is in ret_type. */
bool multipart_boundary(struct str field, char ret_boundary[MULTIPART_BOUNDARY_BYTES + 1], char ret_type[64]);
void multipart_begin(struct multipart *m, const struct source *from, const char *boundary);
/* ERR_NOT_FOUND: that was the last one. ERR_BAD_INPUT: no such body (cut off, a head too long). */
enum err multipart_next(struct multipart *m, struct multipart_part *ret) MUST_USE;

#endif
