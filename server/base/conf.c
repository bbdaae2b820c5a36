#include "base/conf.h"
#include "base/mem.h"
#include "base/str.h"
#include <errno.h>
#include <ini.h>
#include <stdio.h>

enum { KEYS_MAX = 128 };

struct reading {
    const char *path;
    const struct conf_key *table;
    void *target; /* NULL: only check */
    bool seen[KEYS_MAX];
    char *why;
};

static enum err set_text(const struct conf_key *key, void *at, const char *value, char ret_why[256])
{
    size_t bytes = strlen(value);
    if (bytes >= key->text_bytes) {
        snprintf(ret_why, 256, "%s: longer than %zu bytes", key->key, key->text_bytes - 1);
        return ERR_BAD_INPUT;
    }
    if (!str_is_utf8(str_of(value))) {
        snprintf(ret_why, 256, "%s: not UTF-8", key->key);
        return ERR_BAD_INPUT;
    }
    if (at) memcpy(at, value, bytes + 1);
    return OK;
}

static enum err set_int(const struct conf_key *key, void *at, const char *value, char ret_why[256])
{
    int64_t n;
    if (!str_to_i64(str_of(value), &n) || n < key->least || n > key->most) {
        snprintf(ret_why, 256, "%s: a whole number from %lld to %lld is wanted, not \"%.40s\"", key->key,
                 (long long)key->least, (long long)key->most, value);
        return ERR_BAD_INPUT;
    }
    if (at) memcpy(at, &n, sizeof n);
    return OK;
}

static enum err set_bool(const struct conf_key *key, void *at, const char *value, char ret_why[256])
{
    bool b = strcmp(value, "yes") == 0;
    if (!b && strcmp(value, "no") != 0) {
        snprintf(ret_why, 256, "%s: yes or no is wanted, not \"%.40s\"", key->key, value);
        return ERR_BAD_INPUT;
    }
    if (at) memcpy(at, &b, sizeof b);
    return OK;
}

enum err conf_set(const struct conf_key *key, void *target, const char *value, char ret_why[256])
{
    void *at = target ? (char *)target + key->offset : NULL;
    switch (key->kind) {
    case CONF_TEXT:
        return set_text(key, at, value, ret_why);
    case CONF_INT:
        return set_int(key, at, value, ret_why);
    case CONF_BOOL:
        return set_bool(key, at, value, ret_why);
    }
    return ERR_BAD_INPUT;
}

/* "known: name, zone": what stands in that section of the table, or the sections when it is unknown. */
static void say_known(const struct conf_key *table, const char *section, char *why, size_t bytes)
{
    bool section_known = false;
    const char *last = "";
    size_t n = strlen(why);
    for (const struct conf_key *k = table; k->section; k++)
        section_known |= strcmp(k->section, section) == 0;
    n += (size_t)snprintf(why + n, bytes - n, "; known %s:", section_known ? "keys" : "sections");
    for (const struct conf_key *k = table; k->section && n < bytes; k++) {
        const char *word = section_known ? k->key : k->section;
        if (section_known ? strcmp(k->section, section) != 0 : strcmp(k->section, last) == 0) continue;
        last = k->section;
        n += (size_t)snprintf(why + n, bytes - n, " %s", word);
    }
}

/* inih calls this for each pair; 0 stops it (INI_STOP_ON_FIRST_ERROR in Debian's build or not, the first why
 * is kept). */
static int on_pair(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    char why[200] = "";
    size_t i = 0;
    if (r->why[0]) return 0;
    while (r->table[i].section &&
           (strcmp(r->table[i].section, section) != 0 || strcmp(r->table[i].key, name) != 0))
        i++;
    ASSERT(i < KEYS_MAX);
    if (!r->table[i].section) {
        snprintf(why, sizeof why, "[%.40s] %.40s: unknown", section, name);
        say_known(r->table, section, why, sizeof why);
    } else if (r->seen[i]) {
        snprintf(why, sizeof why, "[%s] %s: given twice", section, name);
    } else {
        char text[256] = "";
        r->seen[i] = true;
        if (conf_set(&r->table[i], r->target, value, text) == OK) return 1;
        snprintf(why, sizeof why, "[%s] %.180s", section, text);
    }
    snprintf(r->why, 200, "%s", why);
    return 0;
}

static enum err read_once(const char *path, const struct conf_key *table, void *target, char ret_why[256])
{
    char why[200] = "";
    struct reading r = {.path = path, .table = table, .target = target, .why = why};
    errno = 0;
    int line = ini_parse(path, on_pair, &r);
    if (line == 0) return OK;
    if (line == -2) return ERR_NOMEM;
    if (line < 0) {
        snprintf(ret_why, 256, "%.100s: %s", path, errno ? strerror(errno) : "cannot be read");
        return errno ? err_from_errno(errno) : ERR_IO;
    }
    snprintf(ret_why, 256, "%.80s:%d: %.160s", path, line,
             why[0] ? why : "neither [section] nor key = value");
    return ERR_BAD_INPUT;
}

enum err conf_read(const char *path, const struct conf_key *table, void *target, char ret_why[256])
{
    enum err err = read_once(path, table, NULL, ret_why);
    return err ? err : read_once(path, table, target, ret_why);
}
