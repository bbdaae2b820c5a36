/* yunqiao: the operator's command. While yunqiaod serves the site, it is asked over DIR/control.sock; stopped, the store is opened
 * here, under the same lock, and the same operations run on it (desk/ops.h). */
#include "app/command.h"
#include "app/control.h"
#include "app/process.h"
#include "app/show.h"
#include "app/sim.h"
#include "auth/schema.h"
#include "auth/throttle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "desk/agenda.h"
#include "desk/call_quality.h"
#include "desk/call_quality_bad.h"
#include "desk/consequence.h"
#include "desk/epidemic.h"
#include "desk/epidemic_officer.h"
#include "desk/escalate.h"
#include "desk/escort.h"
#include "desk/film_keep.h"
#include "desk/montage.h"
#include "desk/opinion.h"
#include "desk/opinion_verify.h"
#include "desk/outbox.h"
#include "desk/registrar.h"
#include "desk/room_book.h"
#include "desk/schedule.h"
#include "desk/sickcall.h"
#include "desk/site_key.h"
#include "desk/stay_watch.h"
#include "desk/telling.h"
#include "desk/visit.h"
#include "net/cert.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include "records/reindex.h"
#include "registry/inbox.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIGRATIONS_MAX 128
#define ANSWER_BYTES_MAX (64 << 20)

struct answer_state {
    const struct command_call *call;
    enum ops_exit code;
    bool has_answer;
};

static void heard(void *ctx, struct str line)
{
    struct answer_state *a = ctx;
    if (show_progress(line)) return;
    a->has_answer = true;
    a->code = show_answer(line, a->call->wants_json);
}

static enum ops_exit fail(const struct command_call *call, enum err err, enum ops_exit code, const char *why)
{
    struct buf line;
    buf_init(&line, 4096);
    ops_error_line(&line, err, why);
    if (line.bytes > 0) line.bytes--; /* the newline */
    show_answer(buf_str(&line), call->wants_json);
    buf_done(&line);
    return code;
}

/* -- a running server -- */

static bool ask_server(const struct command_call *call, enum ops_exit *ret_code)
{
    struct answer_state a = {call, OPS_FAILED, false};
    int fd;
    enum err err = control_connect(call->data, &fd);
    if (err == ERR_NOT_FOUND) return false;
    if (err == OK) {
        err = control_ask(fd, buf_str(&call->request), heard, &a);
        close(fd);
    }
    *ret_code = err || !a.has_answer ? fail(call, err ? err : ERR_CLOSED, OPS_FAILED,
                                            "the server went away before it answered")
                                     : a.code;
    return true;
}

/* -- a stopped one -- */

static void on_progress(void *ctx, struct str line)
{
    (void)ctx;
    if (line.bytes > 0) show_progress((struct str){line.at, line.bytes - 1});
}

static void on_count(void *ctx, int64_t done, int64_t of)
{
    char line[128];
    int n = snprintf(line, sizeof line, "{\"progress\":{\"done\":%lld,\"of\":%lld,\"what\":\"%s\"}}",
                     (long long)done, (long long)of, (const char *)ctx);
    show_progress((struct str){line, (size_t)n});
}

static void all_migrations(struct migration to[MIGRATIONS_MAX])
{
    int n = 0;
    const struct migration *const tables[] = {auth_migrations,
                                              net_migrations,
                                              room_migrations,
                                              records_migrations,
                                              guard_migrations,
                                              codes_migrations,
                                              attach_migrations,
                                              records_late_migrations,
                                              chart_migrations,
                                              agenda_migrations,
                                              schedule_migrations,
                                              standing_migrations,
                                              outbox_migrations,
                                              escort_migrations,
                                              records_last_migrations,
                                              visit_migrations,
                                              sickcall_migrations,
                                              escalate_migrations,
                                              site_key_migrations,
                                              opinion_migrations,
                                              telling_migrations,
                                              registry_migrations,
                                              registrar_migrations,
                                              stay_watch_migrations,
                                              consequence_migrations,
                                              epidemic_migrations,
                                              film_migrations,
                                              call_quality_migrations,
                                              film_keep_migrations,
                                              montage_migrations,
                                              epidemic_officer_migrations,
                                              escalate_late_migrations,
                                              film_mark_migrations,
                                              call_quality_bad_migrations};
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct migration *m = tables[i]; m->number; m++) {
            ASSERT(n < MIGRATIONS_MAX - 1);
            to[n++] = *m;
        }
    to[n] = (struct migration){0};
}

static enum ops_exit run_here(const struct command_call *call)
{
    struct migration migrations[MIGRATIONS_MAX];
    struct store_settings how = {.dir = call->data,
                                 .key_path = call->key,
                                 .create = call->command->creates,
                                 .migrations = migrations,
                                 .queue_max = 64};
    struct site site = {.started = clock_now(), .version = YQ_VERSION};
    struct buf answer;
    char why[256] = "";
    all_migrations(migrations);
    enum err err = store_open(&how, &site.store, why);
    if (err) {
        enum ops_exit code = ops_exit_of(err) == OPS_FAILED ? OPS_FAILED : OPS_STORE;
        return fail(call, err, code, why[0] ? why : NULL);
    }
    int64_t made = 0;
    err = records_new(site.store, &site.records);
    if (!err) err = reindex_missing(site.store, site.records, &made);
    if (err) {
        store_close(site.store, 60000);
        return fail(call, err, ops_exit_of(err), NULL);
    }
    snprintf(site.files, sizeof site.files, "%s/files", call->data);
    snprintf(site.recordings, sizeof site.recordings, "%s/recordings", call->data);
    snprintf(site.settings.zone, sizeof site.settings.zone, "Asia/Shanghai");
    site.settings.idle_s = 900;
    site.settings.session_s = 12 * 3600;
    site.settings.argon2_mib = 64;
    buf_init(&answer, ANSWER_BYTES_MAX);
    ops_run(&site, buf_str(&call->request), &answer, on_progress, NULL);
    if (answer.bytes > 0) answer.bytes--; /* the newline */
    enum ops_exit code = show_answer(buf_str(&answer), call->wants_json);
    buf_done(&answer);
    store_close(site.store, 60000);
    records_free(site.records);
    return code;
}

/* -- what needs no open store -- */

static enum ops_exit restore(const struct command_call *call)
{
    struct audit_report report;
    char why[256] = "", head[2 * DIGEST_BYTES + 1], what[] = "restore";
    struct buf line;
    struct json_out o;
    enum err err = store_restore(call->from, call->data, call->key, &report, on_count, what, why);
    if (err) {
        show_progress_end();
        return fail(call, err, err == ERR_EXISTS ? OPS_REFUSED : ops_exit_of(err), why[0] ? why : NULL);
    }
    str_hex(report.head.hash.at, DIGEST_BYTES, head);
    buf_init(&line, 4096);
    json_out_init(&o, &line);
    json_open(&o, NULL);
    json_put_bool(&o, "ok", true);
    json_open(&o, "result");
    json_put_bool(&o, "ok", report.damage == AUDIT_WHOLE);
    json_put_int(&o, "rows", report.rows);
    json_put_int(&o, "epoch", report.head.epoch);
    json_put_int(&o, "seq", report.head.seq);
    json_put_text(&o, "head", head);
    json_close(&o);
    json_close(&o);
    enum ops_exit code = show_answer(buf_str(&line), call->wants_json);
    buf_done(&line);
    return report.damage == AUDIT_WHOLE ? code : OPS_NOT_SO;
}

/* At most so much of a file; in the buffer. */
static enum err read_file(const char *path, struct buf *to)
{
    FILE *f = fopen(path, "rb");
    char part[65536];
    size_t n;
    if (!f) return ERR_NOT_FOUND;
    while (!to->err && (n = fread(part, 1, sizeof part, f)) > 0)
        buf_add(to, part, n);
    enum err err = to->err ? to->err : ferror(f) ? ERR_IO : OK;
    fclose(f);
    return err;
}

static enum ops_exit verify_one(const struct command_call *call, const char *path, struct str key,
                                bool is_english)
{
    struct buf file, report;
    enum opinion_verdict verdict = OPINION_IS_NO_FILE;
    struct arena *arena = arena_new((size_t)256 << 20);
    buf_init(&file, OPINION_FILE_BYTES_MAX);
    buf_init(&report, 4 << 20);
    enum err err = arena ? read_file(path, &file) : ERR_NOMEM;
    if (!err) err = opinion_verify(arena, buf_str(&file), key, is_english, &report, &verdict);
    if (!err) printf("%.*s", (int)report.bytes, report.at ? report.at : "");
    buf_done(&file);
    buf_done(&report);
    arena_free(arena);
    if (err) return fail(call, err, OPS_FAILED, err == ERR_NOT_FOUND ? "the file cannot be read" : NULL);
    return verdict == OPINION_HOLDS ? OPS_DONE : OPS_NOT_SO;
}

/* Away from any site: neither its data nor its server is asked. */
static enum ops_exit verify(const struct command_call *call)
{
    struct json *request;
    struct str lang = STR("zh"), path;
    struct buf key;
    enum ops_exit code = OPS_DONE;
    buf_init(&key, 64 * 1024);
    enum err err = json_parse(buf_str(&call->request), &request, NULL);
    if (err) return fail(call, err, OPS_FAILED, NULL);
    const struct json *args = json_get(request, "args"), *files = json_get(args, "files");
    (void)json_text(json_get(args, "lang"), &lang);
    bool is_known = str_is_text(lang, "zh") || str_is_text(lang, "en");
    if (!is_known) code = fail(call, ERR_BAD_INPUT, OPS_USAGE, "--lang: zh or en");
    if (is_known && call->key[0] && (err = read_file(call->key, &key)) != OK)
        code = fail(call, err, OPS_FAILED, "the key file cannot be read");
    for (size_t i = 0; code == OPS_DONE && i < json_count(files); i++)
        if (json_text(json_at(files, i), &path))
            code = verify_one(call, path.at, call->key[0] ? buf_str(&key) : (struct str){0},
                              str_is_text(lang, "en"));
    json_free(request);
    buf_done(&key);
    return code;
}

/* The registry's side of a site: it stands elsewhere. */
static enum ops_exit registry_sim(const struct command_call *call)
{
    char why[256] = "";
    struct buf line;
    buf_init(&line, 4096);
    enum err err = sim_run(buf_str(&call->request), &line, why);
    enum ops_exit code = err ? fail(call, err, err == ERR_BAD_INPUT ? OPS_USAGE : OPS_FAILED, why)
                             : show_answer(buf_str(&line), call->wants_json);
    buf_done(&line);
    return code;
}

static enum ops_exit print_version(const struct command_call *call)
{
    printf(call->wants_json ? "{\"version\":\"%s\"}\n" : "yunqiao %s\n", YQ_VERSION);
    return OPS_DONE;
}

static enum ops_exit run(const struct command_call *call)
{
    enum ops_exit code;
    bool is_version = strcmp(call->command->words, "version") == 0,
         is_restore = strcmp(call->command->words, "restore") == 0;
    if (is_version) return print_version(call);
    if (is_restore) return restore(call);
    if (strcmp(call->command->words, "verify") == 0) return verify(call);
    if (strcmp(call->command->words, "registry-sim") == 0) return registry_sim(call);
    if (ask_server(call, &code)) return code;
    if (strcmp(call->command->words, "address") == 0)
        return fail(call, ERR_CLOSED, OPS_FAILED, "no server is running on this data");
    return run_here(call);
}

int main(int argc, char **argv)
{
    struct command_call call;
    char why[256] = "";
    process_tune_heap();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    log_level_set(LOG_WARN);
    enum err err = command_read(argc, argv, &call, why);
    enum ops_exit code;
    if (err) {
        fprintf(stderr, "yunqiao: %s\n", why[0] ? why : err_text(err));
        code = OPS_USAGE;
    } else if (call.wants_help) {
        command_help(1, call.command);
        code = OPS_DONE;
    } else {
#ifndef YQ_SANITIZED
        if (sandbox_no_dump() != OK) log_warn("yunqiao", "may_be_dumped");
#endif
        code = run(&call);
    }
    buf_done(&call.request);
    return code;
}
