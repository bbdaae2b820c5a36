#include "net/assets.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/mem.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 8
#define PATH_BYTES 512

struct assets {
    struct map *by_path;
    size_t bytes;
    uint32_t files;
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json; charset=utf-8"},
    {".webmanifest", "application/manifest+json; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".wav", "audio/wav"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
};

static bool ends_with(struct str s, const char *ending)
{
    size_t n = strlen(ending);
    return s.bytes >= n && memcmp(s.at + s.bytes - n, ending, n) == 0;
}

static const char *type_of(struct str path)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (ends_with(path, types[i].ending)) return types[i].type;
    return "application/octet-stream";
}

static void etag_of(struct str bytes, const char *mark, char ret[ASSETS_ETAG_BYTES])
{
    char hex[33];
    struct digest_value d = digest_of(bytes.at, bytes.bytes);
    str_hex(d.at, 16, hex);
    snprintf(ret, ASSETS_ETAG_BYTES, "\"%s%s\"", hex, mark);
}

static enum err read_whole(int fd, size_t bytes, char **ret)
{
    char *at = mem_alloc(bytes + 1);
    if (!at) return ERR_NOMEM;
    for (size_t got = 0; got < bytes;) {
        ssize_t n = read(fd, at + got, bytes - got);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            mem_free(at);
            return ERR_IO;
        }
        got += (size_t)n;
    }
    at[bytes] = '\0';
    *ret = at;
    return OK;
}

/* The asset of the path, made when absent. */
static enum err asset_at(struct assets *a, struct str path, struct asset **ret)
{
    struct asset *found = map_get(a->by_path, path);
    if (!found) {
        found = mem_zalloc(sizeof *found);
        if (!found) return ERR_NOMEM;
        enum err err = map_put(a->by_path, path, found);
        if (err) {
            mem_free(found);
            return err;
        }
        found->type = type_of(path);
        found->is_hashed = str_starts(path, STR("/assets/"));
    }
    *ret = found;
    return OK;
}

static enum err add_file(struct assets *a, int dir, const char *name, const char *path)
{
    struct stat st;
    char *bytes = NULL;
    struct asset *asset;
    struct str at = str_of(path);
    bool is_gzip = ends_with(at, ".gz");
    if (is_gzip) at.bytes -= 3;

    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ELOOP ? OK : err_from_errno(errno);
    enum err err = fstat(fd, &st) == 0 ? OK : err_from_errno(errno);
    if (!err && (st.st_size > ASSETS_FILE_BYTES_MAX || a->bytes + (size_t)st.st_size > ASSETS_BYTES_MAX ||
                 a->files == ASSETS_FILES_MAX))
        err = ERR_LIMIT;
    if (!err) err = read_whole(fd, (size_t)st.st_size, &bytes);
    close(fd);
    if (!err) err = asset_at(a, at, &asset);
    if (err) {
        mem_free(bytes);
        return err;
    }
    a->bytes += (size_t)st.st_size;
    a->files++;
    struct str whole = {bytes, (size_t)st.st_size};
    if (is_gzip)
        asset->gzip = whole;
    else
        asset->plain = whole;
    etag_of(whole, is_gzip ? "-gz" : "", is_gzip ? asset->gzip_etag : asset->etag);
    return OK;
}

/* Takes the descriptor. */
static enum err add_folder(struct assets *a, int fd, const char *path, int depth)
{
    enum err err = OK;
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return err_from_errno(errno);
    }
    for (struct dirent *e; !err && (e = readdir(d));) {
        char below[PATH_BYTES];
        struct stat st;
        if (e->d_name[0] == '.') continue;
        if (snprintf(below, sizeof below, "%s/%s", path, e->d_name) >= (int)sizeof below)
            err = ERR_LIMIT;
        else if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            err = err_from_errno(errno);
        else if (S_ISREG(st.st_mode))
            err = add_file(a, dirfd(d), e->d_name, below);
        else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            int inner = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            err = inner < 0 ? err_from_errno(errno) : add_folder(a, inner, below, depth + 1);
        }
    }
    closedir(d);
    return err;
}

/* A `.gz` without its plain file could not be served to everybody. */
static void drop_halves(struct assets *a)
{
    uint32_t at = 0;
    struct str path;
    void *value;
    while (map_next(a->by_path, &at, &path, &value)) {
        struct asset *asset = value;
        if (asset->plain.at) continue;
        mem_free((void *)(uintptr_t)asset->gzip.at);
        map_remove(a->by_path, path);
        mem_free(asset);
    }
}

enum err assets_load(const char *dir, struct assets **ret_assets)
{
    struct assets *a = mem_zalloc(sizeof *a);
    if (!a) return ERR_NOMEM;
    enum err err = ERR_NOMEM;
    a->by_path = map_new(ASSETS_FILES_MAX);
    if (!a->by_path) goto fail;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    err = fd < 0 ? err_from_errno(errno) : add_folder(a, fd, "", 0);
    if (err) goto fail;
    drop_halves(a);
    err = ERR_NOT_FOUND;
    if (!map_get(a->by_path, STR("/index.html"))) goto fail;
    *ret_assets = a;
    return OK;
fail:
    assets_free(a);
    return err;
}

void assets_free(struct assets *a)
{
    if (!a) return;
    uint32_t at = 0;
    struct str path;
    void *value;
    while (a->by_path && map_next(a->by_path, &at, &path, &value)) {
        struct asset *asset = value;
        mem_free((void *)(uintptr_t)asset->plain.at);
        mem_free((void *)(uintptr_t)asset->gzip.at);
        mem_free(asset);
    }
    map_free(a->by_path);
    mem_free(a);
}

static bool has_dot(struct str path)
{
    size_t i = path.bytes;
    while (i > 0 && path.at[i - 1] != '/')
        if (path.at[--i] == '.') return true;
    return false;
}

const struct asset *assets_find(const struct assets *a, struct str path)
{
    const struct asset *found = map_get(a->by_path, path);
    if (!found && !has_dot(path)) found = map_get(a->by_path, STR("/index.html"));
    return found;
}

uint32_t assets_count(const struct assets *a)
{
    return map_count(a->by_path);
}
