#include "kit.h"
#include "base/log.h"
#include "store/keyfile.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

const struct migration kit_migrations[] = {
    {1, "notes", "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"},
    {2, "notes are unique", "CREATE UNIQUE INDEX note_text ON note(text);"},
    {0, NULL, NULL},
};

void kit_init(struct kit *k)
{
    *k = (struct kit){0};
    if (!getenv("YQ_LOG"))
        log_level_set(LOG_ERROR + 1); /* what the stories provoke would drown what they say */
    snprintf(k->root, sizeof k->root, "%s", check_tmp_dir());
    snprintf(k->dir, sizeof k->dir, "%s/site", k->root);
    snprintf(k->key, sizeof k->key, "%s/site.key", k->root);
    snprintf(k->target, sizeof k->target, "%s/target", k->root);
    k->settings = (struct store_settings){.dir = k->dir,
                                          .key_path = k->key,
                                          .create = true,
                                          .migrations = kit_migrations,
                                          .queue_max = 1024,
                                          .log_bytes = 4 << 20};
}

void kit_another(struct kit *k, int n)
{
    snprintf(k->dir, sizeof k->dir, "%s/site%d", k->root, n);
    snprintf(k->key, sizeof k->key, "%s/site%d.key", k->root, n);
}

enum err kit_open(struct kit *k)
{
    k->settings.dir = k->dir; /* a kit may have been copied */
    k->settings.key_path = k->key;
    if (k->settings.backup_target) k->settings.backup_target = k->target;
    return store_open(&k->settings, &k->store, k->why);
}

void kit_close(struct kit *k)
{
    store_close(k->store, 10000);
    k->store = NULL;
}

const char *kit_path(struct kit *k, const char *name)
{
    static char paths[4][160];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", k->dir, name);
    return path;
}

static enum err write_note(struct note_job *n, struct tx *tx)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT INTO note(text) VALUES(?1)", &s);
    if (err) return err;
    stmt_text(s, 1, n->text);
    err = stmt_run(s);
    return err ? err : n->fail;
}

static enum err count_notes(struct note_job *n, struct tx *tx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM note", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    n->count = stmt_get_int(s, 0);
    stmt_done(s);
    return n->fail;
}

static enum err note_run(struct job *job, struct tx *tx)
{
    struct note_job *n = (struct note_job *)job;
    return n->text ? write_note(n, tx) : count_notes(n, tx);
}

static void note_done(struct job *job, enum err err)
{
    struct note_job *n = (struct note_job *)job;
    n->err = err;
    if (n->order) n->order[strlen(n->order)] = n->mark;
    if (n->is_done) sem_post(n->is_done);
}

void note_init(struct note_job *n, const char *text)
{
    *n = (struct note_job){.job = {.run = note_run, .done = note_done}, .text = text};
    n->row = (struct audit_row){.actor = STR("a1"),
                                .role = STR("nurse"),
                                .from = STR("192.0.2.7"),
                                .action = STR("note.put"),
                                .target = STR("note/1"),
                                .detail = STR("{\"n\":1}")};
    if (!text) n->row.action = STR("note.count");
    n->job.audit = &n->row;
}

enum err kit_put(struct kit *k, const char *text)
{
    struct note_job n;
    note_init(&n, text);
    return store_run(k->store, &n.job);
}

int64_t kit_count(struct kit *k)
{
    struct note_job n;
    note_init(&n, NULL);
    n.job.audit = NULL;
    CHECK_OK(store_run_read(k->store, &n.job));
    return n.count;
}

struct raw {
    struct keyfile *keys;
    struct vault *vault;
    struct db *db;
};

static void raw_open(struct kit *k, struct raw *raw)
{
    char why[256];
    CHECK_OK(keyfile_read(k->key, NULL, &raw->keys, why));
    CHECK_OK(vault_new(&raw->vault));
    CHECK_OK(keyfile_load(raw->keys, raw->vault));
    CHECK_OK(db_open(raw->vault, kit_path(k, "yunqiao.db"), DB_WRITE, &raw->db));
}

static void raw_close(struct raw *raw)
{
    db_close(raw->db);
    vault_free(raw->vault);
    keyfile_free(raw->keys);
}

enum err kit_tamper(struct kit *k, const char *sql)
{
    struct raw raw;
    raw_open(k, &raw);
    enum err err = db_exec(raw.db, sql);
    raw_close(&raw);
    return err;
}

struct audit_report kit_verify_shut(struct kit *k)
{
    struct raw raw;
    struct audit_report report = {0};
    raw_open(k, &raw);
    CHECK_OK(audit_verify(raw.db, kit_path(k, "audit.anchor"), &report, NULL, NULL));
    raw_close(&raw);
    return report;
}

static enum err gate_run(struct job *job, struct tx *tx)
{
    struct gate_job *g = (struct gate_job *)job;
    (void)tx;
    sem_post(&g->entered);
    sem_wait(&g->may_go);
    return OK;
}

static void gate_done(struct job *job, enum err err)
{
    (void)err;
    sem_post(&((struct gate_job *)job)->is_done);
}

void gate_close(struct kit *k, struct gate_job *g)
{
    *g = (struct gate_job){.job = {.run = gate_run, .done = gate_done}};
    sem_init(&g->entered, 0, 0);
    sem_init(&g->may_go, 0, 0);
    sem_init(&g->is_done, 0, 0);
    CHECK_OK(store_write(k->store, &g->job));
    sem_wait(&g->entered);
}

void gate_open(struct gate_job *g)
{
    sem_post(&g->may_go);
    sem_wait(&g->is_done);
}

struct audit_report kit_verify(struct kit *k)
{
    struct audit_report report = {0};
    CHECK_OK(store_verify_audit(k->store, &report, NULL, NULL));
    return report;
}

bool kit_copy_file(const char *from, const char *to)
{
    char block[65536];
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    size_t n;
    while (out && (n = fread(block, 1, sizeof block, in)) > 0)
        fwrite(block, 1, n, out);
    bool is_copied = out && !ferror(in) && fclose(out) == 0;
    if (in) fclose(in);
    return is_copied;
}

static bool file_holds(const char *path, const char *text)
{
    struct stat st;
    FILE *f = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
    if (!f) return false;
    char *bytes = mem_alloc((size_t)st.st_size + 1);
    size_t n = bytes ? fread(bytes, 1, (size_t)st.st_size, f) : 0;
    bool holds = memmem(bytes, n, text, strlen(text)) != NULL;
    mem_free(bytes);
    fclose(f);
    return holds;
}

bool kit_folder_holds(const char *dir, const char *text)
{
    bool holds = false;
    DIR *d = opendir(dir);
    for (struct dirent *e; d && !holds && (e = readdir(d)) != NULL;) {
        char path[512];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        holds = strstr(e->d_name, text) != NULL ||
                (e->d_type == DT_DIR ? kit_folder_holds(path, text) : file_holds(path, text));
    }
    if (d) closedir(d);
    return holds;
}
