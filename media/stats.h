/* stats: what this process uses: memory and processor time. Embedded; one thread. The kernel's file about
 * our memory is opened before the sandbox closes and read again and again through the same descriptor. */
#ifndef MEDIA_STATS_H
#define MEDIA_STATS_H
#include "base/err.h"
#include <stdint.h>

struct stats {
    uint64_t page_bytes;
    int statm_fd; /* -1: /proc is not there; memory then shows as 0 */
};

void stats_init(struct stats *s);
void stats_done(struct stats *s);
uint64_t stats_rss_bytes(const struct stats *s);
uint64_t stats_cpu_ms(void);

#endif
