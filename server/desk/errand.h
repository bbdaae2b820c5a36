/* errand: threads for slow work, so that neither the net thread, a reader nor the desk waits for it. Three lanes with a bounded
 * queue each: password hashing (64 MiB a run, so at most two at once), images (reading and drawing them in a child), and the rest (a
 * walk over the audit chain, a new certificate). A job belongs to the errand from post until its run is called; run may free it or post it elsewhere. */
#ifndef DESK_ERRAND_H
#define DESK_ERRAND_H
#include "base/box.h"

enum errand_lane { ERRAND_HASH, ERRAND_SLOW, ERRAND_IMAGE, ERRAND_LANES };

struct errand_job {
    struct box_item item; /* first */
    void (*run)(struct errand_job *job);
};

struct errand;

struct errand *errand_new(uint32_t queue_max) MUST_USE; /* a lane's jobs waiting */
/* Runs what was posted, then ends the threads. NULL allowed. Before the store is closed: jobs post to it. */
void errand_free(struct errand *e);
enum err errand_post(struct errand *e, enum errand_lane lane,
                     struct errand_job *job) MUST_USE; /* ERR_BUSY, ERR_CLOSED */

#endif
