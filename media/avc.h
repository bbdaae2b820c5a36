/* avc: H.264 between two dresses: NAL units behind start codes (ITU-T H.264 annex B), as they come from the network, and behind lengths of four
 * bytes with the parameter sets apart (ISO/IEC 14496-15 §5.3), as files have them. Any thread; hostile input. */
#ifndef MEDIA_AVC_H
#define MEDIA_AVC_H
#include "base/buf.h"
#include <stdbool.h>
#include <stdint.h>

/* The next NAL unit from *from on, which moves behind it; false: there is none. */
bool avc_next(const uint8_t *at, size_t bytes, size_t *from, const uint8_t **ret_nal, size_t *ret_bytes);
/* Adds the decoder's configuration record of this picture's first SPS and first PPS. ERR_BAD_INPUT: one is missing, or cut off. */
enum err avc_configuration(const uint8_t *at, size_t bytes, struct buf *to) MUST_USE;
/* Adds the units with their lengths. */
void avc_with_lengths(const uint8_t *at, size_t bytes, struct buf *to);

#endif
