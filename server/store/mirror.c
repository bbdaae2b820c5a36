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

static enum err copy_bytes(int from, int to)
{
    char *block = mem_alloc(BLOCK);
    ssize_t n = 0;
    int64_t at = 0;
    enum err err = block ? OK : ERR_NOMEM;
    while (!err && (n = read(from, block, BLOCK)) > 0) {
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
    err = out >= 0 ? copy_bytes(in, out) : err_from_errno(errno);
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

enum err mirror_out(struct mirror *m, const char *dir, const char *target)
{
    enum err err = OK;
    for (unsigned i = 0; i < MIRROR_PARTS && !err; i++)
        err = part_out(m, dir, target, i);
    return err;
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
    return err;
}

int64_t mirror_bytes(const char *target)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < MIRROR_PARTS; i++) {
        struct file_path folder, path;
        DIR *d = folder_of(target, i, &folder) == OK ? opendir(folder.at) : NULL;
        for (struct dirent *e; d && (e = readdir(d)) != NULL;)
            if (is_name(e->d_name) && file_path(folder.at, e->d_name, &path) == OK)
                sum += file_bytes(path.at);
        if (d) closedir(d);
    }
    return sum;
}
