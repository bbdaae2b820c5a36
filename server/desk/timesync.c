#include "desk/timesync.h"
#include <sys/timex.h>

struct timesync timesync_look(void)
{
    struct timex tx = {.modes = 0};
    struct timesync sync = {0};
    int state = adjtimex(&tx);
    if (state < 0) return sync;
    sync.is_known = true;
    sync.is_synced = state != TIME_ERROR && (tx.status & STA_UNSYNC) == 0;
    sync.offset_ms = tx.offset / (tx.status & STA_NANO ? 1000000 : 1000);
    return sync;
}
