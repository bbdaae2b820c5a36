/* visit_preview: what a specialist would see of records if they were attached to a consultation about these labels: decided by the same guard
 * that will decide it then (records/guard), on a grant that is made up for the question. On a reader or the desk. */
#ifndef DESK_VISIT_PREVIEW_H
#define DESK_VISIT_PREVIEW_H
#include "desk/chart.h"

/* "attached": [{"reference", "type", "words", "at", "labels": […], "seen", "files"}] into an open object. Of an image study or a document, files
 * says how many it brings. encounter may be 0. */
enum err visit_preview_write(struct tx *tx, struct record_reader *server, int64_t patient, int64_t encounter,
                             const struct record_head *rows, uint32_t n, uint32_t labels,
                             struct json_out *to) MUST_USE;

#endif
