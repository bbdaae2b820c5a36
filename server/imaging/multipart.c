#include "imaging/multipart.h"
#include <stdio.h>

enum { BLOCK = 16384, FALSE_MARKS_MAX = 1000 };

/* -- the head of the request -- */

/* One parameter: name=token or name="quoted"; false at the end. */
static bool parameter(struct str *rest, struct str *ret_name, struct str *ret_value)
{
    *rest = str_trim(*rest);
    if (!rest->bytes) return false;
    *ret_name = str_trim(str_cut(rest, '='));
    *rest = str_trim(*rest);
    if (rest->bytes && rest->at[0] == '"') {
        rest->at++, rest->bytes--;
        *ret_value = str_cut(rest, '"');
        (void)str_cut(rest, ';');
    } else {
        *ret_value = str_trim(str_cut(rest, ';'));
    }
    return true;
}

/* RFC 2046 §5.1.1: these, and no blank at the end. */
static bool is_boundary(struct str s)
{
    static const char others[] = "'()+_,-./:=? ";
    if (s.bytes == 0 || s.bytes > MULTIPART_BOUNDARY_BYTES || s.at[s.bytes - 1] == ' ') return false;
    for (size_t i = 0; i < s.bytes; i++) {
        char c = s.at[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == 0 || !strchr(others, c))) return false;
    }
    return true;
}

bool multipart_boundary(struct str field, char ret_boundary[MULTIPART_BOUNDARY_BYTES + 1], char ret_type[64])
{
    struct str name, value, boundary = {0}, type = {0};
    struct str media = str_trim(str_cut(&field, ';'));
    if (!str_is_nocase(media, STR("multipart/related"))) return false;
    while (parameter(&field, &name, &value)) {
        if (str_is_nocase(name, STR("boundary"))) boundary = value;
        if (str_is_nocase(name, STR("type"))) type = value;
    }
    if (!is_boundary(boundary) || type.bytes >= 64) return false;
    snprintf(ret_boundary, MULTIPART_BOUNDARY_BYTES + 1, "%.*s", (int)boundary.bytes, boundary.at);
    snprintf(ret_type, 64, "%.*s", (int)type.bytes, type.at ? type.at : "");
    return true;
}

/* -- the body -- */

void multipart_begin(struct multipart *m, const struct source *from, const char *boundary)
{
    *m = (struct multipart){.from = from, .at = -1};
    m->mark_bytes = (size_t)snprintf(m->mark, sizeof m->mark, "\r\n--%s", boundary);
}

static enum err read_some(const struct multipart *m, int64_t at, char *to, size_t room, size_t *ret_n)
{
    int64_t left = m->from->bytes - at;
    *ret_n = left < (int64_t)room ? (size_t)(left > 0 ? left : 0) : room;
    return *ret_n ? m->from->read(m->from->ctx, at, to, *ret_n) : OK;
}

/* Where the next mark begins, from here on; the first may stand at the very beginning without its line break. */
static enum err find_mark(const struct multipart *m, int64_t from, bool is_first, int64_t *ret_at)
{
    char block[BLOCK];
    size_t n = 0;
    enum err err = OK;
    if (is_first) {
        err = read_some(m, 0, block, m->mark_bytes - 2, &n);
        if (!err && n == m->mark_bytes - 2 && memcmp(block, m->mark + 2, n) == 0) {
            *ret_at = -2;
            return OK;
        }
    }
    while (!err) {
        err = read_some(m, from, block, sizeof block, &n);
        if (err || n < m->mark_bytes) break;
        const char *found = memmem(block, n, m->mark, m->mark_bytes);
        if (found) {
            *ret_at = from + (found - block);
            return OK;
        }
        from += (int64_t)(n - m->mark_bytes + 1);
    }
    return err ? err : ERR_BAD_INPUT;
}

/* After a mark: "--" ends all, blanks and a line break begin a part. */
static enum err after_mark(struct multipart *m, int64_t at)
{
    char line[64];
    size_t n = 0, i = 0;
    enum err err = read_some(m, at, line, sizeof line, &n);
    if (err) return err;
    if (n >= 2 && line[0] == '-' && line[1] == '-') {
        m->is_ended = true;
        return OK;
    }
    while (i < n && (line[i] == ' ' || line[i] == '\t'))
        i++;
    if (n < i + 2 || line[i] != '\r' || line[i + 1] != '\n') return ERR_BAD_INPUT;
    m->at = at + (int64_t)i + 2;
    return OK;
}

/* The next mark that is one: what only begins like ours (--boundaryX) is content. Each costs a block to look past, so there are few. */
static enum err pass_mark(struct multipart *m, int64_t from, int64_t *ret_mark)
{
    bool is_first = m->at < 0;
    for (int tries = 0; tries < FALSE_MARKS_MAX; tries++) {
        int64_t mark;
        enum err err = find_mark(m, from, is_first, &mark);
        if (err) return err;
        err = after_mark(m, mark + (int64_t)m->mark_bytes);
        *ret_mark = mark;
        if (err != ERR_BAD_INPUT) return err;
        from = mark < 0 ? 0 : mark + 1;
        is_first = false;
    }
    return ERR_BAD_INPUT;
}

static enum err read_head(struct multipart *m, struct multipart_part *part)
{
    char head[MULTIPART_HEAD_BYTES];
    size_t n = 0;
    enum err err = read_some(m, m->at, head, sizeof head, &n);
    if (err) return err;
    if (n >= 2 && memcmp(head, "\r\n", 2) == 0) { /* no fields */
        part->offset = m->at + 2;
        return OK;
    }
    const char *end = memmem(head, n, "\r\n\r\n", 4);
    if (!end) return ERR_BAD_INPUT;
    struct str rest = {head, (size_t)(end - head)};
    part->offset = m->at + (end - head) + 4;
    while (rest.bytes) {
        struct str line = str_cut(&rest, '\n');
        if (line.bytes && line.at[line.bytes - 1] == '\r') line.bytes--;
        struct str name = str_trim(str_cut(&line, ':')), value = str_trim(line);
        if (!str_is_nocase(name, STR("content-type"))) continue;
        if (value.bytes >= sizeof part->type || memchr(value.at, 0, value.bytes)) return ERR_BAD_INPUT;
        snprintf(part->type, sizeof part->type, "%.*s", (int)value.bytes, value.at);
    }
    return OK;
}

enum err multipart_next(struct multipart *m, struct multipart_part *ret)
{
    struct multipart_part part = {.type = ""};
    int64_t mark;
    enum err err = OK;
    if (m->at < 0) err = pass_mark(m, 0, &mark); /* what stands before the first mark is nobody's */
    if (err) return err;
    if (m->is_ended) return ERR_NOT_FOUND;
    err = read_head(m, &part);
    /* An empty part's mark begins with the line break that ended its head. */
    if (!err) err = pass_mark(m, part.offset - 2, &mark);
    if (err) return err;
    part.bytes = mark > part.offset ? mark - part.offset : 0;
    *ret = part;
    return OK;
}
