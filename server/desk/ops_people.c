/* The operator's work on accounts: the first three administrators, adding, listing, closing, resetting, tokens. Passwords are hashed
 * on the caller's thread before the store is asked. */
#include "auth/lockout.h"
#include "auth/recovery.h"
#include "auth/session.h"
#include "auth/ticket.h"
#include "auth/token.h"
#include "base/mem.h"
#include "desk/ops_run.h"

enum { FIRST_MAX = 12, TOKEN_TTL_S = 30 * 24 * 3600, REASON_BYTES_MAX = 500 };

struct person {
    struct account_start start;
    char password[PASSWORD_ONE_TIME_TEXT], hash[PASSWORD_HASH_TEXT];
    char id[ACCOUNT_ID_TEXT];
};

static enum err give_password(struct op *op, struct person *p)
{
    if (role_set_has(p->start.roles, ROLE_DETAINEE))
        password_one_time_pin(p->password);
    else
        password_one_time(p->password);
    enum err err = password_hash(str_of(p->password), op->site->settings.argon2_mib, p->hash);
    p->start.password = str_of(p->hash);
    return err;
}

static bool person_is_right(struct op *op, const struct account_start *start)
{
    const char *bad = !account_name_is(start->name)                   ? "name"
                      : !account_display_is(start->display)           ? "display"
                      : !account_staff_number_is(start->staff_number) ? "staff_number"
                      : start->roles.bits == 0                        ? "roles"
                                                                      : NULL;
    if (bad) op_refuse(op, 400, "bad_field", bad);
    return bad == NULL;
}

static const char *account_target(struct op *op, const char *id)
{
    return arena_printf(op->arena, "account/%s", id);
}

static enum err add_person(struct op *op, struct tx *tx, struct job *job, struct person *p)
{
    const char *code = NULL;
    enum err err = account_add(tx, &p->start, p->id, &code);
    if (err && code) op_refuse(op, 409, code, NULL);
    if (err) return err;
    const char *target = account_target(op, p->id);
    return target ? op_audit(op, job, "account.create", target, NULL) : ERR_NOMEM;
}

/* -- init -- */

struct first {
    struct person people[FIRST_MAX];
    size_t n;
};

static const struct {
    enum role role;
    const char *name, *display, *staff_number;
} usual[] = {
    {ROLE_SECURITY_ADMIN, "secadmin", "安全管理员", "ADMIN-1"},
    {ROLE_SYSTEM_ADMIN, "sysadmin", "系统管理员", "ADMIN-2"},
    {ROLE_PRIVACY_OFFICER, "privacy", "隐私与审计员", "ADMIN-3"},
};

static void take_usual(struct first *first)
{
    for (first->n = 0; first->n < COUNT_OF(usual); first->n++)
        first->people[first->n].start = (struct account_start){
            .name = str_of(usual[first->n].name),
            .display = str_of(usual[first->n].display),
            .staff_number = str_of(usual[first->n].staff_number),
            .roles = {ROLE_BIT(usual[first->n].role)},
        };
}

static bool read_given(struct op *op, const struct json *list, struct first *first)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *one = json_at(list, i);
        struct account_start *start = &first->people[i].start;
        struct str role_text;
        enum role role;
        bool is_right = json_text(json_get(one, "name"), &start->name) &&
                        json_text(json_get(one, "display"), &start->display) &&
                        json_text(json_get(one, "staff_number"), &start->staff_number) &&
                        json_text(json_get(one, "role"), &role_text) && role_from_name(role_text, &role);
        if (!is_right) {
            op_refuse(op, 400, "bad_field", "accounts");
            return false;
        }
        start->roles.bits = ROLE_BIT(role);
        if (!person_is_right(op, start)) return false;
    }
    first->n = json_count(list);
    return true;
}

/* A site begins with all three administrators, each another person. */
static bool has_three(struct op *op, const struct first *first)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < first->n; i++)
        bits |= first->people[i].start.roles.bits;
    uint32_t three =
        ROLE_BIT(ROLE_PRIVACY_OFFICER) | ROLE_BIT(ROLE_SECURITY_ADMIN) | ROLE_BIT(ROLE_SYSTEM_ADMIN);
    if ((bits & three) == three) return true;
    op_refuse(op, 400, "bad_field", "accounts");
    return false;
}

static enum err refuse_filled(struct op *op, struct tx *tx, struct job *job, void *with)
{
    int64_t n;
    (void)job;
    (void)with;
    enum err err = account_count(tx, &n);
    if (!err && n > 0) op_refuse(op, 409, "has_accounts", NULL);
    return err;
}

static enum err add_first(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct first *first = with;
    enum err err = refuse_filled(op, tx, job, NULL);
    for (size_t i = 0; i < first->n && !err && !op->fault.status; i++)
        err = add_person(op, tx, job, &first->people[i]);
    return err;
}

static void write_first(struct op *op, const struct first *first)
{
    json_open_array(&op->out, "accounts");
    for (size_t i = 0; i < first->n; i++) {
        const struct person *p = &first->people[i];
        json_open(&op->out, NULL);
        json_put_str(&op->out, "name", p->start.name);
        json_put_str(&op->out, "display", p->start.display);
        json_put_text(&op->out, "role", role_name(role_set_first(p->start.roles)));
        json_put_text(&op->out, "password", p->password);
        json_close(&op->out);
    }
    json_close_array(&op->out);
}

enum err op_init(struct op *op)
{
    struct first *first = arena_zalloc(op->arena, sizeof *first);
    const struct json *list = op->args ? json_get(op->args, "accounts") : NULL;
    if (!first) return ERR_NOMEM;
    if (!op_only(op, (const char *const[]){"accounts", NULL})) return OK;
    if (list && (!json_is_array(list) || json_count(list) > FIRST_MAX))
        return op_refuse(op, 400, "bad_field", "accounts");
    if (!list) take_usual(first);
    if ((list && !read_given(op, list, first)) || !has_three(op, first)) return OK;
    enum err err = op_read(op, refuse_filled, NULL);
    for (size_t i = 0; i < first->n && !err && !op->fault.status; i++)
        err = give_password(op, &first->people[i]);
    if (err || op->fault.status) return err;
    err = op_write(op, add_first, first);
    if (!err && !op->fault.status) write_first(op, first);
    return err;
}

/* -- add, list -- */

static bool read_roles(struct op *op, struct role_set *ret_roles)
{
    const struct json *list = op->args ? json_get(op->args, "roles") : NULL;
    struct role_set roles = {0};
    for (size_t i = 0; i < json_count(list); i++) {
        struct str name;
        enum role role;
        if (!json_text(json_at(list, i), &name) || !role_from_name(name, &role)) {
            op_refuse(op, 400, "bad_field", "roles");
            return false;
        }
        roles = role_set_add(roles, role);
    }
    *ret_roles = roles;
    return true;
}

static enum err write_account(struct op *op, struct tx *tx, struct str id)
{
    struct account account;
    enum err err = account_find(tx, op->arena, id, &account);
    if (!err) account_write(&op->out, "account", &account);
    return err;
}

static enum err add_user(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct person *p = with;
    enum err err = add_person(op, tx, job, p);
    if (!err) err = write_account(op, tx, str_of(p->id));
    return err;
}

enum err op_user_add(struct op *op)
{
    struct person p = {0};
    if (!op_only(op, (const char *const[]){"name", "display", "staff_number", "roles", NULL}) ||
        !op_text(op, "name", 200, &p.start.name) || !op_text(op, "display", 400, &p.start.display) ||
        !op_text(op, "staff_number", 200, &p.start.staff_number) || !read_roles(op, &p.start.roles) ||
        !person_is_right(op, &p.start))
        return OK;
    enum err err = give_password(op, &p);
    if (!err) err = op_write(op, add_user, &p);
    if (!err && !op->fault.status) json_put_text(&op->out, "password", p.password);
    mem_wipe(p.password, sizeof p.password);
    return err;
}

static enum err list_users(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct account_query query = {.role = ROLE_COUNT, .limit = 1000};
    char next[ACCOUNT_NAME_MAX + 1] = "";
    int64_t n;
    enum err err;
    (void)with;
    json_open_array(&op->out, "accounts");
    do {
        char *after = arena_text(op->arena, next, strlen(next));
        if (!after) return ERR_NOMEM;
        query.after = str_of(after);
        err = account_list(tx, op->arena, &query, &op->out, next, &n);
    } while (!err && next[0]);
    json_close_array(&op->out);
    return err ? err : op_audit(op, job, "account.list", NULL, NULL);
}

enum err op_user_list(struct op *op)
{
    if (!op_only(op, (const char *const[]){NULL})) return OK;
    return op_read(op, list_users, NULL);
}

/* -- one account -- */

struct change {
    struct str name, reason;
    const char *action;
    enum err (*apply)(struct op *op, struct tx *tx, const struct account *account, struct change *c);
    struct role_set roles; /* found */
    bool totp;
    char password[PASSWORD_ONE_TIME_TEXT], hash[PASSWORD_HASH_TEXT];
};

static enum err find_user(struct op *op, struct tx *tx, struct str name, struct account *ret)
{
    enum err err = account_find_name(tx, op->arena, name, ret);
    if (err == ERR_NOT_FOUND) op_refuse(op, 404, "not_found", "name");
    return err;
}

static enum err audit_change(struct op *op, struct job *job, const struct account *account,
                             const struct change *c)
{
    const char *id = arena_text(op->arena, account->id.at, account->id.bytes);
    const char *target = id ? account_target(op, id) : NULL;
    struct buf text;
    struct json_out out;
    buf_init(&text, 8 * REASON_BYTES_MAX);
    json_out_init(&out, &text);
    json_open(&out, NULL);
    json_put_str(&out, "reason", c->reason.at ? c->reason : STR(""));
    json_close(&out);
    buf_add_char(&text, 0);
    enum err err = text.err ? text.err : !target ? ERR_NOMEM : op_audit(op, job, c->action, target, text.at);
    buf_done(&text);
    return err;
}

static enum err run_change(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct change *c = with;
    struct account account;
    enum err err = find_user(op, tx, c->name, &account);
    if (!err) err = c->apply(op, tx, &account, c);
    if (!err) err = audit_change(op, job, &account, c);
    return err ? err : write_account(op, tx, account.id);
}

/* What lets the account in ends with it; browsers that are open learn of it at their next request. */
static enum err end_all(struct op *op, struct tx *tx, const struct account *account)
{
    int64_t n;
    enum err err = session_end_all(tx, account->id, (struct str){0}, &n);
    if (!err) err = ticket_end_all(tx, account->id);
    (void)op;
    return err;
}

static enum err disable(struct op *op, struct tx *tx, const struct account *account, struct change *c)
{
    const char *code = NULL;
    int64_t n;
    (void)c;
    enum err err = account_disable(tx, account, &code);
    if (err && code) op_refuse(op, 409, code, NULL);
    if (!err) err = end_all(op, tx, account);
    return err ? err : token_end_all(tx, account->id, &n);
}

static enum err enable(struct op *op, struct tx *tx, const struct account *account, struct change *c)
{
    (void)op;
    (void)c;
    return account_enable(tx, account->id);
}

static enum err unlock(struct op *op, struct tx *tx, const struct account *account, struct change *c)
{
    (void)op;
    (void)c;
    return lockout_clear(tx, account->name);
}

static enum err reset(struct op *op, struct tx *tx, const struct account *account, struct change *c)
{
    enum err err = account_set_password(tx, account->id, str_of(c->hash), true);
    if (!err && c->totp) err = account_clear_totp(tx, account->id);
    if (!err && c->totp) err = recovery_end_all(tx, account->id);
    if (!err) err = lockout_clear(tx, account->name);
    return err ? err : end_all(op, tx, account);
}

/* A running server tells the browsers concerned; the command has nobody to tell. */
static void tell_ended(struct op *op, const char *why)
{
    struct str id;
    struct json *root = NULL;
    char account[ACCOUNT_ID_TEXT];
    struct buf whole;
    if (!op->site->notify || op->fault.status) return;
    buf_init(&whole, op->result.bytes + 8);
    buf_add_str(&whole, buf_str(&op->result));
    buf_add_char(&whole, '}');
    if (!whole.err && json_parse(buf_str(&whole), &root, NULL) == OK &&
        json_text(json_get(json_get(root, "account"), "id"), &id) && id.bytes < sizeof account) {
        memcpy(account, id.at, id.bytes);
        account[id.bytes] = 0;
        op->site->notify(op->site,
                         &(struct site_notice){.account = account, .kind = "session_ended", .data = why});
    }
    json_free(root);
    buf_done(&whole);
}

static enum err change_user(struct op *op, struct change *c)
{
    if (!op_only(op, (const char *const[]){"name", "reason", NULL}) || !op_text(op, "name", 200, &c->name) ||
        !op_text_optional(op, "reason", REASON_BYTES_MAX, &c->reason))
        return OK;
    return op_write(op, run_change, c);
}

enum err op_user_disable(struct op *op)
{
    enum err err = change_user(op, &(struct change){.action = "account.disable", .apply = disable});
    if (!err) tell_ended(op, "{\"why\":\"forced\"}");
    return err;
}

enum err op_user_enable(struct op *op)
{
    return change_user(op, &(struct change){.action = "account.enable", .apply = enable});
}

enum err op_user_unlock(struct op *op)
{
    return change_user(op, &(struct change){.action = "account.unlock", .apply = unlock});
}

static enum err find_roles(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct change *c = with;
    struct account account;
    (void)job;
    enum err err = find_user(op, tx, c->name, &account);
    if (!err) c->roles = account.roles;
    return err;
}

enum err op_user_reset(struct op *op)
{
    struct change c = {.action = "account.reset", .apply = reset};
    const struct json *totp = op->args ? json_get(op->args, "totp") : NULL;
    if (!op_only(op, (const char *const[]){"name", "reason", "totp", NULL}) ||
        !op_text(op, "name", 200, &c.name) || !op_text_optional(op, "reason", REASON_BYTES_MAX, &c.reason))
        return OK;
    if (totp && !json_bool(totp, &c.totp)) return op_refuse(op, 400, "bad_field", "totp");
    struct person p = {0};
    enum err err = op_read(op, find_roles, &c);
    p.start.roles = c.roles;
    if (!err) err = give_password(op, &p);
    if (err) return err;
    memcpy(c.hash, p.hash, sizeof c.hash);
    err = op_write(op, run_change, &c);
    if (!err && !op->fault.status) json_put_text(&op->out, "password", p.password);
    if (!err) tell_ended(op, "{\"why\":\"password\"}");
    mem_wipe(p.password, sizeof p.password);
    return err;
}

/* -- a program's token -- */

struct minting {
    struct str user, label;
    int64_t ttl_s;
    struct token_made made;
};

static enum err mint(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct minting *m = with;
    struct account account;
    enum err err = find_user(op, tx, m->user, &account);
    if (!err && account.disabled.ms) {
        op_refuse(op, 403, "disabled", "user");
        return ERR_DENIED;
    }
    if (!err) err = token_new(tx, account.id, m->label, m->ttl_s, &m->made);
    if (err) return err;
    const char *target = arena_printf(op->arena, "token/%s", m->made.id);
    const char *detail =
        arena_printf(op->arena, "{\"account\":\"%.*s\"}", (int)account.id.bytes, account.id.at);
    return target && detail ? op_audit(op, job, "token.create", target, detail) : ERR_NOMEM;
}

enum err op_token(struct op *op)
{
    struct minting m = {.ttl_s = TOKEN_TTL_S};
    const struct json *ttl = op->args ? json_get(op->args, "ttl_s") : NULL;
    if (!op_only(op, (const char *const[]){"user", "ttl_s", "label", NULL}) ||
        !op_text(op, "user", 200, &m.user) || !op_text_optional(op, "label", TOKEN_LABEL_BYTES_MAX, &m.label))
        return OK;
    if (ttl && (!json_int(ttl, &m.ttl_s) || m.ttl_s < TOKEN_TTL_LEAST_S || m.ttl_s > TOKEN_TTL_MOST_S))
        return op_refuse(op, 400, "bad_field", "ttl_s");
    if (!m.label.bytes) m.label = STR("yunqiao token");
    enum err err = op_write(op, mint, &m);
    if (err || op->fault.status) return err;
    json_put_text(&op->out, "token", m.made.text);
    json_put_text(&op->out, "id", m.made.id);
    json_put_instant(&op->out, "ends", m.made.ends);
    mem_wipe(&m.made, sizeof m.made);
    return OK;
}
