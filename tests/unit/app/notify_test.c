#include "../check.h"
#include "app/notify.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int service_manager(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", check_tmp_dir());
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    setenv("NOTIFY_SOCKET", at.sun_path, 1);
    return fd;
}

static void check_heard(int fd, const char *words)
{
    char text[256] = "";
    CHECK(recv(fd, text, sizeof text - 1, MSG_DONTWAIT) > 0);
    CHECK(strncmp(text, words, strlen(words)) == 0);
}

TEST(systemd_hears_how_the_service_is)
{
    int fd = service_manager();
    notify_ready("serving");
    check_heard(fd, "READY=1\nSTATUS=serving\n");
    notify_reloading();
    check_heard(fd, "RELOADING=1\nMONOTONIC_USEC=");
    notify_watchdog();
    check_heard(fd, "WATCHDOG=1\n");
    notify_stopping();
    check_heard(fd, "STOPPING=1\n");
    unsetenv("NOTIFY_SOCKET");
    notify_ready("nobody hears this");
    char none[8];
    CHECK(recv(fd, none, sizeof none, MSG_DONTWAIT) < 0);
    close(fd);
}

TEST(the_watchdog_is_fed_twice_as_often_as_it_asks)
{
    char pid[16];
    unsetenv("WATCHDOG_USEC");
    CHECK_INT(notify_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    CHECK_INT(notify_watchdog_ms(), 15000);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    CHECK_INT(notify_watchdog_ms(), 15000);
    setenv("WATCHDOG_PID", "1", 1);
    CHECK_INT(notify_watchdog_ms(), 0);
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "nonsense", 1);
    CHECK_INT(notify_watchdog_ms(), 0);
    unsetenv("WATCHDOG_USEC");
}
