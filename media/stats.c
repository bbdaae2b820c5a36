#include "media/stats.h"
#include "base/str.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

void stats_init(struct stats *s)
{
    s->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    s->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

void stats_done(struct stats *s)
{
    if (s->statm_fd >= 0) close(s->statm_fd);
    s->statm_fd = -1;
}

/* proc(5): "size resident shared …", in pages. */
uint64_t stats_rss_bytes(const struct stats *s)
{
    char text[128];
    uint64_t pages;
    ssize_t n = s->statm_fd < 0 ? -1 : pread(s->statm_fd, text, sizeof text, 0);
    if (n <= 0) return 0;
    struct str rest = {text, (size_t)n};
    (void)str_cut(&rest, ' ');
    if (!str_to_u64(str_cut(&rest, ' '), &pages)) return 0;
    return pages * s->page_bytes;
}

uint64_t stats_cpu_ms(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u)) return 0;
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}
