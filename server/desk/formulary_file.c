/* The site's own table of drugs, a text of lines with tabs between their fields:
 *
 *   drug  code  zh  en  form  unit  route  stems(a|b|…)  families(a|b|…, or -)  free|controlled
 *   pair  family(a|b|…)  family(a|b|…)  avoid|watch  zh  en
 *   end   how many lines of both kinds there are
 *
 * Empty lines and those that begin with # are passed over. All of it is good or none of it is used: a file that was cut off, or
 * half edited, would leave out just the pair that matters. */
#include "base/buf.h"
#include "desk/formulary.h"
#include "store/file.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 4 << 20, ROWS_MAX = 4000, FIELDS_MAX = 10, ARENA_BYTES = 16 << 20, TABLES_MAX = 64 };

struct table {
    struct arena *arena; /* owns the texts and the table itself */
    struct table *before;
    struct drug *drugs;
    struct interaction *pairs;
    uint32_t drug_count, pair_count;
    bool is_out_of_memory;
};

/* Jobs hold pointers into the table that they began with, so that none is given back while others run: tables change a few times a year. */
static struct table *tables; /* newest first; the main thread's */
static int table_count;
static _Atomic(struct table *) opened; /* NULL: the program's own */
static atomic_bool is_broken;
static char file[4096];
static struct stat seen; /* the file as it was read; all 0: it was not there */

bool formulary_is_whole(void)
{
    return !atomic_load(&is_broken);
}

const struct drug *formulary_drugs(void)
{
    const struct table *t = atomic_load(&opened);
    return t ? t->drugs : formulary;
}

const struct interaction *formulary_pairs(void)
{
    const struct table *t = atomic_load(&opened);
    return t ? t->pairs : formulary_interactions;
}

/* -- lines -- */

static bool families_of(struct str names, uint32_t *ret)
{
    *ret = 0;
    if (str_is_text(names, "-")) return true;
    while (names.bytes) {
        struct str one = str_cut(&names, '|');
        int f = 0;
        while (f < FAMILY_COUNT && !str_is_text(one, formulary_families[f].code))
            f++;
        if (f == FAMILY_COUNT) return false;
        *ret |= 1u << f;
    }
    return *ret != 0;
}

static const char *kept(struct table *t, struct str text)
{
    const char *copy = text.bytes ? arena_text(t->arena, text.at, text.bytes) : NULL;
    t->is_out_of_memory = t->is_out_of_memory || (text.bytes && !copy);
    return copy;
}

static bool is_there(const struct table *t, const char *code)
{
    for (uint32_t i = 0; i < t->drug_count; i++)
        if (str_is_text(str_of(code), t->drugs[i].code)) return true;
    return false;
}

static bool take_drug(struct table *t, const struct str *f, size_t n)
{
    struct drug *d = &t->drugs[t->drug_count];
    bool is_free = n == 10 && str_is_text(f[9], "free");
    if (n != 10 || (!is_free && !str_is_text(f[9], "controlled"))) return false;
    *d = (struct drug){.code = kept(t, f[1]),
                       .zh = kept(t, f[2]),
                       .en = kept(t, f[3]),
                       .form = kept(t, f[4]),
                       .unit = kept(t, f[5]),
                       .route = kept(t, f[6]),
                       .stems = kept(t, f[7]),
                       .is_controlled = !is_free};
    bool is_whole = d->code && d->zh && d->en && d->form && d->unit && d->route && d->stems;
    if (!is_whole || !families_of(f[8], &d->families) || is_there(t, d->code)) return false;
    t->drug_count++;
    return true;
}

static bool take_pair(struct table *t, const struct str *f, size_t n)
{
    struct interaction *i = &t->pairs[t->pair_count];
    bool is_high = n == 6 && str_is_text(f[3], "avoid");
    if (n != 6 || (!is_high && !str_is_text(f[3], "watch"))) return false;
    *i = (struct interaction){.is_high = is_high, .zh = kept(t, f[4]), .en = kept(t, f[5])};
    if (!families_of(f[1], &i->a) || !families_of(f[2], &i->b) || !i->a || !i->b || !i->zh || !i->en)
        return false;
    t->pair_count++;
    return true;
}

static bool is_end(const struct table *t, const struct str *f, size_t n)
{
    char count[16];
    snprintf(count, sizeof count, "%u", t->drug_count + t->pair_count);
    return n == 2 && t->drug_count > 0 && str_is_text(f[1], count);
}

static bool take_line(struct table *t, struct str line, bool *ret_ended)
{
    struct str f[FIELDS_MAX];
    size_t n = 0;
    while (line.at && n < FIELDS_MAX) {
        const char *tab = line.bytes ? memchr(line.at, '\t', line.bytes) : NULL;
        f[n++] = (struct str){line.at, tab ? (size_t)(tab - line.at) : line.bytes};
        line = tab ? (struct str){tab + 1, line.bytes - f[n - 1].bytes - 1} : (struct str){NULL, 0};
    }
    if (line.at || *ret_ended || t->drug_count + t->pair_count == ROWS_MAX) return false;
    if (str_is_text(f[0], "drug")) return take_drug(t, f, n);
    if (str_is_text(f[0], "pair")) return take_pair(t, f, n);
    return *ret_ended = str_is_text(f[0], "end") && is_end(t, f, n);
}

static enum err take_lines(struct table *t, struct str text, uint32_t *ret_line)
{
    bool has_ended = false;
    if (!str_is_utf8(text)) return ERR_BAD_INPUT;
    while (text.bytes) {
        struct str line = str_cut(&text, '\n');
        ++*ret_line;
        if (line.bytes && line.at[line.bytes - 1] == '\r') line.bytes--;
        if (line.bytes == 0 || line.at[0] == '#') continue;
        if (!take_line(t, line, &has_ended)) return t->is_out_of_memory ? ERR_NOMEM : ERR_BAD_INPUT;
    }
    return has_ended ? OK : ERR_BAD_INPUT;
}

static struct table *table_new(void)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct table *t = arena ? arena_zalloc(arena, sizeof *t) : NULL;
    if (t) {
        t->arena = arena;
        t->drugs = arena_zalloc(arena, (ROWS_MAX + 1) * sizeof t->drugs[0]);
        t->pairs = arena_zalloc(arena, (ROWS_MAX + 1) * sizeof t->pairs[0]);
        if (t->drugs && t->pairs) return t;
    }
    arena_free(arena);
    return NULL;
}

static enum err read_file(struct table **ret, uint32_t *ret_line)
{
    struct buf body;
    struct table *t = NULL;
    buf_init(&body, FILE_BYTES_MAX + 4096);
    enum err err = table_count < TABLES_MAX ? file_read_whole(file, FILE_BYTES_MAX, &body) : ERR_LIMIT;
    if (!err && !(t = table_new())) err = ERR_NOMEM;
    if (!err) err = take_lines(t, buf_str(&body), ret_line);
    buf_done(&body);
    if (err && t) arena_free(t->arena);
    if (!err) *ret = t;
    return err;
}

static enum err load(char ret_why[160])
{
    struct table *t = NULL;
    uint32_t line = 0;
    enum err err = read_file(&t, &line);
    if (err) {
        atomic_store(&is_broken, true);
        atomic_store(&opened, NULL);
        snprintf(ret_why, 160, line ? "%s, line %u" : "%s", err_text(err), line);
        return err;
    }
    t->before = tables;
    tables = t;
    table_count++;
    atomic_store(&opened, t);
    atomic_store(&is_broken, false);
    return OK;
}

static struct stat state_now(void)
{
    struct stat now = {0};
    if (stat(file, &now) != 0) now = (struct stat){0};
    return now;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum err formulary_open(const char *path, char ret_why[160])
{
    formulary_close();
    if (!path[0]) return OK;
    if (strlen(path) >= sizeof file) return ERR_LIMIT;
    memcpy(file, path, strlen(path) + 1);
    seen = state_now();
    return load(ret_why);
}

bool formulary_look(enum err *ret, char ret_why[160])
{
    struct stat now = file[0] ? state_now() : seen;
    if (is_same(&now, &seen)) return false;
    seen = now;
    *ret = load(ret_why);
    return true;
}

void formulary_close(void)
{
    atomic_store(&opened, NULL);
    atomic_store(&is_broken, false);
    while (tables) {
        struct table *t = tables;
        tables = t->before;
        arena_free(t->arena);
    }
    table_count = 0;
    file[0] = 0;
    seen = (struct stat){0};
}
