#include "store/ship_part.h"
#include "base/mem.h"
#include "store/ship.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024 };

static bool int_until(struct str *rest, char until, int64_t *ret_n)
{
    struct str word = str_cut(rest, until);
    return str_to_i64(word, ret_n) && *ret_n >= 0;
}

/* "wal-<16 hex>-<gen>-<from>-<to>.part"; line NULL: of any line. */
static bool part_of(const char *name, const uint8_t *line, struct ship_part *ret)
{
    uint8_t of[TARGET_LINE_BYTES];
    struct str rest = str_of(name);
    if (rest.bytes >= sizeof ret->name || !str_is_text(str_cut(&rest, '-'), "wal")) return false;
    if (!str_from_hex(str_cut(&rest, '-'), of, sizeof of) || (line && memcmp(of, line, sizeof of) != 0))
        return false;
    if (!int_until(&rest, '-', &ret->gen) || !int_until(&rest, '-', &ret->from) ||
        !int_until(&rest, '.', &ret->to))
        return false;
    memcpy(ret->name, name, strlen(name) + 1);
    return str_is_text(rest, "part");
}

static enum err bytes_kept(const struct folder *f, int64_t *ret_bytes)
{
    DIR *dir = opendir(f->dir.at);
    if (!dir) return err_from_errno(errno);
    int64_t bytes = 0;
    struct ship_part part;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (part_of(entry->d_name, NULL, &part)) bytes += part.to - part.from;
    closedir(dir);
    *ret_bytes = bytes;
    return OK;
}

static enum err copy(int from, int to, int64_t at, int64_t end)
{
    char *block = mem_alloc(BLOCK);
    enum err err = block ? OK : ERR_NOMEM;
    for (int64_t start = at; !err && at < end;) {
        size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK;
        err = file_read_at(from, block, n, at);
        if (!err) err = file_write_at(to, block, n, at - start);
        at += (int64_t)n;
    }
    if (!err && fsync(to) != 0) err = err_from_errno(errno);
    mem_free(block);
    return err;
}

static enum err make(const struct folder *f, const char *next, int64_t from, int64_t to)
{
    enum err err = OK;
    int wal = open(f->wal.at, O_RDONLY | O_CLOEXEC);
    int out = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (wal < 0 || out < 0) err = err_from_errno(errno);
    if (!err) err = copy(wal, out, from, to);
    if (wal >= 0) close(wal);
    if (out >= 0) close(out);
    return err;
}

enum err ship_part_keep(const struct folder *f, const uint8_t line[TARGET_LINE_BYTES], int64_t gen,
                        int64_t from, int64_t to)
{
    struct file_path path, next = {0};
    char name[96], of[2 * TARGET_LINE_BYTES + 1];
    int64_t kept = 0;
    enum err err = bytes_kept(f, &kept);
    if (!err && kept + to - from > SHIP_PARTS_BYTES_MAX) err = ERR_LIMIT;
    str_hex(line, TARGET_LINE_BYTES, of);
    snprintf(name, sizeof name, "wal-%s-%06" PRId64 "-%" PRId64 "-%" PRId64 ".part", of, gen, from, to);
    if (!err) err = file_path(f->dir.at, name, &path);
    if (!err) err = file_path(f->dir.at, "wal.new", &next);
    if (!err) err = make(f, next.at, from, to);
    if (!err) err = file_rename(next.at, path.at);
    if (err && next.at[0]) (void)unlink(next.at);
    return err;
}

static bool is_before(const struct ship_part *a, const struct ship_part *b)
{
    return a->gen != b->gen ? a->gen < b->gen : a->from < b->from;
}

enum err ship_part_first(const struct folder *f, const uint8_t line[TARGET_LINE_BYTES], struct ship_part *ret)
{
    DIR *dir = opendir(f->dir.at);
    if (!dir) return err_from_errno(errno);
    struct ship_part part, first;
    bool found = false;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!part_of(entry->d_name, line, &part)) continue;
        if (!found || is_before(&part, &first)) first = part;
        found = true;
    }
    closedir(dir);
    if (!found) return ERR_NOT_FOUND;
    *ret = first;
    return OK;
}

enum err ship_part_remove(const struct folder *f, const struct ship_part *part)
{
    struct file_path path;
    enum err err = file_path(f->dir.at, part->name, &path);
    return err ? err : file_remove(path.at);
}

enum err ship_parts_drop(const struct folder *f)
{
    DIR *dir = opendir(f->dir.at);
    if (!dir) return err_from_errno(errno);
    enum err err = OK;
    struct ship_part part;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        bool is_half = strcmp(entry->d_name, "wal.new") == 0;
        if (!is_half && !part_of(entry->d_name, NULL, &part)) continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0) err = err_from_errno(errno);
    }
    closedir(dir);
    return err;
}
