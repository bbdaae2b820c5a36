#include "desk/bulk.h"
#include "auth/account.h"
#include "auth/policy.h"
#include "base/log.h"
#include "base/mem.h"
#include "records/grant.h"
#include "records/interact.h"
#include "records/subset.h"
#include <pthread.h>
#include <stdio.h>

enum { ARENA_MAX = 32 * 1024 * 1024, LINE_MAX_BYTES = RECORD_BODY_BYTES_MAX + 4096, STRETCH_US = 20000 };

/* A file with its writer, which removes it when it is freed. */
struct held_file {
    struct bulk_file file;
    struct file_writer *writer;
};

struct bulk_run {
    struct job job; /* first; out while is_out */
    struct bulk *all;
    struct bulk_run *next;
    struct arena *home; /* lives as long as this: what was asked */
    struct bulk_ask ask;
    const char *tag; /* a Coding */
    uint32_t refs;   /* the list, the stretch that is out, each that holds a file */
    bool is_listed, is_out;
    /* Of the stretch that is out, else nobody's: only one is out at a time. */
    struct stretch at;
    struct arena *arena;
    struct audit_row row;
    struct file_writer *writer;
    struct buf line;
    int64_t count; /* in the file that is written */
    bool is_whole; /* nothing is left */
    /* Under the lock. */
    enum err err;
    bool is_done;
    uint32_t types_done;
    int64_t written;
    struct held_file *files;
    uint32_t file_count, file_room;
};

struct bulk {
    struct site *site;
    pthread_mutex_t lock;
    struct bulk_run *first;
    uint32_t count;
};

bool bulk_has_type(uint16_t resource)
{
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    return !str_is_text(type, "AuditEvent") && !str_is_text(type, "Binary");
}

static bool is_wanted(const struct bulk_run *run, uint16_t resource)
{
    struct str rest = run->ask.scope.types, type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    if (!bulk_has_type(resource)) return false;
    if (rest.bytes == 0) return true;
    while (rest.bytes)
        if (str_is(str_cut(&rest, ','), type)) return true;
    return false;
}

static uint32_t types_wanted(const struct bulk_run *run)
{
    uint32_t n = 0;
    for (uint16_t t = 0; t < fhir_resource_count; t++)
        n += is_wanted(run, t);
    return n;
}

/* -- one and all of them -- */

static void run_free(struct bulk_run *run)
{
    for (uint32_t i = 0; i < run->file_count; i++) {
        file_writer_free(run->files[i].writer);
        mem_wipe(&run->files[i], sizeof run->files[i]);
    }
    mem_free(run->files);
    file_writer_free(run->writer);
    buf_done(&run->line);
    arena_free(run->arena);
    arena_free(run->home);
    mem_free(run);
}

/* Under the lock: the last to let go frees it, outside. */
static struct bulk_run *unref(struct bulk_run *run)
{
    return --run->refs == 0 ? run : NULL;
}

static void free_outside(struct bulk_run *run)
{
    if (run) run_free(run);
}

static struct bulk_run *find(struct bulk *b, int64_t id)
{
    struct bulk_run *run = b->first;
    while (run && run->ask.id != id)
        run = run->next;
    return run;
}

/* Out of the list; what is to be freed outside. */
static struct bulk_run *unlist(struct bulk *b, struct bulk_run *run)
{
    struct bulk_run **at = &b->first;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    run->is_listed = false;
    b->count--;
    return unref(run);
}

struct bulk *bulk_new(struct site *site)
{
    struct bulk *b = mem_zalloc(sizeof *b);
    if (!b) return NULL;
    b->site = site;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void bulk_free(struct bulk *b)
{
    if (!b) return;
    bulk_drop_all(b);
    pthread_mutex_destroy(&b->lock);
    mem_free(b);
}

/* -- a stretch, on a reader -- */

static enum err take(void *ctx, const struct record *record)
{
    struct bulk_run *run = ctx;
    struct arena *arena = arena_new(RECORD_BODY_BYTES_MAX * 4);
    if (!arena) return ERR_NOMEM;
    enum err err = run->writer ? OK : file_writer_new(run->all->site->files, &run->writer);
    buf_clear(&run->line);
    if (!err) err = subset_tagged(arena, record->body, run->tag, &run->line);
    if (!err) buf_add_char(&run->line, '\n');
    if (!err) err = run->line.err;
    if (!err) err = file_writer_add(run->writer, run->line.at, run->line.bytes);
    if (!err) run->count++;
    arena_free(arena);
    return err;
}

static enum err add_file(struct bulk_run *run, const struct held_file *file)
{
    if (run->file_count == run->file_room) {
        uint32_t room = run->file_room ? run->file_room * 2 : 16;
        struct held_file *files = mem_alloc(room * sizeof *files);
        if (!files) return ERR_NOMEM;
        if (run->file_count) memcpy(files, run->files, run->file_count * sizeof *files);
        if (run->files) mem_wipe_free(run->files, run->file_room * sizeof *files);
        run->files = files;
        run->file_room = room;
    }
    run->files[run->file_count++] = *file;
    return OK;
}

static enum err end_file(struct bulk_run *run)
{
    struct held_file file = {
        .file = {.type = fhir_name(fhir_types[fhir_resources[run->at.resource].type].name),
                 .count = run->count},
        .writer = run->writer};
    if (!run->writer) return OK;
    enum err err = file_writer_end(run->writer, &file.file.seal);
    if (err) return err;
    pthread_mutex_lock(&run->all->lock);
    err = add_file(run, &file);
    pthread_mutex_unlock(&run->all->lock);
    if (!err) run->writer = NULL, run->count = 0;
    mem_wipe(&file, sizeof file);
    return err;
}

/* The next type that is wanted, this one too; false: there is none. */
static bool seek_type(struct bulk_run *run)
{
    while (run->at.resource < fhir_resource_count && !is_wanted(run, run->at.resource))
        run->at.resource++;
    return run->at.resource < fhir_resource_count;
}

static enum err one_stretch(struct bulk_run *run, struct everything *each)
{
    if (!seek_type(run)) {
        run->is_whole = true;
        return OK;
    }
    enum err err = interact_stretch(each, &run->at);
    bool is_full = !err && run->writer && file_writer_bytes(run->writer) >= BULK_FILE_BYTES;
    if (!err && (run->at.is_end || is_full)) err = end_file(run);
    if (!err && run->at.is_end) {
        run->at.resource++;
        run->at.after = 0;
        pthread_mutex_lock(&run->all->lock);
        run->types_done++;
        pthread_mutex_unlock(&run->all->lock);
    }
    return err;
}

/* As the account may see it now, if it may still export at all. */
static enum err load_guard(struct bulk_run *run, struct tx *tx, struct guard *ret)
{
    struct account account;
    enum err err = account_find(tx, run->arena, run->ask.account, &account);
    bool may = !err && account.disabled.ms == 0 && policy_allows(account.roles, POLICY_EXPORT, POLICY_READ) &&
               role_set_has(account.roles, ROLE_CLINIC_DOCTOR);
    if (!err && !may) err = ERR_DENIED;
    return err ? err : grant_load(tx, run->arena, run->ask.account, account.roles, ret);
}

/* Which versions went into the files, and whose they are (rule 24). */
static enum err note(struct bulk_run *run, const struct record_trace *t)
{
    int64_t *patients;
    uint32_t n;
    struct buf detail;
    const char *target = arena_printf(run->arena, "export/%lld", (long long)run->ask.id);
    if (t->count == 0) return OK;
    enum err err = record_trace_patients(t, run->arena, &patients, &n);
    if (err) return err;
    buf_init(&detail, 1 << 20);
    buf_add_text(&detail, "{\"versions\":[");
    for (uint32_t i = 0; i < t->count; i++)
        buf_printf(&detail, "%s%lld", i ? "," : "", (long long)t->seqs[i]);
    buf_add_text(&detail, "]}");
    const char *copy = detail.err ? NULL : arena_text(run->arena, detail.at, detail.bytes);
    buf_done(&detail);
    if (!target || !copy) return ERR_NOMEM;
    run->row = (struct audit_row){.actor = run->ask.account,
                                  .role = str_of(role_name(ROLE_CLINIC_DOCTOR)),
                                  .from = STR("server"),
                                  .action = STR("export.bulk"),
                                  .target = str_of(target),
                                  .detail = str_of(copy),
                                  .subjects = patients,
                                  .subject_count = n};
    run->job.audit = &run->row;
    return OK;
}

static enum err run_stretch(struct job *job, struct tx *tx)
{
    struct bulk_run *run = (struct bulk_run *)(void *)job;
    struct guard guard;
    int64_t until = clock_tick_us() + STRETCH_US;
    run->arena = arena_new(ARENA_MAX);
    if (!run->arena) return ERR_NOMEM;
    struct record_reader who = {.records = run->all->site->records, .guard = &guard, .arena = run->arena};
    struct everything each = {.tx = tx, .who = &who, .take = take, .ctx = run};
    enum err err = load_guard(run, tx, &guard);
    do
        if (!err) err = one_stretch(run, &each);
    while (!err && !run->is_whole && clock_tick_us() < until);
    return err ? err : note(run, &who.trace);
}

/* -- and the one after it -- */

static void done(struct job *job, enum err err);

/* Under the lock; then it is sent outside of it. */
static struct bulk_run *ready(struct bulk_run *run)
{
    run->job = (struct job){.run = run_stretch, .done = done};
    run->is_out = true;
    run->refs++;
    return run;
}

/* What cannot be posted now is posted by a later turn. NULL allowed. */
static void send(struct bulk_run *run)
{
    if (!run || store_read(run->all->site->store, &run->job) == OK) return;
    struct bulk *b = run->all;
    pthread_mutex_lock(&b->lock);
    run->is_out = false;
    struct bulk_run *gone = unref(run);
    pthread_mutex_unlock(&b->lock);
    free_outside(gone);
}

/* The trail has what was read: the next stretch. Without that, nothing of it is handed out. */
static void done(struct job *job, enum err err)
{
    struct bulk_run *run = (struct bulk_run *)(void *)job;
    struct bulk *b = run->all;
    int64_t id = run->ask.id;
    arena_free(run->arena);
    run->arena = NULL;
    pthread_mutex_lock(&b->lock);
    run->is_out = false;
    run->err = err;
    run->is_done = !err && run->is_whole;
    run->written = run->count;
    for (uint32_t i = 0; i < run->file_count; i++)
        run->written += run->files[i].file.count;
    struct bulk_run *next = run->is_listed && !err && !run->is_done ? ready(run) : NULL;
    struct bulk_run *gone = unref(run);
    pthread_mutex_unlock(&b->lock);
    free_outside(gone);
    send(next);
    if (err && err != ERR_CLOSED) log_warn("export", "bulk_failed", LOG_I("export", id), LOG_E(err));
}

void bulk_turn(struct bulk *b)
{
    struct instant now = clock_now();
    struct bulk_run *gone = NULL, *still = NULL; /* one of each; the others at the next turn */
    pthread_mutex_lock(&b->lock);
    for (struct bulk_run *run = b->first, *next; run; run = next) {
        next = run->next;
        bool is_over = run->ask.ends.ms <= now.ms;
        if (is_over && !gone)
            gone = unlist(b, run);
        else if (!is_over && !still && !run->is_out && !run->is_done && !run->err)
            still = ready(run);
    }
    pthread_mutex_unlock(&b->lock);
    free_outside(gone);
    send(still);
}

/* -- asking -- */

static const char *tag_of(struct arena *arena, const struct bulk_ask *ask)
{
    struct json_out o;
    struct buf text;
    char number[24];
    buf_init(&text, 16 * 1024);
    snprintf(number, sizeof number, "%lld", (long long)ask->id);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "system", "https://yunqiao.invalid/fhir/export");
    json_put_text(&o, "code", number);
    json_put_str(&o, "display", ask->mark);
    json_close(&o);
    const char *copy = text.err ? NULL : arena_text(arena, text.at, text.bytes);
    buf_done(&text);
    return copy;
}

static struct bulk_run *run_new(struct bulk *b, const struct bulk_ask *ask)
{
    struct bulk_run *run = mem_zalloc(sizeof *run);
    if (!run) return NULL;
    buf_init(&run->line, LINE_MAX_BYTES);
    run->all = b;
    run->ask = *ask;
    run->ask.mark = (struct str){0};
    run->at = (struct stretch){
        .of_patients = ask->scope.of_patients, .since = ask->scope.since, .made = ask->begun};
    run->home = arena_new(64 * 1024);
    if (run->home) {
        struct str *const texts[] = {&run->ask.account, &run->ask.scope.types};
        run->tag = tag_of(run->home, ask);
        for (size_t i = 0; i < COUNT_OF(texts) && run->tag; i++) {
            texts[i]->at = arena_text(run->home, texts[i]->at ? texts[i]->at : "", texts[i]->bytes);
            if (!texts[i]->at) run->tag = NULL;
        }
    }
    if (run->tag) return run;
    run_free(run);
    return NULL;
}

enum err bulk_begin(struct bulk *b, const struct bulk_ask *ask)
{
    enum err err = OK;
    struct bulk_run *run = run_new(b, ask);
    if (!run) return ERR_NOMEM;
    pthread_mutex_lock(&b->lock);
    bool is_there = find(b, ask->id) != NULL;
    if (!is_there && b->count == BULK_AT_ONCE) err = ERR_BUSY;
    bool is_new = !err && !is_there;
    if (is_new) {
        run->next = b->first;
        b->first = run;
        b->count++;
        run->refs = 1;
        run->is_listed = true;
        (void)ready(run);
    }
    pthread_mutex_unlock(&b->lock);
    if (is_new)
        send(run);
    else
        run_free(run);
    return err;
}

bool bulk_has_room(struct bulk *b)
{
    pthread_mutex_lock(&b->lock);
    bool has = b->count < BULK_AT_ONCE;
    pthread_mutex_unlock(&b->lock);
    return has;
}

enum err bulk_look(struct bulk *b, struct arena *arena, int64_t id, struct bulk_state *ret)
{
    enum err err = OK;
    struct bulk_run *gone = NULL;
    *ret = (struct bulk_state){.is = BULK_ABSENT};
    pthread_mutex_lock(&b->lock);
    struct bulk_run *run = find(b, id);
    if (run && run->err) {
        *ret = (struct bulk_state){.is = BULK_FAILED, .err = run->err};
        gone = unlist(b, run);
    } else if (run && !run->is_done) {
        *ret = (struct bulk_state){.is = BULK_UNDER_WAY,
                                   .types_done = run->types_done,
                                   .types = types_wanted(run),
                                   .written = run->written};
    } else if (run) {
        struct bulk_file *files = arena_alloc(arena, (run->file_count + 1) * sizeof *files);
        for (uint32_t i = 0; files && i < run->file_count; i++)
            files[i] = run->files[i].file;
        *ret = (struct bulk_state){
            .is = BULK_DONE, .written = run->written, .files = files, .count = run->file_count};
        err = files ? OK : ERR_NOMEM;
    }
    pthread_mutex_unlock(&b->lock);
    free_outside(gone);
    return err;
}

struct bulk_run *bulk_hold(struct bulk *b, int64_t id, int64_t number, struct bulk_file *ret)
{
    pthread_mutex_lock(&b->lock);
    struct bulk_run *run = find(b, id);
    bool is_there = run && run->is_done && number >= 1 && number <= run->file_count;
    if (is_there) {
        run->refs++;
        *ret = run->files[number - 1].file;
    }
    pthread_mutex_unlock(&b->lock);
    return is_there ? run : NULL;
}

void bulk_let_go(struct bulk_run *run)
{
    if (!run) return;
    struct bulk *b = run->all;
    pthread_mutex_lock(&b->lock);
    struct bulk_run *gone = unref(run);
    pthread_mutex_unlock(&b->lock);
    free_outside(gone);
}

void bulk_drop(struct bulk *b, int64_t id)
{
    pthread_mutex_lock(&b->lock);
    struct bulk_run *run = find(b, id), *gone = run ? unlist(b, run) : NULL;
    pthread_mutex_unlock(&b->lock);
    free_outside(gone);
}

void bulk_drop_all(struct bulk *b)
{
    for (bool is_more = true; is_more;) {
        pthread_mutex_lock(&b->lock);
        struct bulk_run *gone = b->first ? unlist(b, b->first) : NULL;
        is_more = b->first != NULL;
        pthread_mutex_unlock(&b->lock);
        free_outside(gone);
    }
}
