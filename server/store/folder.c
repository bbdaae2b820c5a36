#include "store/folder.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err name_all(const char *dir, struct folder *f)
{
    const struct {
        const char *name;
        struct file_path *to;
    } files[] = {{"yunqiao.db", &f->db},       {"yunqiao.db-wal", &f->wal},
                 {"yunqiao.db.new", &f->next}, {"yunqiao.db.new-wal", &f->next_wal},
                 {"audit.anchor", &f->anchor}, {"shipping", &f->shipping}};
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(files) && !err; i++)
        err = file_path(dir, files[i].name, files[i].to);
    if (!err) snprintf(f->dir.at, sizeof f->dir.at, "%s", dir);
    return err;
}

static enum err check_dir(const char *dir, char ret_why[256])
{
    struct stat st;
    if (stat(dir, &st) != 0) {
        enum err err = err_from_errno(errno);
        snprintf(ret_why, 256,
                 err == ERR_NOT_FOUND ? "There is no store in %.180s." : "%.180s cannot be read.", dir);
        return err;
    }
    if (!S_ISDIR(st.st_mode)) {
        snprintf(ret_why, 256, "%.180s is not a folder.", dir);
        return ERR_BAD_INPUT;
    }
    if (st.st_uid != geteuid()) {
        snprintf(ret_why, 256, "%.160s belongs to user %u; run this as that user.", dir, (unsigned)st.st_uid);
        return ERR_DENIED;
    }
    if (st.st_mode & 077) {
        log_warn("store", "folder_closed_to_others", LOG_I("mode", st.st_mode & 0777));
        if (chmod(dir, 0700) != 0) return err_from_errno(errno);
    }
    return OK;
}

static long holder(int fd)
{
    char text[24] = "";
    uint64_t pid = 0;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    return n > 0 && str_to_u64(str_trim((struct str){text, strcspn(text, "\n")}), &pid) ? (long)pid : 0;
}

static enum err take_lock(const char *dir, int *ret_fd, char ret_why[256])
{
    struct file_path path;
    enum err err = file_path(dir, "lock", &path);
    if (err) return err;
    int fd = open(path.at, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        err = errno == EAGAIN || errno == EACCES ? ERR_BUSY : err_from_errno(errno);
        if (err == ERR_BUSY) snprintf(ret_why, 256, "Process %ld has %.160s open.", holder(fd), dir);
        close(fd);
        return err;
    }
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    err = ftruncate(fd, 0) == 0 ? file_write_at(fd, pid, (size_t)n, 0) : err_from_errno(errno);
    if (err == ERR_DISK_FULL)
        err = OK; /* the lock holds without its note: a full disk must not bar the way */
    if (err) {
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return OK;
}

enum err folder_open(const char *dir, bool create, struct folder *ret, char ret_why[256])
{
    struct folder f = {.lock_fd = -1};
    snprintf(ret_why, 256, "%.200s cannot be used as a store's folder.", dir);
    enum err err = name_all(dir, &f);
    if (!err && create) err = file_make_dir(dir);
    if (!err) err = check_dir(dir, ret_why);
    if (!err && !create && file_bytes(f.db.at) < 0) {
        snprintf(ret_why, 256, "There is no store in %.180s.", dir);
        err = ERR_NOT_FOUND;
    }
    if (!err) err = take_lock(dir, &f.lock_fd, ret_why);
    if (err) return err;
    ret_why[0] = 0;
    *ret = f;
    return OK;
}

void folder_close(struct folder *f)
{
    if (f->lock_fd >= 0) close(f->lock_fd);
    f->lock_fd = -1;
}
