#include "api/request.h"
#include "api/api.h"
#include "base/form.h"
#include "base/mem.h"

enum { ANSWER_BYTES_MAX = 4 * 1024 * 1024 };

struct request *request_new(size_t arena_bytes_max)
{
    struct request *r = mem_zalloc(sizeof *r);
    if (!r) return NULL;
    r->arena = arena_new(arena_bytes_max);
    if (!r->arena) {
        mem_free(r);
        return NULL;
    }
    r->acting = ROLE_COUNT;
    buf_init(&r->answer.body, ANSWER_BYTES_MAX);
    return r;
}

void request_free(struct request *r)
{
    if (!r) return;
    if (r->stash_free) r->stash_free(r->stash);
    json_free(r->json);
    file_writer_free(r->upload);
    for (struct request_file *f = r->files; f; f = f->next)
        file_writer_free(f->writer);
    buf_done(&r->answer.body);
    arena_free(r->arena);
    mem_wipe_free(r, sizeof *r); /* it holds CSRF and resume secrets */
}

struct str request_query(struct request *r, const char *name)
{
    struct str rest = r->query;
    while (rest.bytes) {
        struct str value = str_cut(&rest, '&');
        struct str key = str_cut(&value, '=');
        if (!str_is_text(key, name)) continue;
        struct str text = form_decode(r->arena, value);
        return str_is_utf8(text) ? text : STR("");
    }
    return (struct str){0};
}

static bool refuse_field(struct request *r, const char *code, const char *key)
{
    answer_fault(r, 400, code, key);
    return false;
}

static const struct json *field(struct request *r, const char *key)
{
    return r->json ? json_get(r->json, key) : NULL;
}

bool request_text_optional(struct request *r, const char *key, size_t bytes_max, struct str *ret_text)
{
    const struct json *v = field(r, key);
    struct str text = {0};
    if (!v) {
        *ret_text = text;
        return true;
    }
    if (!json_text(v, &text) || text.bytes > bytes_max || memchr(text.at, 0, text.bytes))
        return refuse_field(r, "bad_field", key);
    *ret_text = text;
    return true;
}

bool request_text(struct request *r, const char *key, size_t bytes_max, struct str *ret_text)
{
    if (!field(r, key)) return refuse_field(r, "missing_field", key);
    return request_text_optional(r, key, bytes_max, ret_text);
}

bool request_int(struct request *r, const char *key, int64_t least, int64_t most, int64_t *ret_n)
{
    int64_t n;
    const struct json *v = field(r, key);
    if (!v) return refuse_field(r, "missing_field", key);
    if (!json_int(v, &n) || n < least || n > most) return refuse_field(r, "bad_field", key);
    *ret_n = n;
    return true;
}

bool request_bool_optional(struct request *r, const char *key, bool otherwise, bool *ret_b)
{
    const struct json *v = field(r, key);
    bool b = otherwise;
    if (v && !json_bool(v, &b)) return refuse_field(r, "bad_field", key);
    *ret_b = b;
    return true;
}

bool request_only(struct request *r, const char *const *known)
{
    const char *unknown = r->json ? json_unknown_key(r->json, known) : NULL;
    return unknown ? refuse_field(r, "unknown_field", unknown) : true;
}

static const char *copy_text(struct request *r, const char *text, bool *is_whole)
{
    if (!text) return NULL;
    const char *copy = arena_text(r->arena, text, strlen(text));
    if (!copy) *is_whole = false;
    return copy;
}

enum err request_notify(struct request *r, const struct site_notice *notice)
{
    bool is_whole = true;
    struct request_notice *n = arena_zalloc(r->arena, sizeof *n);
    if (!n) return ERR_NOMEM;
    n->notice.account = copy_text(r, notice->account, &is_whole);
    n->notice.session = copy_text(r, notice->session, &is_whole);
    n->notice.role = copy_text(r, notice->role, &is_whole);
    n->notice.kind = copy_text(r, notice->kind, &is_whole);
    n->notice.data = copy_text(r, notice->data, &is_whole);
    if (!is_whole) return ERR_NOMEM;
    struct request_notice **last = &r->notices;
    while (*last)
        last = &(*last)->next;
    *last = n;
    return OK;
}

static struct str copy_str(struct request *r, const char *text, bool *is_whole)
{
    return str_of(copy_text(r, text ? text : "", is_whole));
}

enum err request_audit(struct request *r, const char *action, const char *target, enum audit_outcome outcome,
                       const char *detail)
{
    bool is_whole = true;
    struct audit_row *row = arena_zalloc(r->arena, sizeof *row);
    if (!row) return ERR_NOMEM;
    row->actor = r->actor.at ? r->actor : STR("");
    row->role = r->acting == ROLE_COUNT ? STR("") : str_of(role_name(r->acting));
    row->from = str_of(r->from);
    row->action = copy_str(r, action, &is_whole);
    row->target = copy_str(r, target, &is_whole);
    row->detail = copy_str(r, detail, &is_whole);
    row->outcome = outcome;
    row->subjects = r->about;
    row->subject_count = r->about_count;
    if (!is_whole) return ERR_NOMEM;
    struct audit_row **last = &r->job.audit;
    while (*last)
        last = &(*last)->next;
    *last = row;
    if (outcome != AUDIT_OK) r->is_refusal_noted = true;
    return OK;
}

enum err request_about(struct request *r, int64_t patient)
{
    for (uint32_t i = 0; i < r->about_count; i++)
        if (r->about[i] == patient) return OK;
    if (patient == 0) return OK;
    int64_t *rows = arena_alloc(r->arena, (r->about_count + 1) * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    if (r->about_count) memcpy(rows, r->about, r->about_count * sizeof *rows);
    rows[r->about_count++] = patient;
    r->about = rows;
    return OK;
}
