/* notify: tells systemd how the service is (READY, RELOADING, STOPPING, WATCHDOG) over the datagram socket named by
 * NOTIFY_SOCKET, as sd_notify(3) describes. Without that variable every call does nothing. Main thread. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H
#include <stdint.h>

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);
/* How often notify_watchdog must be called, half of what systemd allows; 0: it does not watch. */
int64_t notify_watchdog_ms(void);

#endif
