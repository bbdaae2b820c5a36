/* file: small whole-file work shared by the store's parts: paths, exact reads and writes, durable replacement.
 * Any thread. Errors are those of err_from_errno; ERR_LIMIT: a path or a file longer than it may be. */
#ifndef STORE_FILE_H
#define STORE_FILE_H
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_PATH_BYTES 1024
struct file_path {
    char at[FILE_PATH_BYTES];
};

/* dir/name. */
enum err file_path(const char *dir, const char *name, struct file_path *ret) MUST_USE;
/* Reads exactly so many bytes at the offset; ERR_CORRUPT when the file ends before. */
enum err file_read_at(int fd, void *ret_bytes, size_t bytes, int64_t offset) MUST_USE;
enum err file_write_at(int fd, const void *from, size_t bytes, int64_t offset) MUST_USE;
/* Reads a small file whole and adds a NUL; ERR_NOT_FOUND, ERR_LIMIT when it is not shorter than room. */
enum err file_read_text(const char *path, char *ret_text, size_t room, size_t *ret_bytes) MUST_USE;
/* Appends a file given by hand whole, and never waits for one: ERR_BAD_INPUT when it is no plain file, ERR_LIMIT, ERR_NOMEM. */
enum err file_read_whole(const char *path, int64_t bytes_max, struct buf *to) MUST_USE;
/* Replaces path by these bytes (mode 0600) so that after a crash the old or the new stands. */
enum err file_replace(const char *path, const void *from, size_t bytes) MUST_USE;
/* Renames and makes that durable; both in one folder. */
enum err file_rename(const char *from, const char *to) MUST_USE;
enum err file_sync(const char *path) MUST_USE;
enum err file_sync_dir(const char *dir) MUST_USE;
/* The folder that path stands in is synced: after a file was made or removed. */
enum err file_sync_parent(const char *path) MUST_USE;
enum err file_make_dir(const char *path) MUST_USE; /* 0700; being there already is no error */
/* Absent is no error. */
enum err file_remove(const char *path) MUST_USE;
/* A folder and the files in it; absent is no error. */
enum err file_remove_dir(const char *path) MUST_USE;
int64_t file_bytes(const char *path);                                   /* -1: absent */
enum err file_dir_is_empty(const char *path, bool *ret_empty) MUST_USE; /* absent counts as empty */

#endif
