#include "store/mirror.h"
#include "base/clock.h"
#include "base/mem.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, NAME_BYTES = 32 };
#define GONE ".gone"
#define DAY_NS (24LL * 3600 * 1000000000)
#define SETTLED_NS                                                                                           \
    2000000000LL /* a folder changed less than this ago may change again within the same tick of its clock */

static bool is_hex(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        bool is_digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (!is_digit) return false;
    }
    return true;
}

static bool is_name(const char *text)
{
    return strlen(text) == NAME_BYTES && is_hex(text, NAME_BYTES);
}

static bool is_gone(const char *text)
{
    return strlen(text) == NAME_BYTES + sizeof GONE - 1 && is_hex(text, NAME_BYTES) &&
           strcmp(text + NAME_BYTES, GONE) == 0;
}

static enum err folder_of(const char *dir, unsigned part, struct file_path *ret)
{
    char name[sizeof MIRROR_FOLDER + 8];
    snprintf(name, sizeof name, MIRROR_FOLDER "/%02x", part);
    return file_path(dir, name, ret);
}

/* -- one file -- */

static enum err copy_bytes(int from, int to, int64_t at)
{
    char *block = mem_alloc(BLOCK);
    ssize_t n = 0;
    enum err err = block ? OK : ERR_NOMEM;
    while (!err && (n = pread(from, block, BLOCK, at)) > 0) {
        err = file_write_at(to, block, (size_t)n, at);
        at += n;
    }
    if (!err && n < 0) err = err_from_errno(errno);
    if (!err && fsync(to) != 0) err = err_from_errno(errno);
    mem_free(block);
    return err;
}

static enum err copy_file(const char *from_folder, const char *to_folder, const char *name)
{
    struct file_path from, to, part;
    char text[NAME_BYTES + sizeof ".part"];
    snprintf(text, sizeof text, "%.32s.part", name);
    enum err err = file_path(from_folder, name, &from);
    if (!err) err = file_path(to_folder, name, &to);
    if (!err) err = file_path(to_folder, text, &part);
    if (err) return err;
    int in = open(from.at, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0) return errno == ENOENT ? OK : err_from_errno(errno); /* dropped meanwhile: nobody's */
    int out = open(part.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    err = out >= 0 ? copy_bytes(in, out, 0) : err_from_errno(errno);
    close(in);
    if (out >= 0 && close(out) != 0 && !err) err = err_from_errno(errno);
    if (!err) return file_rename(part.at, to.at);
    if (out >= 0) unlink(part.at);
    return err;
}

static enum err copy_if_absent(const char *from_folder, const char *to_folder, const char *name)
{
    struct file_path to;
    enum err err = file_path(to_folder, name, &to);
    if (err) return err;
    return file_bytes(to.at) >= 0 ? OK : copy_file(from_folder, to_folder, name);
}

static enum err drop(const char *from_folder, const char *to_folder, const char *mark)
{
    struct file_path there, here;
    char name[NAME_BYTES + 1];
    snprintf(name, sizeof name, "%.32s", mark);
    enum err err = file_path(to_folder, name, &there);
    if (!err) err = file_path(from_folder, mark, &here);
    if (!err) err = file_remove(there.at);
    return err ? err : file_remove(here.at);
}

/* -- one folder -- */

static enum err walk(const char *from, const char *to, void (*told)(void *ctx, int64_t bytes), void *ctx)
{
    struct file_path path;
    enum err err = OK;
    DIR *d = opendir(from);
    if (!d) return errno == ENOENT ? OK : err_from_errno(errno);
    for (struct dirent *e; !err && (e = readdir(d)) != NULL;) {
        if (is_name(e->d_name)) err = copy_if_absent(from, to, e->d_name);
        if (!err && is_gone(e->d_name)) err = drop(from, to, e->d_name);
        if (!err && told && is_name(e->d_name) && file_path(from, e->d_name, &path) == OK)
            told(ctx, file_bytes(path.at));
    }
    closedir(d);
    return err;
}

static enum err make_folder(const char *dir, const char *folder)
{
    struct file_path all;
    enum err err = file_path(dir, MIRROR_FOLDER, &all);
    if (!err) err = file_make_dir(all.at);
    if (!err) err = file_make_dir(folder);
    if (!err) err = file_sync_dir(all.at);
    return err;
}

static enum err part_out(struct mirror *m, const char *dir, const char *target, unsigned part)
{
    struct file_path from, to;
    struct stat st;
    enum err err = folder_of(dir, part, &from);
    if (!err) err = folder_of(target, part, &to);
    if (err || stat(from.at, &st) != 0) return err;
    int64_t changed = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if (changed == m->seen[part]) return OK;
    err = make_folder(target, to.at);
    if (!err) err = walk(from.at, to.at, NULL, NULL);
    if (!err && clock_now().ms * 1000000 - changed > SETTLED_NS) m->seen[part] = changed;
    return err;
}

/* -- recordings -- */

/* The last of the copy are the bytes that stand there. */
static enum err ends_alike(int from, int to, int64_t bytes, bool *ret)
{
    int64_t at = bytes > BLOCK ? bytes - BLOCK : 0;
    size_t n = (size_t)(bytes - at);
    char *blocks = mem_alloc((size_t)2 * BLOCK);
    enum err err = blocks ? file_read_at(from, blocks, n, at) : ERR_NOMEM;
    if (!err) err = file_read_at(to, blocks + BLOCK, n, at);
    if (!err) *ret = memcmp(blocks, blocks + BLOCK, n) == 0;
    mem_free(blocks);
    return err;
}

/* What is new of it. A copy that is longer stays: here power was lost before the end was on the disk. */
static enum err grow_open(int in, int out, bool is_first, bool *ret_anew)
{
    int64_t here = lseek(in, 0, SEEK_END), there = lseek(out, 0, SEEK_END);
    bool is_alike = true;
    if (here < 0 || there < 0) return err_from_errno(errno);
    enum err err = is_first && there > 0 && there <= here ? ends_alike(in, out, there, &is_alike) : OK;
    *ret_anew = !err && !is_alike;
    return err || !is_alike || there >= here ? err : copy_bytes(in, out, there);
}

static enum err grow_file(const char *from_folder, const char *to_folder, const char *name, bool is_first)
{
    struct file_path from, to;
    bool is_anew = false;
    enum err err = file_path(from_folder, name, &from);
    if (!err) err = file_path(to_folder, name, &to);
    if (err) return err;
    int in = open(from.at, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0) return errno == ENOENT ? OK : err_from_errno(errno); /* deleted meanwhile */
    int out = open(to.at, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    err = out >= 0 ? grow_open(in, out, is_first, &is_anew) : err_from_errno(errno);
    close(in);
    if (out >= 0 && close(out) != 0 && !err) err = err_from_errno(errno);
    return err || !is_anew ? err : copy_file(from_folder, to_folder, name);
}

static int64_t changed_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static enum err film_out(struct mirror_films *f, DIR *d, const char *from, const char *to, const char *name)
{
    struct stat st;
    if (fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) return OK;
    int64_t changed = changed_ns(&st), now = clock_now().ms * 1000000;
    if (changed > now - DAY_NS && f->growing_n < MIRROR_GROWING_MAX)
        snprintf(f->growing[f->growing_n++], sizeof f->growing[0], "%.32s", name);
    if (f->walked && changed < f->walked * 1000000 - SETTLED_NS) return OK;
    return grow_file(from, to, name, !f->walked);
}

static enum err films_walk(struct mirror_films *f, const char *from, const char *to)
{
    enum err err = OK;
    int64_t now = clock_now().ms;
    DIR *d = opendir(from);
    if (!d) return errno == ENOENT ? OK : err_from_errno(errno);
    f->growing_n = 0;
    for (struct dirent *e; !err && (e = readdir(d)) != NULL;) {
        if (is_name(e->d_name)) err = film_out(f, d, from, to, e->d_name);
        if (!err && is_gone(e->d_name)) err = drop(from, to, e->d_name);
    }
    closedir(d);
    if (!err) err = file_sync_dir(to);
    if (!err) f->walked = now;
    return err;
}

static enum err films_out(struct mirror *m, const char *dir, const char *target)
{
    struct mirror_films *f = &m->films;
    struct file_path from, to;
    struct stat st;
    enum err err = file_path(dir, MIRROR_FILMS, &from);
    if (!err) err = file_path(target, MIRROR_FILMS, &to);
    if (err || stat(from.at, &st) != 0) return err;
    int64_t since = clock_now().ms - f->walked;
    if (changed_ns(&st) == f->seen && since >= 0 && since < MIRROR_WALK_MS) {
        for (uint32_t i = 0; i < f->growing_n && !err; i++)
            err = grow_file(from.at, to.at, f->growing[i], false);
        return err;
    }
    err = file_make_dir(to.at);
    if (!err) err = films_walk(f, from.at, to.at);
    bool is_settled = clock_now().ms * 1000000 - changed_ns(&st) > SETTLED_NS;
    if (!err && is_settled) f->seen = changed_ns(&st);
    return err;
}

static enum err films_back(const char *target, const char *dir, void (*told)(void *ctx, int64_t bytes),
                           void *ctx)
{
    struct file_path from, to;
    enum err err = file_path(target, MIRROR_FILMS, &from);
    if (!err) err = file_path(dir, MIRROR_FILMS, &to);
    if (err || access(from.at, F_OK) != 0) return err;
    err = file_make_dir(to.at);
    return err ? err : walk(from.at, to.at, told, ctx);
}

/* -- all -- */

enum err mirror_out(struct mirror *m, const char *dir, const char *target)
{
    enum err err = OK;
    for (unsigned i = 0; i < MIRROR_PARTS && !err; i++)
        err = part_out(m, dir, target, i);
    return err ? err : films_out(m, dir, target);
}

enum err mirror_back(const char *target, const char *dir, void (*told)(void *ctx, int64_t bytes), void *ctx)
{
    enum err err = OK;
    for (unsigned i = 0; i < MIRROR_PARTS && !err; i++) {
        struct file_path from, to;
        err = folder_of(target, i, &from);
        if (!err) err = folder_of(dir, i, &to);
        if (err || access(from.at, F_OK) != 0) continue;
        err = make_folder(dir, to.at);
        if (!err) err = walk(from.at, to.at, told, ctx);
    }
    return err ? err : films_back(target, dir, told, ctx);
}

static int64_t bytes_in(const char *folder)
{
    struct file_path path;
    int64_t sum = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (is_name(e->d_name) && file_path(folder, e->d_name, &path) == OK) sum += file_bytes(path.at);
    if (d) closedir(d);
    return sum;
}

int64_t mirror_bytes(const char *target)
{
    struct file_path folder;
    int64_t sum = file_path(target, MIRROR_FILMS, &folder) == OK ? bytes_in(folder.at) : 0;
    for (unsigned i = 0; i < MIRROR_PARTS; i++)
        if (folder_of(target, i, &folder) == OK) sum += bytes_in(folder.at);
    return sum;
}
