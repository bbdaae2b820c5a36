#include "net/cert.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/x509.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS (24LL * 3600 * 1000)
#define LEAF_EARLY_MS (30 * DAY_MS)
#define AUTHORITY_EARLY_MS (400 * DAY_MS) /* a leaf must not outlive its authority */
#define LOOK_MS (6LL * 3600 * 1000)       /* between two looks at the host's addresses */

const struct migration net_migrations[] = {
    {20, "the site's certificates, with their keys, are rows of the sealed store",
     "CREATE TABLE net_certificate ("
     "  name TEXT PRIMARY KEY CHECK (name IN ('authority', 'leaf')),"
     "  certificate TEXT NOT NULL,"
     "  key TEXT NOT NULL,"
     "  made INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID;"},
    {0, NULL, NULL},
};

struct cert {
    struct store *store;
    struct cert_settings settings; /* written under both locks */
    bool is_from_files;            /* for life: the pages on trust come and go with it */
    pthread_mutex_t change;        /* one renewal at a time */
    pthread_mutex_t lock;          /* what follows */
    struct x509_pair pair, authority;
    struct x509_facts facts, authority_facts;
    struct instant looked;
};

/* -- the rows -- */

struct row_job {
    struct job job; /* first */
    const char *name;
    struct x509_pair pair;
    bool found;
    struct audit_row audit;
};

static enum err copy_str(struct str from, char **to)
{
    *to = mem_alloc(from.bytes + 1);
    if (!*to) return ERR_NOMEM;
    memcpy(*to, from.at, from.bytes);
    (*to)[from.bytes] = '\0';
    return OK;
}

static enum err row_read(struct job *job, struct tx *tx)
{
    struct row_job *j = (struct row_job *)(void *)job;
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT certificate, key FROM net_certificate WHERE name = ?1", &s);
    if (err) return err;
    stmt_text(s, 1, j->name);
    err = stmt_step(s, &j->found);
    if (!err && j->found) err = copy_str(stmt_get_str(s, 0), &j->pair.certificate);
    if (!err && j->found) err = copy_str(stmt_get_str(s, 1), &j->pair.key);
    stmt_done(s);
    return err;
}

static enum err row_write(struct job *job, struct tx *tx)
{
    struct row_job *j = (struct row_job *)(void *)job;
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO net_certificate (name, certificate, key, made) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (name) DO UPDATE SET certificate = excluded.certificate, key = excluded.key,"
                " made = excluded.made",
                &s);
    if (err) return err;
    stmt_text(s, 1, j->name);
    stmt_text(s, 2, j->pair.certificate);
    stmt_text(s, 3, j->pair.key);
    stmt_instant(s, 4, tx->now);
    return stmt_run(s);
}

static enum err load(struct store *store, const char *name, struct x509_pair *ret, bool *ret_found)
{
    struct row_job j = {.job.run = row_read, .name = name};
    enum err err = store_run_read(store, &j.job);
    if (err) {
        x509_pair_done(&j.pair);
        return err;
    }
    *ret = j.pair;
    *ret_found = j.found;
    return OK;
}

/* The server's own act is traced like everybody's. */
static enum err save(struct store *store, const char *name, const struct x509_pair *pair)
{
    struct row_job j = {.job.run = row_write, .name = name, .pair = *pair};
    j.audit = (struct audit_row){.from = STR("server"),
                                 .action = STR("certificate.make"),
                                 .target = str_of(name),
                                 .outcome = AUDIT_OK};
    j.job.audit = &j.audit;
    return store_run(store, &j.job);
}

/* -- the site's own -- */

static void names_of(const struct cert_settings *s, struct x509_names *ret)
{
    *ret = (struct x509_names){0};
    x509_names_local(ret);
    if (s->announce[0]) x509_names_add(ret, s->announce);
}

static bool leaf_is_due(const struct x509_facts *leaf, const struct x509_names *names, struct instant now)
{
    return now.ms >= leaf->until.ms - LEAF_EARLY_MS || now.ms < leaf->from.ms ||
           !x509_names_same(&leaf->names, names);
}

static void put(struct cert *c, struct x509_pair *pair, const struct x509_facts *facts)
{
    pthread_mutex_lock(&c->lock);
    x509_pair_done(&c->pair);
    c->pair = *pair;
    c->facts = *facts;
    pthread_mutex_unlock(&c->lock);
    *pair = (struct x509_pair){0};
}

/* The authority as stored, or a new one when there is none or its end is near. */
static enum err own_authority(struct cert *c)
{
    bool found = false;
    struct x509_pair pair = {0};
    struct x509_facts facts;
    enum err err = load(c->store, "authority", &pair, &found);
    if (!err && found) err = x509_read(pair.certificate, &facts);
    if (!err && found && clock_now().ms >= facts.until.ms - AUTHORITY_EARLY_MS) {
        x509_pair_done(&pair);
        found = false;
    }
    if (!err && !found) {
        err = x509_make_authority(c->settings.site, clock_now(), &pair);
        if (!err) err = save(c->store, "authority", &pair);
        if (!err) err = x509_read(pair.certificate, &facts);
        if (!err) log_info("cert", "authority_made", LOG_T("sha256", facts.sha256));
    }
    if (err) {
        x509_pair_done(&pair);
        return err;
    }
    pthread_mutex_lock(&c->lock);
    x509_pair_done(&c->authority);
    c->authority = pair;
    c->authority_facts = facts;
    pthread_mutex_unlock(&c->lock);
    return OK;
}

static enum err make_leaf(struct cert *c, const struct x509_names *names)
{
    struct x509_pair pair = {0};
    struct x509_facts facts;
    enum err err = x509_make_leaf(&c->authority, names, clock_now(), &pair);
    if (!err) err = save(c->store, "leaf", &pair);
    if (!err) err = x509_read(pair.certificate, &facts);
    if (!err) {
        put(c, &pair, &facts);
        log_info("cert", "leaf_made", LOG_T("sha256", facts.sha256), LOG_I("names", facts.names.count));
    }
    x509_pair_done(&pair);
    return err;
}

static enum err own_leaf(struct cert *c, bool *ret_changed)
{
    bool found = false;
    struct x509_pair pair = {0};
    struct x509_facts facts;
    struct x509_names names;
    names_of(&c->settings, &names);
    c->looked = clock_now();
    enum err err = load(c->store, "leaf", &pair, &found);
    if (!err && found) err = x509_read(pair.certificate, &facts);
    if (!err && found && !leaf_is_due(&facts, &names, c->looked) && x509_pair_check(&pair) == OK &&
        x509_is_signed_by(pair.certificate, c->authority.certificate)) {
        *ret_changed = !c->pair.certificate || strcmp(c->pair.certificate, pair.certificate) != 0;
        put(c, &pair, &facts);
        return OK;
    }
    x509_pair_done(&pair);
    if (!err) err = make_leaf(c, &names);
    if (!err) *ret_changed = true;
    return err;
}

/* -- given files -- */

static enum err read_pem(const char *path, char **ret, char ret_why[256])
{
    char *text = NULL;
    struct stat st;
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(ret_why, 256, "%.180s cannot be read: %s", path, err_text(err_from_errno(errno)));
        return err_from_errno(errno);
    }
    if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= X509_PEM_BYTES_MAX) {
        text = mem_zalloc((size_t)st.st_size + 1);
        n = text ? read(fd, text, (size_t)st.st_size) : -1;
    }
    close(fd);
    if (n > 0) {
        *ret = text;
        return OK;
    }
    mem_free(text);
    snprintf(ret_why, 256, "%.180s is empty or no PEM file", path);
    return ERR_BAD_INPUT;
}

static enum err read_files(const struct cert_settings *s, struct x509_pair *ret, struct x509_facts *ret_facts,
                           char ret_why[256])
{
    struct x509_pair pair = {0};
    enum err err = read_pem(s->certificate, &pair.certificate, ret_why);
    if (!err) err = read_pem(s->key, &pair.key, ret_why);
    if (!err) {
        err = x509_pair_check(&pair);
        if (err == ERR_DENIED)
            snprintf(ret_why, 256, "the key in %.100s does not belong to the certificate in %.100s", s->key,
                     s->certificate);
        else if (err)
            snprintf(ret_why, 256, "%.100s or %.100s is not PEM, or the key has a password", s->certificate,
                     s->key);
    }
    if (!err) err = x509_read(pair.certificate, ret_facts);
    if (err)
        x509_pair_done(&pair);
    else
        *ret = pair;
    return err;
}

static enum err use_files(struct cert *c, bool *ret_changed, char ret_why[256])
{
    struct x509_pair pair = {0};
    struct x509_facts facts;
    enum err err = read_files(&c->settings, &pair, &facts, ret_why);
    if (err) return err;
    *ret_changed = !c->pair.certificate || strcmp(c->pair.certificate, pair.certificate) != 0 ||
                   strcmp(c->pair.key, pair.key) != 0;
    put(c, &pair, &facts);
    if (clock_now().ms >= facts.until.ms) log_warn("cert", "given_certificate_has_ended");
    return OK;
}

/* -- public -- */

bool cert_is_from_files(const struct cert *c)
{
    return c->is_from_files;
}

static enum err refresh(struct cert *c, bool *ret_changed, char ret_why[256])
{
    *ret_changed = false;
    if (cert_is_from_files(c)) return use_files(c, ret_changed, ret_why);
    enum err err = own_authority(c);
    if (!err) err = own_leaf(c, ret_changed);
    if (err) snprintf(ret_why, 256, "the site's certificate cannot be made: %s", err_text(err));
    return err;
}

enum err cert_open(struct store *store, const struct cert_settings *settings, struct cert **ret_cert,
                   char ret_why[256])
{
    bool changed;
    struct cert *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->store = store;
    c->settings = *settings;
    c->is_from_files = settings->certificate[0] != '\0';
    pthread_mutex_init(&c->change, NULL);
    pthread_mutex_init(&c->lock, NULL);
    enum err err = refresh(c, &changed, ret_why);
    if (err) {
        cert_free(c);
        return err;
    }
    *ret_cert = c;
    return OK;
}

void cert_free(struct cert *c)
{
    if (!c) return;
    x509_pair_done(&c->pair);
    x509_pair_done(&c->authority);
    pthread_mutex_destroy(&c->change);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

enum err cert_reload(struct cert *c, const struct cert_settings *settings, bool *ret_changed,
                     char ret_why[256])
{
    if (settings && c->is_from_files != (settings->certificate[0] != '\0')) return ERR_UNSUPPORTED;
    pthread_mutex_lock(&c->change);
    struct cert_settings before = c->settings;
    if (settings) {
        pthread_mutex_lock(&c->lock);
        c->settings = *settings;
        pthread_mutex_unlock(&c->lock);
    }
    enum err err = refresh(c, ret_changed, ret_why);
    if (err && settings) {
        pthread_mutex_lock(&c->lock);
        c->settings = before;
        pthread_mutex_unlock(&c->lock);
    }
    pthread_mutex_unlock(&c->change);
    return err;
}

enum err cert_renew(struct cert *c)
{
    struct x509_names names;
    pthread_mutex_lock(&c->change);
    enum err err = cert_is_from_files(c) ? ERR_UNSUPPORTED : OK;
    if (!err) {
        names_of(&c->settings, &names);
        err = make_leaf(c, &names);
    }
    pthread_mutex_unlock(&c->change);
    return err;
}

bool cert_is_due(struct cert *c, struct instant now)
{
    struct x509_names names;
    if (cert_is_from_files(c)) return false;
    pthread_mutex_lock(&c->lock);
    bool by_time = now.ms >= c->facts.until.ms - LEAF_EARLY_MS;
    bool may_look = now.ms - c->looked.ms >= LOOK_MS || now.ms < c->looked.ms;
    if (may_look) c->looked = now;
    struct x509_facts facts = c->facts;
    struct cert_settings settings = c->settings;
    pthread_mutex_unlock(&c->lock);
    if (by_time || !may_look) return by_time;
    names_of(&settings, &names);
    return leaf_is_due(&facts, &names, now);
}

enum err cert_pair(struct cert *c, struct x509_pair *ret_pair)
{
    struct x509_pair copy;
    pthread_mutex_lock(&c->lock);
    copy.certificate = mem_copy_text(c->pair.certificate);
    copy.key = mem_copy_text(c->pair.key);
    pthread_mutex_unlock(&c->lock);
    if (!copy.certificate || !copy.key) {
        x509_pair_done(&copy);
        return ERR_NOMEM;
    }
    *ret_pair = copy;
    return OK;
}

char *cert_authority(struct cert *c)
{
    pthread_mutex_lock(&c->lock);
    char *copy = c->authority.certificate ? mem_copy_text(c->authority.certificate) : NULL;
    pthread_mutex_unlock(&c->lock);
    return copy;
}

struct instant cert_until(struct cert *c)
{
    pthread_mutex_lock(&c->lock);
    struct instant until = c->facts.until;
    pthread_mutex_unlock(&c->lock);
    return until;
}

static void write_common(const struct x509_facts *f, struct json_out *o)
{
    json_put_text(o, "sha256", f->sha256);
    json_put_instant(o, "from", f->from);
    json_put_instant(o, "until", f->until);
}

void cert_write(struct cert *c, struct json_out *o)
{
    pthread_mutex_lock(&c->lock);
    struct x509_facts leaf = c->facts, authority = c->authority_facts;
    pthread_mutex_unlock(&c->lock);
    bool from_files = cert_is_from_files(c);
    if (from_files) {
        json_put_null(o, "ca");
    } else {
        json_open(o, "ca");
        json_put_text(o, "subject", authority.subject);
        write_common(&authority, o);
        json_close(o);
    }
    json_open(o, "leaf");
    json_put_text(o, "subject", leaf.subject);
    json_open_array(o, "names");
    for (int i = 0; i < leaf.names.count; i++)
        json_put_text(o, NULL, leaf.names.at[i]);
    json_close_array(o);
    write_common(&leaf, o);
    json_put_text(o, "source", from_files ? "files" : "site-ca");
    json_close(o);
}
