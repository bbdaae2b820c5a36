/* timesync: whether the kernel's clock follows a time source (rule 23), as adjtimex(2) knows it from chrony, ntpd or timesyncd.
 * Any thread. */
#ifndef DESK_TIMESYNC_H
#define DESK_TIMESYNC_H
#include <stdbool.h>
#include <stdint.h>

struct timesync {
    bool is_known;     /* the kernel answered */
    bool is_synced;    /* some daemon disciplines the clock */
    int64_t offset_ms; /* what is left to be corrected */
};
struct timesync timesync_look(void);

#endif
