#include "store/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum err file_path(const char *dir, const char *name, struct file_path *ret)
{
    struct file_path path;
    int n = snprintf(path.at, sizeof path.at, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof path.at) return ERR_LIMIT;
    *ret = path;
    return OK;
}

enum err file_read_at(int fd, void *ret_bytes, size_t bytes, int64_t offset)
{
    char *to = ret_bytes;
    while (bytes) {
        ssize_t n = pread(fd, to, bytes, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        if (n == 0) return ERR_CORRUPT;
        to += n, offset += n, bytes -= (size_t)n;
    }
    return OK;
}

enum err file_write_at(int fd, const void *from, size_t bytes, int64_t offset)
{
    const char *at = from;
    while (bytes) {
        ssize_t n = pwrite(fd, at, bytes, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_from_errno(errno);
        at += n, offset += n, bytes -= (size_t)n;
    }
    return OK;
}

enum err file_read_text(const char *path, char *ret_text, size_t room, size_t *ret_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return err_from_errno(errno);
    struct stat st;
    enum err err = fstat(fd, &st) == 0 ? OK : err_from_errno(errno);
    if (!err && (st.st_size < 0 || (uint64_t)st.st_size >= room)) err = ERR_LIMIT;
    if (!err) err = file_read_at(fd, ret_text, (size_t)st.st_size, 0);
    close(fd);
    if (err) return err;
    ret_text[st.st_size] = 0;
    *ret_bytes = (size_t)st.st_size;
    return OK;
}

enum err file_read_whole(const char *path, int64_t bytes_max, struct buf *to)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return err_from_errno(errno);
    enum err err = fstat(fd, &st) != 0      ? ERR_IO
                   : !S_ISREG(st.st_mode)   ? ERR_BAD_INPUT
                   : st.st_size > bytes_max ? ERR_LIMIT
                                            : OK;
    char *at = err ? NULL : buf_reserve(to, (size_t)st.st_size + 1);
    if (!err && !at) err = ERR_NOMEM;
    if (!err) err = file_read_at(fd, at, (size_t)st.st_size, 0);
    if (!err) to->bytes += (size_t)st.st_size;
    close(fd);
    return err;
}

static enum err write_new(const char *path, const void *from, size_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    enum err err = file_write_at(fd, from, bytes, 0);
    if (!err && fsync(fd) != 0) err = err_from_errno(errno);
    if (close(fd) != 0 && !err) err = err_from_errno(errno);
    return err;
}

enum err file_replace(const char *path, const void *from, size_t bytes)
{
    char next[FILE_PATH_BYTES + 8];
    int n = snprintf(next, sizeof next, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof next) return ERR_LIMIT;
    enum err err = write_new(next, from, bytes);
    if (!err) err = file_rename(next, path);
    if (err) (void)unlink(next);
    return err;
}

enum err file_rename(const char *from, const char *to)
{
    if (rename(from, to) != 0) return err_from_errno(errno);
    return file_sync_parent(to);
}

enum err file_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err err = fsync(fd) == 0 ? OK : err_from_errno(errno);
    close(fd);
    return err;
}

enum err file_sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err err = fsync(fd) == 0 ? OK : err_from_errno(errno);
    close(fd);
    return err;
}

enum err file_sync_parent(const char *path)
{
    struct file_path dir;
    const char *slash = strrchr(path, '/');
    if (!slash) return file_sync_dir(".");
    if (slash == path) return file_sync_dir("/");
    int n = snprintf(dir.at, sizeof dir.at, "%.*s", (int)(slash - path), path);
    if (n < 0 || (size_t)n >= sizeof dir.at) return ERR_LIMIT;
    return file_sync_dir(dir.at);
}

enum err file_make_dir(const char *path)
{
    if (mkdir(path, 0700) == 0) return file_sync_parent(path);
    return errno == EEXIST ? OK : err_from_errno(errno);
}

enum err file_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? OK : err_from_errno(errno);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

enum err file_remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return errno == ENOENT ? OK : err_from_errno(errno);
    enum err err = OK;
    struct dirent *entry;
    while (!err && (entry = readdir(dir)) != NULL)
        if (!is_dots(entry->d_name) && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            err = err_from_errno(errno);
    closedir(dir);
    if (!err && rmdir(path) != 0) err = err_from_errno(errno);
    return err;
}

int64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

enum err file_dir_is_empty(const char *path, bool *ret_empty)
{
    DIR *dir = opendir(path);
    if (!dir && errno != ENOENT) return err_from_errno(errno);
    bool empty = true;
    struct dirent *entry;
    while (dir && empty && (entry = readdir(dir)) != NULL)
        empty = is_dots(entry->d_name);
    if (dir) closedir(dir);
    *ret_empty = empty;
    return OK;
}
