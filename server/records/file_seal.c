#include "records/file_seal.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MAGIC "YQFILE1\n"
enum { MAGIC_BYTES = sizeof MAGIC - 1, CHUNK = FILE_SEAL_CHUNK_BYTES, BOX = CHUNK + CIPHER_BOX_BYTES };

/* What a chunk is bound to. */
struct binding {
    char name[FILE_SEAL_NAME_BYTES - 1];
    uint8_t number[8];
    uint8_t is_last;
};

static struct binding bind_chunk(const char *name, int64_t number, bool is_last)
{
    struct binding b = {.is_last = is_last};
    memcpy(b.name, name, sizeof b.name);
    for (int i = 0; i < 8; i++)
        b.number[i] = (uint8_t)((uint64_t)number >> 8 * i);
    return b;
}

static bool is_name(const char *name)
{
    uint8_t bytes[16];
    return strlen(name) == FILE_SEAL_NAME_BYTES - 1 && str_from_hex(str_of(name), bytes, sizeof bytes);
}

static enum err path_of(const char *dir, const char *name, struct file_path *ret_folder,
                        struct file_path *ret)
{
    char first[3] = {name[0], name[1], 0};
    enum err err = file_path(dir, first, ret_folder);
    return err ? err : file_path(ret_folder->at, name, ret);
}

#define PART ".part"
static enum err part_of(const struct file_path *folder, const char *name, struct file_path *ret)
{
    char text[FILE_SEAL_NAME_BYTES + sizeof PART];
    snprintf(text, sizeof text, "%s" PART, name);
    return file_path(folder->at, text, ret);
}

/* "name.part": of a writer that never came to its end. */
static bool is_part(const char *text)
{
    char name[FILE_SEAL_NAME_BYTES];
    if (strlen(text) != FILE_SEAL_NAME_BYTES - 1 + sizeof PART - 1) return false;
    snprintf(name, sizeof name, "%s", text);
    return is_name(name) && strcmp(text + FILE_SEAL_NAME_BYTES - 1, PART) == 0;
}

/* -- writing -- */

struct file_writer {
    struct file_seal seal;
    struct file_path folder, path, part; /* part: its name until it is whole */
    struct cipher *cipher;
    struct digest *digest;
    int fd;
    int64_t chunks;
    size_t held; /* bytes in plain that are no chunk yet */
    bool is_ended, is_placed, is_kept;
    char dir[FILE_PATH_BYTES];
    uint8_t plain[CHUNK], box[BOX];
};

enum err file_writer_new(const char *dir, struct file_writer **ret_writer)
{
    uint8_t id[16];
    struct file_writer *w = mem_zalloc(sizeof *w);
    if (!w) return ERR_NOMEM;
    w->fd = -1;
    snprintf(w->dir, sizeof w->dir, "%s", dir);
    rnd_bytes(id, sizeof id);
    rnd_bytes(w->seal.key, sizeof w->seal.key);
    str_hex(id, sizeof id, w->seal.name);
    w->cipher = cipher_new(w->seal.key);
    w->digest = digest_new();
    enum err err = w->cipher && w->digest ? path_of(dir, w->seal.name, &w->folder, &w->path) : ERR_NOMEM;
    if (!err) err = file_make_dir(dir);
    if (!err) err = file_make_dir(w->folder.at);
    if (!err) err = part_of(&w->folder, w->seal.name, &w->part);
    if (!err) {
        w->fd = open(w->part.at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        err = w->fd >= 0 ? file_write_at(w->fd, MAGIC, MAGIC_BYTES, 0) : err_from_errno(errno);
    }
    if (err) {
        file_writer_free(w);
        return err;
    }
    *ret_writer = w;
    return OK;
}

static enum err write_chunk(struct file_writer *w, bool is_last)
{
    struct binding b = bind_chunk(w->seal.name, w->chunks, is_last);
    enum err err = cipher_seal_box(w->cipher, &b, sizeof b, w->plain, w->held, w->box);
    if (!err)
        err =
            file_write_at(w->fd, w->box, w->held + CIPHER_BOX_BYTES, MAGIC_BYTES + w->chunks * (int64_t)BOX);
    if (err) return err;
    w->chunks++;
    w->held = 0;
    return OK;
}

/* A full chunk waits until more comes: only then is it known not to be the last. */
enum err file_writer_add(struct file_writer *w, const void *from, size_t bytes)
{
    const uint8_t *at = from;
    ASSERT(!w->is_ended);
    if (w->seal.bytes + (int64_t)bytes > FILE_SEAL_BYTES_MAX) return ERR_LIMIT;
    digest_add(w->digest, from, bytes);
    w->seal.bytes += (int64_t)bytes;
    while (bytes > 0) {
        if (w->held == CHUNK) {
            enum err err = write_chunk(w, false);
            if (err) return err;
        }
        size_t part = bytes < CHUNK - w->held ? bytes : CHUNK - w->held;
        memcpy(w->plain + w->held, at, part);
        w->held += part, at += part, bytes -= part;
    }
    return OK;
}

enum err file_writer_end(struct file_writer *w, struct file_seal *ret)
{
    ASSERT(!w->is_ended);
    enum err err = write_chunk(w, true);
    if (!err && fsync(w->fd) != 0) err = err_from_errno(errno);
    if (err) return err;
    w->seal.sha256 = digest_end(w->digest);
    w->is_ended = true;
    *ret = w->seal;
    return OK;
}

enum err file_writer_place(struct file_writer *w)
{
    ASSERT(w->is_ended);
    if (w->is_placed) return OK;
    enum err err = file_rename(w->part.at, w->path.at);
    if (err) return err;
    w->is_placed = true;
    return file_sync_parent(w->folder.at);
}

int64_t file_writer_bytes(const struct file_writer *w)
{
    return w->seal.bytes;
}

void file_writer_keep(struct file_writer *w)
{
    ASSERT(w->is_placed);
    w->is_kept = true;
}

void file_writer_free(struct file_writer *w)
{
    if (!w) return;
    if (w->fd >= 0) {
        close(w->fd);
        if (!w->is_placed) unlink(w->part.at);
        if (w->is_placed && !w->is_kept) (void)!file_seal_destroy(w->dir, w->seal.name); /* else swept */
    }
    cipher_free(w->cipher);
    digest_free(w->digest);
    mem_wipe_free(w, sizeof *w);
}

/* -- reading -- */

struct file_reader {
    struct file_seal seal;
    struct cipher *cipher;
    int fd;
    int64_t chunks, at; /* the chunk in plain; -1: none */
    size_t held;
    uint8_t plain[CHUNK], box[BOX];
};

enum err file_reader_new(const char *dir, const struct file_seal *seal, struct file_reader **ret_reader)
{
    struct file_path folder, path;
    char magic[MAGIC_BYTES];
    struct file_reader *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    r->seal = *seal;
    r->at = -1;
    r->fd = -1;
    r->chunks = seal->bytes == 0 ? 1 : (seal->bytes + CHUNK - 1) / CHUNK;
    r->cipher = cipher_new(seal->key);
    enum err err = r->cipher ? path_of(dir, seal->name, &folder, &path) : ERR_NOMEM;
    if (!err) {
        if (access(path.at, F_OK) != 0) err = part_of(&folder, seal->name, &path);
    }
    if (!err) {
        r->fd = open(path.at, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        err = r->fd >= 0 ? file_read_at(r->fd, magic, sizeof magic, 0) : err_from_errno(errno);
    }
    if (!err && memcmp(magic, MAGIC, sizeof magic) != 0) err = ERR_CORRUPT;
    if (err) {
        file_reader_free(r);
        return err;
    }
    *ret_reader = r;
    return OK;
}

static enum err load(struct file_reader *r, int64_t number)
{
    bool is_last = number == r->chunks - 1;
    size_t bytes = is_last ? (size_t)(r->seal.bytes - number * CHUNK) : CHUNK;
    struct binding b = bind_chunk(r->seal.name, number, is_last);
    if (r->at == number) return OK;
    r->at = -1;
    enum err err = file_read_at(r->fd, r->box, bytes + CIPHER_BOX_BYTES, MAGIC_BYTES + number * (int64_t)BOX);
    if (!err) err = cipher_open_box(r->cipher, &b, sizeof b, r->box, bytes + CIPHER_BOX_BYTES, r->plain);
    if (err) return err;
    r->at = number;
    r->held = bytes;
    return OK;
}

enum err file_reader_get(struct file_reader *r, int64_t offset, void *ret_bytes, size_t bytes, size_t *ret_n)
{
    uint8_t *to = ret_bytes;
    size_t n = 0;
    ASSERT(offset >= 0);
    while (n < bytes && offset < r->seal.bytes) {
        enum err err = load(r, offset / CHUNK);
        if (err) return err;
        size_t from = (size_t)(offset % CHUNK), part = r->held - from;
        if (part > bytes - n) part = bytes - n;
        memcpy(to + n, r->plain + from, part);
        n += part, offset += (int64_t)part;
    }
    *ret_n = n;
    return OK;
}

void file_reader_free(struct file_reader *r)
{
    if (!r) return;
    if (r->fd >= 0) close(r->fd);
    cipher_free(r->cipher);
    mem_wipe_free(r, sizeof *r);
}

/* -- removing -- */

enum err file_seal_destroy(const char *dir, const char *name)
{
    struct file_path folder, path, gone;
    char text[FILE_SEAL_NAME_BYTES + sizeof FILE_SEAL_GONE];
    if (!is_name(name)) return ERR_BAD_INPUT;
    snprintf(text, sizeof text, "%s" FILE_SEAL_GONE, name);
    enum err err = path_of(dir, name, &folder, &path);
    if (!err) err = file_path(folder.at, text, &gone);
    if (err || file_bytes(path.at) < 0) return err;
    int fd = open(gone.at, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    close(fd);
    return file_remove(path.at);
}

static enum err sweep_folder(const char *dir, const char *folder,
                             bool (*is_known)(void *ctx, const char *name), void *ctx, int64_t *removed)
{
    struct file_path at;
    enum err err = file_path(dir, folder, &at);
    DIR *d = err ? NULL : opendir(at.at);
    if (!d) return err ? err : errno == ENOTDIR ? OK : err_from_errno(errno);
    for (struct dirent *e; !err && (e = readdir(d)) != NULL;) {
        bool is_unfinished = is_part(e->d_name);
        if (!is_unfinished && (!is_name(e->d_name) || is_known(ctx, e->d_name))) continue;
        if (is_unfinished && unlinkat(dirfd(d), e->d_name, 0) != 0) err = err_from_errno(errno);
        if (!is_unfinished) err = file_seal_destroy(dir, e->d_name);
        if (!err) ++*removed;
    }
    closedir(d);
    return err;
}

enum err file_seal_sweep(const char *dir, bool (*is_known)(void *ctx, const char *name), void *ctx,
                         int64_t *ret_removed)
{
    int64_t removed = 0;
    enum err err = OK;
    DIR *d = opendir(dir);
    if (!d && errno != ENOENT) return err_from_errno(errno);
    for (struct dirent *e; d && !err && (e = readdir(d)) != NULL;) {
        uint8_t byte;
        if (strlen(e->d_name) != 2 || !str_from_hex(str_of(e->d_name), &byte, 1)) continue;
        err = sweep_folder(dir, e->d_name, is_known, ctx, &removed);
    }
    if (d) closedir(d);
    if (!err) *ret_removed = removed;
    return err;
}
