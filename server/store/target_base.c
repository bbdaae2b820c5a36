#include "base/log.h"
#include "base/mem.h"
#include "store/target.h"
#include "store/words.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_BYTES = 1024, BASES_MAX = 256, BASES_LAST = 3, BASES_DAYS = 7 };
#define DAY_MS (24LL * 3600 * 1000)

enum err target_base_write(const char *dir, const struct target_base *b)
{
    struct file_path path;
    char text[TEXT_BYTES], made[INSTANT_TEXT_BYTES], site[2 * ANCHOR_SITE_BYTES + 1],
        sha[2 * DIGEST_BYTES + 1];
    enum err err = file_path(dir, "manifest", &path);
    if (err) return err;
    instant_text(b->base.made, made);
    str_hex(b->site, sizeof b->site, site);
    str_hex(b->sha.at, sizeof b->sha.at, sha);
    int n = snprintf(text, sizeof text,
                     "yunqiao-base 1 name=%s made=%s site=%s key=%s bytes=%" PRId64 " sha256=%s seq=%" PRId64
                     " generation=%" PRId64 " generation_bytes=%" PRId64 "\n",
                     b->base.name, made, site, b->base.key_name, b->base.bytes, sha, b->base.seq, b->gen,
                     b->gen_bytes);
    ASSERT(n > 0 && n < (int)sizeof text);
    return file_replace(path.at, text, (size_t)n);
}

enum err target_base_read(const char *dir, struct target_base *ret)
{
    struct file_path path;
    char text[TEXT_BYTES];
    size_t bytes;
    struct target_base b = {0};
    enum err err = file_path(dir, "manifest", &path);
    if (!err) err = file_read_text(path.at, text, sizeof text, &bytes);
    if (err) return err;
    struct words w = words_of((struct str){text, bytes}, "yunqiao-base 1");
    words_text(&w, "name", b.base.name, sizeof b.base.name);
    words_instant(&w, "made", &b.base.made);
    words_hex(&w, "site", b.site, sizeof b.site);
    words_text(&w, "key", b.base.key_name, sizeof b.base.key_name);
    words_int(&w, "bytes", &b.base.bytes);
    words_hex(&w, "sha256", b.sha.at, sizeof b.sha.at);
    words_int(&w, "seq", &b.base.seq);
    words_int(&w, "generation", &b.gen);
    words_int(&w, "generation_bytes", &b.gen_bytes);
    if (!words_end(&w)) return ERR_CORRUPT;
    *ret = b;
    return OK;
}

static int newer_first(const void *x, const void *y)
{
    const struct target_base *a = x, *b = y;
    const int64_t of_a[] = {a->gen, a->gen_bytes, a->base.made.ms},
                  of_b[] = {b->gen, b->gen_bytes, b->base.made.ms};
    for (size_t i = 0; i < COUNT_OF(of_a); i++)
        if (of_a[i] != of_b[i]) return of_a[i] > of_b[i] ? -1 : 1;
    return 0;
}

static enum err read_one(const char *bases, const char *name, struct target_base *ret)
{
    struct file_path dir;
    if (name[0] == '.' || strchr(name, '+')) return ERR_NOT_FOUND; /* '+': one being made */
    enum err err = file_path(bases, name, &dir);
    return err ? err : target_base_read(dir.at, ret);
}

enum err target_bases(const char *target, struct target_base *ret, size_t bases_max, size_t *ret_n)
{
    struct file_path path;
    size_t n = 0;
    enum err err = file_path(target, "bases", &path);
    if (err) return err;
    struct target_base *all = mem_zalloc(BASES_MAX * sizeof *all);
    if (!all) return ERR_NOMEM;
    DIR *dir = opendir(path.at);
    if (!dir && errno != ENOENT) err = err_from_errno(errno);
    for (struct dirent *entry; dir && n < BASES_MAX && (entry = readdir(dir)) != NULL;)
        if (read_one(path.at, entry->d_name, &all[n]) == OK) n++;
    if (dir) closedir(dir);
    qsort(all, n, sizeof *all, newer_first);
    if (n > bases_max) n = bases_max;
    if (n) memcpy(ret, all, n * sizeof *all);
    mem_free(all);
    if (!err) *ret_n = n;
    return err;
}

/* -- pruning -- */

static enum err base_remove(const char *target, const char *name)
{
    struct file_path bases, dir;
    enum err err = file_path(target, "bases", &bases);
    if (!err) err = file_path(bases.at, name, &dir);
    if (!err) err = file_remove_dir(dir.at);
    if (!err) log_info("store", "backup_base_removed", LOG_T("name", name));
    return err;
}

static enum err generations_remove(const char *target, int64_t before)
{
    struct file_path path;
    enum err err = file_path(target, "wal", &path);
    if (err) return err;
    DIR *dir = opendir(path.at);
    if (!dir) return err_from_errno(errno);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        int64_t gen;
        size_t digits = strspn(entry->d_name, "0123456789");
        if (digits < 6 || !str_to_i64((struct str){entry->d_name, digits}, &gen) || gen >= before) continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0) err = err_from_errno(errno);
    }
    closedir(dir);
    return err;
}

enum err target_prune(const char *target)
{
    size_t n = 0;
    int64_t day = INT64_MAX, oldest = INT64_MAX;
    int days = 0;
    struct target_base *all = mem_zalloc(BASES_MAX * sizeof *all);
    enum err err = all ? target_bases(target, all, BASES_MAX, &n) : ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        bool is_of_new_day = all[i].base.made.ms / DAY_MS < day && days < BASES_DAYS;
        if (is_of_new_day) day = all[i].base.made.ms / DAY_MS, days++;
        if (is_of_new_day || i < BASES_LAST) {
            if (all[i].gen < oldest) oldest = all[i].gen;
        } else {
            err = base_remove(target, all[i].base.name);
        }
    }
    if (!err && n) err = generations_remove(target, oldest);
    mem_free(all);
    return err;
}
