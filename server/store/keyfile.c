#include "store/keyfile.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/locked.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADING "yunqiao-keys 1"
enum { CHECK_BYTES = 8, CHECK_HEX = 2 * CHECK_BYTES, KEY_HEX = 2 * VAULT_KEY_BYTES };

struct keyfile {
    size_t count;
    struct keyfile_key keys[KEYFILE_KEYS_MAX]; /* the active one first, then newest first */
};

/* -- in memory -- */

static struct keyfile *keyfile_blank(void)
{
    return locked_new(sizeof(struct keyfile));
}

void keyfile_free(struct keyfile *k)
{
    locked_free(k, sizeof *k);
}

size_t keyfile_count(const struct keyfile *k)
{
    return k->count;
}

const struct keyfile_key *keyfile_at(const struct keyfile *k, size_t i)
{
    ASSERT(i < k->count);
    return &k->keys[i];
}

static bool name_is_taken(const struct keyfile *k, const char *name)
{
    for (size_t i = 0; i < k->count; i++)
        if (strcmp(k->keys[i].name, name) == 0) return true;
    return false;
}

static void key_draw(struct keyfile *k, struct keyfile_key *ret)
{
    uint8_t id[3];
    char hex[2 * sizeof id + 1];
    do {
        rnd_bytes(id, sizeof id);
        str_hex(id, sizeof id, hex);
        snprintf(ret->name, sizeof ret->name, "k-%s", hex);
    } while (name_is_taken(k, ret->name));
    ret->created = clock_now();
    rnd_bytes(ret->key, sizeof ret->key);
}

enum err keyfile_renew(struct keyfile *k)
{
    struct keyfile_key fresh;
    if (k->count == KEYFILE_KEYS_MAX) return ERR_LIMIT;
    key_draw(k, &fresh);
    memmove(k->keys + 1, k->keys, k->count * sizeof k->keys[0]);
    k->keys[0] = fresh;
    k->count++;
    mem_wipe(&fresh, sizeof fresh);
    return OK;
}

enum err keyfile_new(struct keyfile **ret_keys)
{
    struct keyfile *k = keyfile_blank();
    if (!k) return ERR_NOMEM;
    enum err err = keyfile_renew(k);
    ASSERT(err == OK);
    *ret_keys = k;
    return OK;
}

enum err keyfile_forget(struct keyfile *k, const char *name)
{
    for (size_t i = 0; i < k->count; i++) {
        if (strcmp(k->keys[i].name, name) != 0) continue;
        if (i == 0) return ERR_DENIED;
        memmove(k->keys + i, k->keys + i + 1, (k->count - i - 1) * sizeof k->keys[0]);
        k->count--;
        mem_wipe(&k->keys[k->count], sizeof k->keys[0]);
        return OK;
    }
    return ERR_NOT_FOUND;
}

enum err keyfile_load(const struct keyfile *k, struct vault *v)
{
    enum err err = OK;
    for (size_t i = k->count; err == OK && i-- > 0;) /* the active one last: it seals */
        err = vault_add_key(v, k->keys[i].key, k->keys[i].name);
    return err;
}

/* -- text -- */

#define REFUSE(ret_why, ...) (snprintf(ret_why, 256, __VA_ARGS__), ERR_KEY)

static bool name_is_good(struct str name)
{
    if (name.bytes == 0 || name.bytes >= VAULT_KEY_NAME_BYTES) return false;
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return true;
}

static bool instant_is_good(struct str text, struct instant *ret_at)
{
    char again[INSTANT_TEXT_BYTES];
    if (!instant_from_text(text, ret_at)) return false;
    instant_text(*ret_at, again); /* one spelling only: what is written is what is read */
    return str_is_text(text, again);
}

/* KIND INSTANT NAME HEX, one blank between. */
static enum err line_parse(struct keyfile *k, struct str line, int number, char ret_why[256])
{
    struct keyfile_key *key = &k->keys[k->count];
    struct str kind = str_cut(&line, ' '), created = str_cut(&line, ' '), name = str_cut(&line, ' ');
    if (!str_is_text(kind, k->count == 0 ? "active" : "retired"))
        return REFUSE(ret_why, "line %d of the key file: %s is expected here", number,
                      k->count == 0 ? "the active key" : "a retired key or the check");
    if (!instant_is_good(created, &key->created))
        return REFUSE(ret_why, "line %d of the key file: the time is not like 2026-11-23T07:24:07.031Z",
                      number);
    if (!name_is_good(name)) return REFUSE(ret_why, "line %d of the key file: the name is malformed", number);
    memcpy(key->name, name.at, name.bytes);
    key->name[name.bytes] = 0;
    if (name_is_taken(k, key->name))
        return REFUSE(ret_why, "line %d of the key file: the name comes twice", number);
    if (line.bytes != KEY_HEX || !str_from_hex(line, key->key, VAULT_KEY_BYTES))
        return REFUSE(ret_why, "line %d of the key file: the key is not 64 hex digits", number);
    k->count++;
    return OK;
}

static void check_of(const char *text, size_t bytes, char ret_hex[CHECK_HEX + 1])
{
    struct digest_value value = digest_of(text, bytes);
    str_hex(value.at, CHECK_BYTES, ret_hex);
}

static enum err text_parse(struct keyfile *k, struct str text, char ret_why[256])
{
    const char *start = text.at;
    char check[CHECK_HEX + 1];
    if (text.bytes > KEYFILE_BYTES_MAX) return REFUSE(ret_why, "the key file is larger than any of ours");
    if (text.bytes == 0 || text.at[text.bytes - 1] != '\n')
        return REFUSE(ret_why, "the key file is empty or cut short: take it from its backup");
    if (!str_is_text(str_cut(&text, '\n'), HEADING))
        return REFUSE(
            ret_why,
            "this is no key file of Yunqiao, or of a newer version: it does not begin with \"" HEADING "\"");
    for (int number = 2; text.bytes; number++) {
        const char *here = text.at;
        struct str line = str_cut(&text, '\n');
        if (!str_starts(line, STR("check "))) {
            if (k->count == KEYFILE_KEYS_MAX) return REFUSE(ret_why, "the key file holds too many keys");
            enum err err = line_parse(k, line, number, ret_why);
            if (err != OK) return err;
            continue;
        }
        check_of(start, (size_t)(here - start), check);
        str_cut(&line, ' ');
        if (!str_is_text(line, check))
            return REFUSE(
                ret_why,
                "the key file has been changed or damaged: its check is wrong; take it from its backup");
        if (text.bytes)
            return REFUSE(ret_why, "line %d of the key file: nothing may follow the check", number + 1);
        return k->count ? OK : REFUSE(ret_why, "the key file holds no key");
    }
    return REFUSE(ret_why, "the key file is cut short: take it from its backup");
}

enum err keyfile_parse(const char *text, size_t bytes, struct keyfile **ret_keys, char ret_why[256])
{
    struct keyfile *k = keyfile_blank();
    if (!k) return ERR_NOMEM;
    enum err err = text_parse(k, (struct str){text, bytes}, ret_why);
    if (err != OK) {
        keyfile_free(k);
        return err;
    }
    *ret_keys = k;
    return OK;
}

static enum err text_write(const struct keyfile *k, struct buf *b)
{
    char at[INSTANT_TEXT_BYTES], hex[KEY_HEX + 1], check[CHECK_HEX + 1];
    buf_add_text(b, HEADING "\n");
    for (size_t i = 0; i < k->count; i++) {
        const struct keyfile_key *key = &k->keys[i];
        instant_text(key->created, at);
        str_hex(key->key, VAULT_KEY_BYTES, hex);
        buf_printf(b, "%s %s %s %s\n", i ? "retired" : "active", at, key->name, hex);
    }
    if (b->err == OK) {
        check_of(b->at, b->bytes, check);
        buf_printf(b, "check %s\n", check);
    }
    mem_wipe(hex, sizeof hex);
    return b->err;
}

/* -- the file -- */

static const char *parent_of(const char *path, char room[PATH_MAX])
{
    snprintf(room, PATH_MAX, "%s", path);
    return dirname(room);
}

/* Compares real paths: a data folder reached by a link is still the data folder. */
static bool is_inside(const char *path, const char *dir)
{
    char room[PATH_MAX], parent[PATH_MAX], folder[PATH_MAX];
    if (!dir || !realpath(dir, folder) || !realpath(parent_of(path, room), parent)) return false;
    size_t n = strlen(folder);
    return strncmp(parent, folder, n) == 0 && (parent[n] == 0 || parent[n] == '/' || n == 1);
}

static enum err place_check(const char *path, const char *data_dir, char ret_why[256])
{
    if (strlen(path) >= PATH_MAX - sizeof ".tmp") return REFUSE(ret_why, "the key file's path is too long");
    if (is_inside(path, data_dir))
        return REFUSE(
            ret_why,
            "the key file %.150s lies inside the data folder: whoever takes the data would have the key",
            path);
    return OK;
}

static enum err rights_check(const char *path, int fd, char ret_why[256])
{
    struct stat st;
    if (fstat(fd, &st) != 0) return REFUSE(ret_why, "cannot look at the key file %.150s", path);
    if (!S_ISREG(st.st_mode)) return REFUSE(ret_why, "the key file %.150s is not a plain file", path);
    if (st.st_uid != geteuid())
        return REFUSE(ret_why, "the key file %.150s belongs to another user: chown it to this one", path);
    if (st.st_mode & 077)
        return REFUSE(
            ret_why,
            "the key file %.150s is open to others (mode %03o): chmod 600 it, and consider the key known",
            path, (unsigned)st.st_mode & 0777);
    return OK;
}

static enum err read_all(int fd, char *text, size_t bytes_max, size_t *ret_bytes)
{
    size_t bytes = 0;
    while (bytes < bytes_max) {
        ssize_t n = read(fd, text + bytes, bytes_max - bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        if (n == 0) break;
        bytes += (size_t)n;
    }
    *ret_bytes = bytes;
    return OK;
}

enum err keyfile_read(const char *path, const char *data_dir, struct keyfile **ret_keys, char ret_why[256])
{
    size_t bytes = 0;
    enum err err = place_check(path, data_dir, ret_why);
    if (err != OK) return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int number = errno;
        err = REFUSE(ret_why, "cannot open the key file %.150s: %s", path,
                     number == ELOOP ? "it is a symbolic link" : strerrordesc_np(number));
        return number == ENOENT ? ERR_NOT_FOUND : err;
    }
    char *text = locked_new(KEYFILE_BYTES_MAX + 1);
    err = text ? rights_check(path, fd, ret_why) : ERR_NOMEM;
    if (err == OK) {
        err = read_all(fd, text, KEYFILE_BYTES_MAX + 1, &bytes);
        if (err != OK) err = REFUSE(ret_why, "cannot read the key file %.150s", path);
    }
    close(fd);
    if (err == OK) err = keyfile_parse(text, bytes, ret_keys, ret_why);
    locked_free(text, KEYFILE_BYTES_MAX + 1);
    return err;
}

static enum err write_all(int fd, const char *text, size_t bytes)
{
    while (bytes) {
        ssize_t n = write(fd, text, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        text += n, bytes -= (size_t)n;
    }
    return fsync(fd) == 0 ? OK : err_from_errno(errno);
}

static enum err folder_sync(const char *path)
{
    char room[PATH_MAX];
    int fd = open(parent_of(path, room), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err err = fsync(fd) == 0 ? OK : err_from_errno(errno);
    close(fd);
    return err;
}

/* link(2) refuses to take a name that is there, rename(2) replaces it; both are whole or nothing. */
static enum err put_in_place(const char *tmp, const char *path, bool must_be_new)
{
    if (must_be_new) {
        if (link(tmp, path) != 0) return err_from_errno(errno);
        if (unlink(tmp) != 0) return err_from_errno(errno);
    } else if (rename(tmp, path) != 0) {
        return err_from_errno(errno);
    }
    return folder_sync(path);
}

enum err keyfile_write(const struct keyfile *k, const char *path, const char *data_dir, bool must_be_new,
                       char ret_why[256])
{
    char tmp[PATH_MAX];
    struct buf text;
    enum err err = place_check(path, data_dir, ret_why);
    if (err != OK) return err;
    snprintf(tmp, sizeof tmp, "%s.tmp", path);
    buf_init(&text, KEYFILE_BYTES_MAX);
    err = text_write(k, &text);
    if (err == OK) {
        (void)unlink(tmp); /* left by a crash */
        int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        err = fd < 0 ? err_from_errno(errno) : write_all(fd, text.at, text.bytes);
        if (fd >= 0) close(fd);
        if (err == OK) err = put_in_place(tmp, path, must_be_new);
        if (err != OK && fd >= 0) (void)unlink(tmp);
        if (err != OK) snprintf(ret_why, 256, "cannot write the key file %.150s: %s", path, err_text(err));
    }
    buf_done(&text); /* wipes */
    return err;
}
