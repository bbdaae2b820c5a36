/* dependency: the dependency descriptor (AV1 RTP specification, appendix A), a header extension that tells a
 * forwarder of frames and layers without a look at the payload. Chromium sends it for AV1, and for other
 * codecs on request.
 *
 *   | start | end | template (6) | frame number (16) |      always
 *   | structure | active targets | custom: dtis, fdiffs, chains | …   when longer
 *
 * A structure comes with a key frame and holds until the next one; the reader keeps it. Embedded, one thread.
 * */
#ifndef MEDIA_DEPENDENCY_H
#define MEDIA_DEPENDENCY_H
#include "base/err.h"
#include "base/str.h"

enum {
    DEPENDENCY_TARGETS_MAX = 32,
    DEPENDENCY_TEMPLATES_MAX = 64,
    DEPENDENCY_SPATIAL_MAX = 4,
    DEPENDENCY_TEMPORAL_MAX = 8
};
enum dependency_use { /* of a frame for a decode target */
                      DEPENDENCY_NOT_PRESENT,
                      DEPENDENCY_DISCARDABLE,
                      DEPENDENCY_SWITCH,
                      DEPENDENCY_REQUIRED
};

struct dependency_structure {
    bool is_known;
    uint8_t id_offset, target_count, template_count, chain_count, spatial_count;
    uint8_t sid[DEPENDENCY_TEMPLATES_MAX], tid[DEPENDENCY_TEMPLATES_MAX];
    uint8_t use[DEPENDENCY_TEMPLATES_MAX][DEPENDENCY_TARGETS_MAX]; /* enum dependency_use */
    uint8_t target_sid[DEPENDENCY_TARGETS_MAX], target_tid[DEPENDENCY_TARGETS_MAX];
    bool has_sizes;
    uint16_t width[DEPENDENCY_SPATIAL_MAX], height[DEPENDENCY_SPATIAL_MAX];
};
struct dependency {
    bool is_start, is_end, has_structure, has_active_targets;
    uint8_t template_id, sid, tid;
    uint16_t frame_number;
    uint32_t active_targets;
    uint8_t use[DEPENDENCY_TARGETS_MAX]; /* by target, custom ones applied */
};

/* kept: the stream's structure; replaced when the descriptor brings one. ERR_BAD_INPUT: malformed, and kept
 * is as it was; ERR_NOT_FOUND: it refers to a structure that never came. */
enum err dependency_parse(struct str value, struct dependency_structure *kept,
                          struct dependency *ret_dependency) MUST_USE;

#endif
