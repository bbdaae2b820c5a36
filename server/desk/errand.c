#include "desk/errand.h"
#include "base/mem.h"
#include <pthread.h>
#include <stdbool.h>

enum { THREADS_MAX = 2 };
static const int threads_of[ERRAND_LANES] = {[ERRAND_HASH] = 2, [ERRAND_SLOW] = 1, [ERRAND_IMAGE] = 2};

struct lane {
    struct box *box;
    pthread_t threads[THREADS_MAX];
    int started;
};

struct errand {
    struct lane lanes[ERRAND_LANES];
};

static void *lane_run(void *at)
{
    struct lane *lane = at;
    struct box_item *item;
    while ((item = box_take(lane->box, 1, -1)) != NULL) {
        struct errand_job *job = (struct errand_job *)(void *)item;
        job->run(job);
    }
    return NULL;
}

static bool lane_start(struct lane *lane, int threads, uint32_t queue_max)
{
    ASSERT(threads <= THREADS_MAX);
    lane->box = box_new(queue_max);
    if (!lane->box) return false;
    for (; lane->started < threads; lane->started++)
        if (pthread_create(&lane->threads[lane->started], NULL, lane_run, lane) != 0) return false;
    return true;
}

struct errand *errand_new(uint32_t queue_max)
{
    struct errand *e = mem_zalloc(sizeof *e);
    if (!e) return NULL;
    for (int i = 0; i < ERRAND_LANES; i++) {
        if (lane_start(&e->lanes[i], threads_of[i], queue_max)) continue;
        errand_free(e);
        return NULL;
    }
    return e;
}

static void lane_stop(struct lane *lane)
{
    if (!lane->box) return;
    box_close(lane->box);
    while (lane->started > 0)
        pthread_join(lane->threads[--lane->started], NULL);
    box_free(lane->box);
}

void errand_free(struct errand *e)
{
    if (!e) return;
    for (int i = 0; i < ERRAND_LANES; i++)
        lane_stop(&e->lanes[i]);
    mem_free(e);
}

enum err errand_post(struct errand *e, enum errand_lane lane, struct errand_job *job)
{
    ASSERT(lane < ERRAND_LANES);
    ASSERT(job->run != NULL);
    return box_put(e->lanes[lane].box, &job->item);
}
