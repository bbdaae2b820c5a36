/* Answers to an opinion: each by the own password, or a code of the authenticator, once more. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/opinion_parts.h"
#include "auth/password.h"

enum { REASON_MAX = 2000, WORDS_MAX = 16000 };

struct answering {
    struct login_proof proof; /* by the password; at NULL: by the code */
    struct str code, reason, words;
    int64_t rev, version; /* -1: unsaid */
};

/* Exactly one of password and code. */
static bool read_proof(struct request *r, struct answering *a)
{
    if (!request_text_optional(r, "password", PASSWORD_BYTES_MAX, &a->proof.password) ||
        !request_text_optional(r, "code", LOGIN_CODE_BYTES_MAX, &a->code))
        return false;
    if ((a->proof.password.bytes > 0) != (a->code.bytes > 0)) return true;
    answer_fault(r, 400, "missing_field", "password");
    return false;
}

static bool read_reason(struct request *r, const char *key, size_t most, struct str *ret)
{
    if (!request_text(r, key, most, ret)) return false;
    *ret = str_trim(*ret);
    if (ret->bytes) return true;
    answer_fault(r, 400, "missing_field", key);
    return false;
}

static bool read_number(struct request *r, const char *key, int64_t *ret)
{
    *ret = -1;
    return !json_get(r->json, key) || request_int(r, key, 0, INT64_MAX, ret);
}

static enum err begin(struct request *r, struct tx *tx, const char *const *known, struct answering **ret)
{
    struct answering *a = r->stash = arena_zalloc(r->arena, sizeof *a);
    if (!a) return ERR_NOMEM;
    *ret = a;
    if (!request_only(r, known) || !read_proof(r, a) || !read_number(r, "rev", &a->rev) ||
        !read_number(r, "version", &a->version))
        return OK;
    return a->code.bytes ? OK : login_proof_look(r, tx, &a->proof);
}

void opinion_answer_work(struct request *r)
{
    struct answering *a = r->stash;
    enum err err = a->code.bytes ? OK : login_proof_work(r, &a->proof);
    if (err) fault_from_err(&r->fault, err);
}

static enum err prove(struct request *r, struct tx *tx, struct answering *a)
{
    return a->code.bytes ? login_prove_again(r, tx, a->code)
                         : login_proof_judge(r, tx, &a->proof, "password");
}

/* It is there, and the person is who they say. */
static enum err find(struct request *r, struct tx *tx, struct opinion_call **ret)
{
    enum err err = opinion_call_new(r, tx, ret);
    return err || r->fault.status ? err : prove(r, tx, r->stash);
}

static enum err end(struct request *r, struct tx *tx, struct opinion_call *c)
{
    struct json_out out;
    enum err err = opinion_note(r, tx, c, "");
    if (!err) err = opinion_tell(r, tx, c, NULL);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "state", opinion_state_name(c->opinion.state));
    json_put_str(&out, "composition", c->opinion.composition.id);
    json_put_int(&out, "version", c->opinion.composition.version);
    json_close(&out);
    return OK;
}

/* Who else is waited for hears that the text is theirs to sign. */
static enum err tell_asked(struct request *r, const struct opinion *o)
{
    enum err err = OK;
    for (uint32_t i = 0; i < o->people_count && !err; i++) {
        if (o->people[i].answer != OPINION_WAITED) continue;
        const char *whom = arena_text(r->arena, o->people[i].account.at, o->people[i].account.bytes);
        err = whom ? request_notify(
                         r, &(struct site_notice){.account = whom, .kind = "seal_asked", .data = "{}"})
                   : ERR_NOMEM;
    }
    return err;
}

enum err opinion_sign_look(struct request *r, struct tx *tx)
{
    struct answering *a;
    return begin(r, tx, (const char *const[]){"rev", "version", "password", "code", NULL}, &a);
}

enum err opinion_sign_write(struct request *r, struct tx *tx)
{
    struct answering *a = r->stash;
    struct opinion_call *c;
    enum opinion_refusal refusal;
    enum err err = find(r, tx, &c);
    if (err || r->fault.status) return err;
    bool was_draft = c->opinion.state == OPINION_DRAFT;
    err = opinion_sign(tx, &c->all, &c->opinion, &c->by, a->rev, a->version, &refusal);
    if (err || opinion_refused(r, refusal)) return err;
    if (was_draft) err = tell_asked(r, &c->opinion);
    return err ? err : end(r, tx, c);
}

enum err opinion_dissent_look(struct request *r, struct tx *tx)
{
    struct answering *a;
    enum err err = begin(r, tx, (const char *const[]){"version", "reason", "password", "code", NULL}, &a);
    if (!err && !r->fault.status) (void)read_reason(r, "reason", REASON_MAX, &a->reason);
    return err;
}

enum err opinion_dissent_write(struct request *r, struct tx *tx)
{
    struct answering *a = r->stash;
    struct opinion_call *c;
    enum opinion_refusal refusal;
    enum err err = find(r, tx, &c);
    if (err || r->fault.status) return err;
    err = opinion_dissent(tx, &c->all, &c->opinion, &c->by, a->version, a->reason, &refusal);
    if (err || opinion_refused(r, refusal)) return err;
    return end(r, tx, c);
}

enum err opinion_amend_look(struct request *r, struct tx *tx)
{
    struct answering *a;
    enum err err = begin(r, tx, (const char *const[]){"reason", "words", "password", "code", NULL}, &a);
    if (!err && !r->fault.status && read_reason(r, "reason", REASON_MAX, &a->reason))
        (void)read_reason(r, "words", WORDS_MAX, &a->words);
    return err;
}

enum err opinion_amend_write(struct request *r, struct tx *tx)
{
    struct answering *a = r->stash;
    struct opinion_call *c;
    struct record_head made;
    enum opinion_refusal refusal;
    enum err err = find(r, tx, &c);
    if (err || r->fault.status) return err;
    err = opinion_amend(tx, &c->all, &c->opinion, &c->by, a->reason, a->words, &made, &refusal);
    if (err || opinion_refused(r, refusal)) return err;
    return end(r, tx, c);
}

/* By the clinic's doctor: one who never answers is waited for no longer. */
enum err opinion_excuse_write(struct request *r, struct tx *tx)
{
    struct opinion_call *c;
    struct str account, reason;
    enum opinion_refusal refusal;
    if (!request_only(r, (const char *const[]){"account", "reason", NULL}) ||
        !request_text(r, "account", ACCOUNT_ID_TEXT, &account) ||
        !read_reason(r, "reason", REASON_MAX, &reason))
        return OK;
    enum err err = opinion_call_new(r, tx, &c);
    if (err || r->fault.status) return err;
    err = opinion_excuse(tx, &c->opinion, &c->by, account, reason, &refusal);
    if (err || opinion_refused(r, refusal)) return err;
    return end(r, tx, c);
}
