#include "app/process.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct metric rss = {"yunqiao_process_resident_bytes", NULL, "Memory of yunqiaod, resident.",
                            METRIC_GAUGE},
                     fds = {"yunqiao_process_open_fds", NULL, "Open descriptors of yunqiaod.", METRIC_GAUGE},
                     start = {"yunqiao_process_start_time_seconds", NULL,
                              "When yunqiaod was started, Unix time.", METRIC_GAUGE},
                     lines[] = {
                         {"yunqiao_log_lines_total", "level=\"warn\"", "Log lines by level.", METRIC_GAUGE},
                         {"yunqiao_log_lines_total", "level=\"error\"", NULL, METRIC_GAUGE},
};

int64_t process_rss_bytes(void)
{
    char text[128];
    int64_t pages = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    if (n <= 0) return 0;
    struct str rest = {text, (size_t)n};
    str_cut(&rest, ' ');
    struct str resident = str_cut(&rest, ' ');
    return str_to_i64(resident, &pages) ? pages * sysconf(_SC_PAGESIZE) : 0;
}

int64_t process_fds(void)
{
    int64_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    if (!d) return 0;
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n - 1; /* but for the one that counts */
}

void process_register_metrics(struct instant started)
{
    metric_register(&rss);
    metric_register(&fds);
    metric_register(&start);
    metric_register(&lines[0]);
    metric_register(&lines[1]);
    metric_set(&start, started.ms / 1000);
    process_update_metrics();
}

void process_update_metrics(void)
{
    metric_set(&rss, process_rss_bytes());
    metric_set(&fds, process_fds());
    metric_set(&lines[0], (int64_t)log_count(LOG_WARN));
    metric_set(&lines[1], (int64_t)log_count(LOG_ERROR));
}

int64_t process_free_bytes(const char *path)
{
    char at[1024];
    struct statvfs v;
    snprintf(at, sizeof at, "%s", path);
    while (statvfs(at, &v) != 0) {
        char *slash = strrchr(at, '/');
        if (!slash)
            snprintf(at, sizeof at, ".");
        else if (slash == at)
            at[1] = '\0';
        else
            *slash = '\0';
        if (!slash && statvfs(at, &v) != 0) return -1;
    }
    return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

void process_tune_heap(void)
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

void process_trim_heap(void)
{
    malloc_trim(0);
}
