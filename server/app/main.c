/* main: yunqiaod. Reads what it is told, makes the app, and turns it until a signal ends it. The one thread here owns settings,
 * signals and child processes.
 *
 *   SIGTERM, SIGINT  no new connections, answer what is under way, at most APP_DRAIN_MS; a second one ends at once
 *   SIGHUP           settings and certificates again */
#include "app/app.h"
#include "app/notify.h"
#include "app/process.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "desk/formulary.h"
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_MS 1000
#define LAST_S 30 /* if even the ending hangs */

static int take_signals(void)
{
    sigset_t set;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL); /* and so for each thread made later */
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void reload(struct app *a, int argc, char **argv)
{
    struct settings then;
    enum settings_want want;
    char why[256];
    notify_reloading();
    if (settings_read(argc, argv, &then, &want, why) == OK)
        app_reload(a, &then);
    else
        log_error("app", "settings_kept", LOG_T("why", why));
    notify_ready("serving");
}

/* Returns the number of a signal, or 0. */
static int next_signal(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static void drain(struct app *a, int signals)
{
    int64_t until = clock_tick().ms + APP_DRAIN_MS;
    notify_stopping();
    log_info("app", "draining");
    app_drain(a);
    while (!app_is_drained(a) && clock_tick().ms < until) {
        app_step(a, signals, 20);
        int signal_number = next_signal(signals);
        if (signal_number == SIGTERM || signal_number == SIGINT) {
            log_warn("app", "ended_at_once");
            _exit(OPS_DONE);
        }
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* from here on a second one ends us the hard way; so does time */
    alarm(LAST_S);
}

static void turn(struct app *a, int signals, int argc, char **argv)
{
    for (;;) {
        app_step(a, signals, STEP_MS);
        switch (next_signal(signals)) {
        case SIGTERM:
        case SIGINT:
            drain(a, signals);
            return;
        case SIGHUP:
            reload(a, argc, argv);
            break;
        default:
            break;
        }
    }
}

/* A sanitizer's leak check needs to trace its own process. */
static void protect(void)
{
#ifndef YQ_SANITIZED
    enum err err = sandbox_no_dump();
    if (err) log_warn("app", "may_be_dumped", LOG_E(err));
#endif
}

int main(int argc, char **argv)
{
    struct settings settings;
    enum settings_want want;
    enum ops_exit code = OPS_DONE;
    struct app *app;
    char why[256] = "";

    process_tune_heap();
    if (settings_read(argc, argv, &settings, &want, why) != OK) {
        fprintf(stderr, "yunqiaod: %s\n", why);
        return OPS_USAGE;
    }
    if (want == SETTINGS_HELP) {
        settings_help(1);
        return OPS_DONE;
    }
    if (want == SETTINGS_VERSION) {
        printf("yunqiaod %s\n", YQ_VERSION);
        return OPS_DONE;
    }
    umask(077);
    protect();
    log_level_set(settings_log_level(&settings));
    if (formulary_open(settings.drug_table, why) !=
        OK) /* served all the same: each check says that it did not run */
        log_error("app", "drug_table_broken", LOG_T("why", why));
    int signals = take_signals();
    if (signals < 0 || app_new(&settings, &app, why, &code) != OK) {
        fprintf(stderr, "yunqiaod: %s\n", why);
        return code;
    }
    log_info("app", "serving", LOG_T("version", YQ_VERSION), LOG_T("https", settings.https));
    process_trim_heap();
    notify_ready("serving");
    turn(app, signals, argc, argv);
    app_free(app);
    log_info("app", "ended");
    return OPS_DONE;
}
