/* decode: whole pictures of one stream become what can be looked at: VP8 and VP9 by libvpx, H.264 by openh264. AV1: there is no decoder
 * here. In the codec child alone: what comes in is a stranger's. One owner, one thread. */
#ifndef MEDIA_DECODE_H
#define MEDIA_DECODE_H
#include "media/frame.h"
#include "media/picture.h"

struct decoder;
/* ERR_UNSUPPORTED: no decoder of that codec; ERR_NOMEM. */
enum err decoder_new(enum codec codec, struct decoder **ret_decoder) MUST_USE;
void decoder_free(struct decoder *d); /* NULL allowed */
/* The next picture. ERR_BAD_INPUT: it does not decode, and what was decoded before is not to be shown as the newest. */
enum err decoder_unit(struct decoder *d, const uint8_t *at, size_t bytes) MUST_USE;
/* The newest that came out; ERR_NOT_FOUND: none has; ERR_LIMIT: larger than a picture may be. */
enum err decoder_picture(struct decoder *d, struct picture *ret_picture) MUST_USE;

#endif
