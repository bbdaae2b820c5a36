/* app: the wiring of yunqiaod: which part is made when, what each is told of the others, and in which order they end.
 * Main thread.
 *
 *   settings -> store -> certificates -> errands, throttle -> site -> api -> assets -> net -> control -> workers
 *
 * Ending goes the other way: no new connections, requests answered, sockets closed, threads joined, the store last. */
#ifndef APP_APP_H
#define APP_APP_H
#include "app/settings.h"
#include "desk/ops.h"

#define APP_DRAIN_MS 10000

struct app;
/* ret_why: one sentence for the operator; *ret_exit: the exit code that goes with it (docs/PROTOCOL §9). */
enum err app_new(const struct settings *settings, struct app **ret_app, char ret_why[256],
                 enum ops_exit *ret_exit) MUST_USE;
/* Waits at most until `until` for something to do, and does it: workers, certificates, the watchdog, notices of health. wake_fd:
 * ends the wait when readable. */
void app_step(struct app *a, int wake_fd, int64_t wait_ms);
/* Settings and certificates again. `then`: as read now. */
void app_reload(struct app *a, const struct settings *then);
void app_drain(struct app *a);
bool app_is_drained(struct app *a);
void app_free(struct app *a);

#endif
