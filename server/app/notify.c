#include "app/notify.h"
#include "base/clock.h"
#include "base/str.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void send_text(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    if (n < 2 || n >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return;
    memcpy(to.sun_path, path, n);
    if (path[0] == '@') to.sun_path[0] = '\0'; /* an abstract name */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    /* Nobody is told when it fails: the service runs all the same. */
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to, bytes) < 0) {
        close(fd);
        return;
    }
    close(fd);
}

void notify_ready(const char *status)
{
    char text[256];
    snprintf(text, sizeof text, "READY=1\nSTATUS=%.200s\n", status);
    send_text(text);
}

void notify_reloading(void)
{
    char text[96];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld\n", (long long)clock_tick_us());
    send_text(text);
}

void notify_stopping(void)
{
    send_text("STOPPING=1\n");
}

void notify_watchdog(void)
{
    send_text("WATCHDOG=1\n");
}

int64_t notify_watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    uint64_t us, wanted;
    if (!usec || !str_to_u64(str_of(usec), &us) || us < 2000) return 0;
    if (pid && (!str_to_u64(str_of(pid), &wanted) || wanted != (uint64_t)getpid())) return 0;
    return (int64_t)(us / 2000);
}
