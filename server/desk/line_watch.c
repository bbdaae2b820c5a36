#include "desk/line_watch.h"
#include "base/metric.h"
#include "desk/call_quality_bad.h"
#include <stdatomic.h>

static struct metric metric_bad = {.name = "yunqiao_call_lines_bad",
                                   .help = "Lines of consultations that stayed bad in the last hour: poor or "
                                           "away in three of five minutes.",
                                   .kind = METRIC_GAUGE};

void line_watch_init(struct line_watch *w, struct site *site)
{
    *w = (struct line_watch){.watch.site = site};
    metric_register(&metric_bad);
}

static enum err run(struct job *job, struct tx *tx)
{
    struct line_watch *w = (struct line_watch *)(void *)job;
    return line_bad_note(tx, &w->lately);
}

static void done(struct job *job, enum err err)
{
    struct line_watch *w = (struct line_watch *)(void *)job;
    if (!err) {
        atomic_store(&w->watch.site->bad_lines, (int)w->lately);
        metric_set(&metric_bad, w->lately);
    }
    watch_over(&w->watch, err, "calls");
}

void line_watch_step(struct line_watch *w)
{
    watch_turn(&w->watch, 1024, run, done);
}
