#include "store/target.h"
#include "base/mem.h"
#include "store/words.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { TEXT_BYTES = 1024 };

/* -- line and key -- */

enum err target_line_read(const char *target, struct target_line *ret)
{
    struct file_path path;
    char text[TEXT_BYTES];
    size_t bytes;
    struct target_line line;
    enum err err = file_path(target, "line", &path);
    if (!err) err = file_read_text(path.at, text, sizeof text, &bytes);
    if (err) return err;
    struct words w = words_of((struct str){text, bytes}, "yunqiao-backup 1");
    words_hex(&w, "site", line.site, sizeof line.site);
    words_hex(&w, "line", line.line, sizeof line.line);
    words_int(&w, "first", &line.first);
    if (!words_end(&w)) return ERR_CORRUPT;
    *ret = line;
    return OK;
}

enum err target_line_write(const char *target, const struct target_line *line)
{
    static const char *const folders[] = {"wal", "bases", "anchors"};
    struct file_path path;
    char text[TEXT_BYTES], site[2 * ANCHOR_SITE_BYTES + 1], id[2 * TARGET_LINE_BYTES + 1];
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(folders) && !err; i++) {
        err = file_path(target, folders[i], &path);
        if (!err) err = file_make_dir(path.at);
    }
    str_hex(line->site, sizeof line->site, site);
    str_hex(line->line, sizeof line->line, id);
    int n = snprintf(text, sizeof text, "yunqiao-backup 1 site=%s line=%s first=%" PRId64 "\n", site, id,
                     line->first);
    if (!err) err = file_path(target, "line", &path);
    return err ? err : file_replace(path.at, text, (size_t)n);
}

enum err target_pinned_key(const char *target, uint8_t ret_key[32])
{
    struct file_path path;
    char text[TEXT_BYTES];
    size_t bytes;
    enum err err = file_path(target, "public-key", &path);
    if (!err) err = file_read_text(path.at, text, sizeof text, &bytes);
    if (err) return err;
    struct str hex = {text, bytes && text[bytes - 1] == '\n' ? bytes - 1 : bytes};
    return str_from_hex(hex, ret_key, 32) ? OK : ERR_CORRUPT;
}

enum err target_pin_key(const char *target, const uint8_t key[32])
{
    struct file_path path;
    uint8_t pinned[32];
    char text[2 * 32 + 2];
    enum err err = target_pinned_key(target, pinned);
    if (!err) return memcmp(pinned, key, sizeof pinned) == 0 ? OK : ERR_DENIED;
    if (err != ERR_NOT_FOUND) return err;
    err = file_path(target, "public-key", &path);
    if (err) return err;
    str_hex(key, 32, text);
    text[64] = '\n';
    return file_replace(path.at, text, 65);
}

/* -- anchors -- */

enum err target_anchor_put(const char *target, const char *line, size_t bytes)
{
    struct file_path path;
    struct anchor_file f;
    enum err err = file_path(target, "audit.anchor", &path);
    if (err) return err;
    err = anchor_file_open(&f, path.at);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) return anchor_file_make(path.at, line, bytes);
    if (err) return err;
    err = anchor_file_write(&f, line, bytes);
    anchor_file_close(&f);
    return err;
}

enum err target_anchor_append(const char *target, struct instant now, const char *line, size_t bytes)
{
    struct file_path path;
    char at[INSTANT_TEXT_BYTES], name[24];
    instant_text(now, at);
    snprintf(name, sizeof name, "anchors/%.7s", at);
    enum err err = file_path(target, name, &path);
    if (err) return err;
    bool is_new = file_bytes(path.at) < 0;
    int fd = open(path.at, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    ssize_t n = write(fd, line, bytes);
    err = n == (ssize_t)bytes ? OK : n < 0 ? err_from_errno(errno) : ERR_DISK_FULL;
    if (!err && fdatasync(fd) != 0) err = err_from_errno(errno);
    close(fd);
    if (!err && is_new) err = file_sync_parent(path.at);
    return err;
}

/* -- generations -- */

enum err target_generation_path(const char *target, int64_t gen, const char *suffix, struct file_path *ret)
{
    char name[48];
    snprintf(name, sizeof name, "wal/%06" PRId64 "%s", gen, suffix);
    return file_path(target, name, ret);
}

int64_t target_generation_bytes(const char *target, int64_t gen)
{
    struct file_path path;
    if (target_generation_path(target, gen, ".wal", &path) != OK) return 0;
    int64_t bytes = file_bytes(path.at);
    return bytes > 0 ? bytes : 0;
}

/* "000017.wal" -> 17, suffix ".wal"; 0 for anything else. */
static int64_t generation_of(const char *name, const char **ret_suffix)
{
    int64_t gen;
    size_t digits = strspn(name, "0123456789");
    if (digits < 6 || !str_to_i64((struct str){name, digits}, &gen)) return 0;
    *ret_suffix = name + digits;
    return gen;
}

static enum err open_wal_dir(const char *target, DIR **ret_dir)
{
    struct file_path path;
    enum err err = file_path(target, "wal", &path);
    if (err) return err;
    *ret_dir = opendir(path.at);
    return *ret_dir ? OK : err_from_errno(errno);
}

enum err target_generations(const char *target, int64_t *ret_last, int64_t *ret_last_ended)
{
    DIR *dir;
    int64_t last = 0, ended = 0;
    enum err err = open_wal_dir(target, &dir);
    if (err && err != ERR_NOT_FOUND) return err;
    for (struct dirent *entry; !err && (entry = readdir(dir)) != NULL;) {
        const char *suffix = "";
        int64_t gen = generation_of(entry->d_name, &suffix);
        if (strcmp(suffix, ".wal") == 0 && gen > last) last = gen;
        if (strcmp(suffix, ".end") == 0 && gen > ended) ended = gen;
    }
    if (!err) closedir(dir);
    *ret_last = last;
    *ret_last_ended = ended;
    return OK;
}

static enum err digest_file(const char *path, struct digest_value *ret, int64_t *ret_bytes)
{
    enum { BLOCK = 256 * 1024 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    struct digest *d = digest_new();
    char *block = mem_alloc(BLOCK);
    enum err err = d && block ? OK : ERR_NOMEM;
    int64_t bytes = 0;
    ssize_t n = 0;
    while (!err && (n = read(fd, block, BLOCK)) > 0) {
        digest_add(d, block, (size_t)n);
        bytes += n;
    }
    if (n < 0) err = err_from_errno(errno);
    if (!err) *ret = digest_end(d), *ret_bytes = bytes;
    mem_free(block);
    digest_free(d);
    close(fd);
    return err;
}

enum err target_generation_end(const char *target, int64_t gen, int64_t bytes)
{
    struct file_path wal, end;
    struct digest_value sha;
    int64_t found;
    char text[TEXT_BYTES], hex[2 * DIGEST_BYTES + 1];
    enum err err = target_generation_path(target, gen, ".wal", &wal);
    if (!err) err = target_generation_path(target, gen, ".end", &end);
    if (!err) err = digest_file(wal.at, &sha, &found);
    if (!err && found != bytes) err = ERR_CORRUPT;
    if (err) return err;
    str_hex(sha.at, sizeof sha.at, hex);
    int n = snprintf(text, sizeof text, "yunqiao-wal 1 bytes=%" PRId64 " sha256=%s\n", bytes, hex);
    return file_replace(end.at, text, (size_t)n);
}

enum err target_generation_check(const char *target, int64_t gen)
{
    struct file_path wal, end;
    struct digest_value sha, said;
    int64_t found, bytes;
    char text[TEXT_BYTES];
    size_t n;
    enum err err = target_generation_path(target, gen, ".wal", &wal);
    if (!err) err = target_generation_path(target, gen, ".end", &end);
    if (!err) err = file_read_text(end.at, text, sizeof text, &n);
    if (err) return err;
    struct words w = words_of((struct str){text, n}, "yunqiao-wal 1");
    words_int(&w, "bytes", &bytes);
    words_hex(&w, "sha256", said.at, sizeof said.at);
    if (!words_end(&w)) return ERR_CORRUPT;
    err = digest_file(wal.at, &sha, &found);
    if (err) return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    return found == bytes && memcmp(sha.at, said.at, sizeof sha.at) == 0 ? OK : ERR_CORRUPT;
}
