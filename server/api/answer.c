/* What handlers say: a fault, a body, a header. The fault becomes bytes in answer_render, once, at the end of the way. */
#include "api/answer.h"
#include "api/fhir.h"
#include "desk/texts.h"

void answer_header(struct request *r, const char *name, const char *value)
{
    struct header *h = arena_zalloc(r->arena, sizeof *h);
    const char *copy = h ? arena_text(r->arena, value, strlen(value)) : NULL;
    if (!copy) { /* an answer without its cookie or its Retry-After would mislead */
        fault_from_err(&r->fault, ERR_NOMEM);
        return;
    }
    *h = (struct header){r->answer.headers, name, copy};
    r->answer.headers = h;
}

void answer_pdf(struct request *r, enum err err)
{
    if (err) {
        buf_clear(&r->answer.body);
        fault_from_err(&r->fault, err);
        return;
    }
    r->answer.status = 200;
    r->answer.content_type = "application/pdf";
    answer_header(r, "content-disposition", "inline");
}

enum err answer_fault(struct request *r, int status, const char *code, const char *where)
{
    fault_set(&r->fault, status, code, where);
    return OK;
}

void answer_json(struct request *r, int status, struct json_out *ret_out)
{
    buf_clear(&r->answer.body);
    r->answer.status = status;
    json_out_init(ret_out, &r->answer.body);
}

enum err answer_new(struct request *r, int64_t id)
{
    struct json_out out;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_int(&out, "id", id);
    json_close(&out);
    return OK;
}

enum err answer_empty(struct request *r, int status)
{
    buf_clear(&r->answer.body);
    r->answer.status = status;
    return OK;
}

static void render_fault(struct request *r)
{
    struct json_out out;
    answer_json(r, r->fault.status, &out);
    r->answer.content_type = NULL;
    r->answer.parts = NULL;
    json_open(&out, NULL);
    json_open(&out, "error");
    text_write_fault(&out, &r->fault, r->english);
    json_close(&out);
    json_close(&out);
}

/* A busy server asks for a moment; a closed door says when it opens. */
static void put_retry_after(struct request *r)
{
    if (r->fault.status == 503) answer_header(r, "retry-after", "1");
    if (r->fault.status == 429) {
        int64_t wait_s = (r->fault.until.ms - clock_now().ms + 999) / 1000;
        const char *text = arena_printf(r->arena, "%lld", (long long)(wait_s > 0 ? wait_s : 1));
        if (text) answer_header(r, "retry-after", text);
    }
}

void answer_render(struct request *r)
{
    if (!r->fault.status && r->answer.body.err) fault_from_err(&r->fault, r->answer.body.err);
    if (!r->fault.status && !r->answer.status) fault_set(&r->fault, 500, "failed", NULL);
    if (r->fault.status) {
        put_retry_after(r);
        if (fhir_is_path(r->path))
            fhir_render_fault(r);
        else
            render_fault(r);
    }
    if (r->answer.body.err) { /* no memory for the words: the status says it alone */
        buf_clear(&r->answer.body);
        r->answer.status = 503;
    }
    if (!r->answer.content_type) r->answer.content_type = "application/json; charset=utf-8";
}
