#include "app/show.h"
#include <stdio.h>
#include <unistd.h>

#define BAR_CELLS 30
#define COLUMNS_MAX 12
#define CELL_BYTES 256

static bool has_bar;

/* -- progress -- */

bool show_progress(struct str line)
{
    struct json *v = NULL;
    struct str what = {"", 0};
    int64_t done = 0, of = 0;
    if (!str_starts(line, STR("{\"progress\""))) return false;
    if (!isatty(2) || json_parse(line, &v, NULL) != OK) return true;
    const struct json *p = json_get(v, "progress");
    json_text(json_get(p, "what"), &what);
    if (json_int(json_get(p, "done"), &done) && json_int(json_get(p, "of"), &of) && of > 0 && done <= of) {
        int cells = (int)(done * BAR_CELLS / of);
        fprintf(stderr, "\r%.*s [%.*s%*s] %3d %%", (int)what.bytes, what.at, cells,
                "##############################", BAR_CELLS - cells, "", (int)(done * 100 / of));
        fflush(stderr);
        has_bar = true;
    }
    json_free(v);
    return true;
}

void show_progress_end(void)
{
    if (has_bar) fputs("\n", stderr);
    has_bar = false;
}

/* -- for people -- */

/* A value on one line; what is an object inside a list is left to --json. */
static void cell_of(const struct json *v, char to[CELL_BYTES])
{
    struct str text;
    int64_t n;
    bool b;
    to[0] = '\0';
    if (json_text(v, &text)) {
        snprintf(to, CELL_BYTES, "%.*s", (int)text.bytes, text.at);
    } else if (json_int(v, &n)) {
        snprintf(to, CELL_BYTES, "%lld", (long long)n);
    } else if (json_bool(v, &b)) {
        snprintf(to, CELL_BYTES, "%s", b ? "yes" : "no");
    } else if (json_is_array(v)) {
        size_t at = 0;
        for (size_t i = 0; i < json_count(v) && at < CELL_BYTES - 1; i++)
            if (json_text(json_at(v, i), &text))
                at += (size_t)snprintf(to + at, CELL_BYTES - at, "%s%.*s", i ? "," : "", (int)text.bytes,
                                       text.at);
    }
}

/* Columns on a terminal: a Chinese character takes two. */
static int width_of(const char *text)
{
    int w = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p & 0xc0) != 0x80) w += *p >= 0xe3 && *p <= 0xed ? 2 : *p >= 0xf0 ? 2 : 1;
    return w;
}

static void print_padded(const char *text, int width)
{
    printf("%s%*s", text, width > width_of(text) ? width - width_of(text) : 0, "");
}

struct column {
    const char *key;
    int width;
};

static int columns_of(const struct json *list, struct column columns[COLUMNS_MAX])
{
    int n = 0;
    void *it = NULL;
    const char *key;
    const struct json *value;
    while (n < COLUMNS_MAX && json_next(json_at(list, 0), &it, &key, &value))
        if (!json_is_object(value)) columns[n++] = (struct column){key, width_of(key)};
    for (size_t row = 0; row < json_count(list); row++)
        for (int i = 0; i < n; i++) {
            char cell[CELL_BYTES];
            cell_of(json_get(json_at(list, row), columns[i].key), cell);
            if (width_of(cell) > columns[i].width) columns[i].width = width_of(cell);
        }
    return n;
}

static void print_table(const struct json *list)
{
    struct column columns[COLUMNS_MAX];
    int n = columns_of(list, columns);
    printf("  ");
    for (int i = 0; i < n; i++)
        print_padded(columns[i].key, i + 1 < n ? columns[i].width + 2 : 0);
    printf("\n");
    for (size_t row = 0; row < json_count(list); row++) {
        printf("  ");
        for (int i = 0; i < n; i++) {
            char cell[CELL_BYTES];
            cell_of(json_get(json_at(list, row), columns[i].key), cell);
            print_padded(cell, i + 1 < n ? columns[i].width + 2 : 0);
        }
        printf("\n");
    }
}

static void print_object(const struct json *object, const char *indent)
{
    void *it = NULL;
    const char *key;
    const struct json *value;
    while (json_next(object, &it, &key, &value)) {
        char cell[CELL_BYTES * 4];
        struct str text;
        if (json_is_array(value) && json_count(value) > 0 && json_is_object(json_at(value, 0))) {
            print_table(value);
        } else if (json_is_object(value)) {
            printf("%s%s:\n", indent, key);
            print_object(value, "  ");
        } else if (json_text(value, &text)) { /* whole, whatever its length */
            printf("%s%s: %.*s\n", indent, key, (int)text.bytes, text.at);
        } else {
            cell_of(value, cell);
            printf("%s%s: %s\n", indent, key, cell);
        }
    }
}

/* A list of plain texts alone is printed as lines: `yunqiao address` for scripts. */
static bool print_lines(const struct json *result)
{
    void *it = NULL;
    const char *key;
    const struct json *list;
    struct str text;
    if (json_count(result) != 1 || !json_next(result, &it, &key, &list) || !json_is_array(list)) return false;
    if (!json_text(json_at(list, 0), &text)) return false;
    for (size_t i = 0; i < json_count(list); i++)
        if (json_text(json_at(list, i), &text)) printf("%.*s\n", (int)text.bytes, text.at);
    return true;
}

static void print_error(const struct json *error)
{
    struct str text;
    if (!json_text(json_get(error, "why"), &text) && !json_text(json_get(error, "message"), &text))
        text = STR("failed");
    fprintf(stderr, "yunqiao: %.*s\n", (int)text.bytes, text.at);
    if (json_text(json_get(error, "where"), &text))
        fprintf(stderr, "  where: %.*s\n", (int)text.bytes, text.at);
    if (json_text(json_get(error, "todo"), &text)) fprintf(stderr, "  %.*s\n", (int)text.bytes, text.at);
}

/* -- for scripts -- */

/* The value of a member at the top of our own line, as it stands there: what follows its key, without the closing brace. */
static void print_member(struct str line, const char *key)
{
    char mark[32];
    int n = snprintf(mark, sizeof mark, "\"%s\":", key);
    const char *at = memmem(line.at, line.bytes, mark, (size_t)n);
    if (!at) return;
    at += n;
    printf("%.*s\n", (int)(line.at + line.bytes - at) - 1, at);
}

enum ops_exit show_answer(struct str line, bool as_json)
{
    struct json *v = NULL;
    bool ok = false;
    int64_t code;
    show_progress_end();
    if (json_parse(line, &v, NULL) != OK || !json_bool(json_get(v, "ok"), &ok)) {
        fputs("yunqiao: the answer is not understood\n", stderr);
        json_free(v);
        return OPS_FAILED;
    }
    if (!json_int(json_get(v, "exit"), &code)) code = ok ? OPS_DONE : OPS_FAILED;
    const struct json *result = json_get(v, "result");
    if (as_json)
        print_member(line, ok ? "result" : "error");
    else if (!ok)
        print_error(json_get(v, "error"));
    else if (!print_lines(result))
        print_object(result, "");
    fflush(stdout);
    json_free(v);
    return (enum ops_exit)code;
}
