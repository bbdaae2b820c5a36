/* The security admin's accounts: roles, the list, making one. */
#include "api/accounts.h"
#include "api/handlers.h"
#include "auth/password.h"

enum { PAGE = 50 };

enum err roles_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    (void)tx;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "roles");
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        json_open(&out, NULL);
        json_put_text(&out, "role", role_name(role));
        json_put_text(&out, "world", world_name(role_world(role)));
        json_close(&out);
    }
    json_close_array(&out);
    json_close(&out);
    return OK;
}

static bool read_query(struct request *r, struct account_query *ret)
{
    struct str role = request_query(r, "role"), state = request_query(r, "state");
    *ret = (struct account_query){.text = request_query(r, "q"),
                                  .role = ROLE_COUNT,
                                  .state = state,
                                  .after = request_query(r, "after"),
                                  .limit = PAGE};
    if (role.bytes && !role_from_name(role, &ret->role)) {
        answer_fault(r, 400, "bad_field", "role");
        return false;
    }
    if (state.bytes && !str_is_text(state, "active") && !str_is_text(state, "disabled") &&
        !str_is_text(state, "locked")) {
        answer_fault(r, 400, "bad_field", "state");
        return false;
    }
    return true;
}

enum err accounts_look(struct request *r, struct tx *tx)
{
    struct account_query query;
    struct json_out out;
    char next[ACCOUNT_NAME_MAX + 1];
    int64_t n;
    if (!read_query(r, &query)) return OK;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "accounts");
    enum err err = account_list(tx, r->arena, &query, &out, next, &n);
    if (err) return err;
    json_close_array(&out);
    json_put_text(&out, "next", next[0] ? next : NULL);
    json_close(&out);
    const char *detail = arena_printf(r->arena, "{\"count\":%lld}", (long long)n);
    return detail ? request_audit(r, "account.list", NULL, AUDIT_OK, detail) : ERR_NOMEM;
}

bool accounts_read_roles(struct request *r, struct role_set *ret_roles)
{
    const struct json *list = r->json ? json_get(r->json, "roles") : NULL;
    struct role_set roles = {0};
    struct str name;
    enum role role;
    if (!list) return answer_fault(r, 400, "missing_field", "roles"), false;
    for (size_t i = 0; i < json_count(list); i++) {
        if (!json_text(json_at(list, i), &name) || !role_from_name(name, &role)) break;
        roles = role_set_add(roles, role);
    }
    bool is_whole = json_is_array(list) && json_count(list) == (size_t)__builtin_popcount(roles.bits);
    if (!is_whole || roles.bits == 0) return answer_fault(r, 400, "bad_field", "roles"), false;
    *ret_roles = roles;
    return true;
}

const char *accounts_target(struct request *r, struct str id)
{
    return arena_printf(r->arena, "account/%.*s", (int)id.bytes, id.at);
}

struct making {
    struct account_start start;
    char password[PASSWORD_ONE_TIME_TEXT], hash[PASSWORD_HASH_TEXT];
};

static bool read_start(struct request *r, struct account_start *ret)
{
    if (!request_only(r, (const char *const[]){"name", "display", "staff_number", "roles", NULL}) ||
        !request_text(r, "name", 200, &ret->name) || !request_text(r, "display", 400, &ret->display) ||
        !request_text(r, "staff_number", 200, &ret->staff_number) || !accounts_read_roles(r, &ret->roles))
        return false;
    const char *bad = !account_name_is(ret->name)                   ? "name"
                      : !account_display_is(ret->display)           ? "display"
                      : !account_staff_number_is(ret->staff_number) ? "staff_number"
                                                                    : NULL;
    if (bad) answer_fault(r, 400, "bad_field", bad);
    return bad == NULL;
}

enum err accounts_add_look(struct request *r, struct tx *tx)
{
    struct making *m = r->stash = arena_zalloc(r->arena, sizeof *m);
    (void)tx;
    if (!m) return ERR_NOMEM;
    if (!read_start(r, &m->start)) return OK;
    if (role_set_excludes(m->start.roles)) return answer_fault(r, 409, "roles_exclude", "roles");
    return OK;
}

void accounts_one_time(struct request *r, struct role_set roles, char password[PASSWORD_ONE_TIME_TEXT],
                       char hash[PASSWORD_HASH_TEXT])
{
    if (role_set_has(roles, ROLE_DETAINEE))
        password_one_time_pin(password);
    else
        password_one_time(password);
    enum err err = password_hash(str_of(password), request_site(r)->settings.argon2_mib, hash);
    if (err) fault_from_err(&r->fault, err);
}

void accounts_add_work(struct request *r)
{
    struct making *m = r->stash;
    accounts_one_time(r, m->start.roles, m->password, m->hash);
}

/* Which field a refusal by the store is about. */
static const char *field_of(const char *code)
{
    return strcmp(code, "name_taken") == 0           ? "name"
           : strcmp(code, "staff_number_taken") == 0 ? "staff_number"
                                                     : "roles";
}

enum err accounts_refuse(struct request *r, enum err err, const char *code)
{
    if (code) answer_fault(r, 409, code, strcmp(code, "last_admin") == 0 ? NULL : field_of(code));
    return err;
}

enum err accounts_answer(struct request *r, struct tx *tx, int status, struct str id, const char *password)
{
    struct account account;
    struct json_out out;
    enum err err = account_find(tx, r->arena, id, &account);
    if (err) return err;
    answer_json(r, status, &out);
    json_open(&out, NULL);
    account_write(&out, "account", &account);
    if (password) json_put_text(&out, "password", password);
    json_close(&out);
    return OK;
}

/* The roles given, as codes for the trail. */
const char *accounts_roles_detail(struct request *r, struct role_set roles)
{
    struct buf text;
    struct json_out out;
    buf_init(&text, 1024);
    json_out_init(&out, &text);
    json_open(&out, NULL);
    account_write_roles(&out, roles);
    json_close(&out);
    const char *copy = text.err ? NULL : arena_text(r->arena, text.at, text.bytes);
    buf_done(&text);
    return copy;
}

enum err accounts_add_write(struct request *r, struct tx *tx)
{
    struct making *m = r->stash;
    char id[ACCOUNT_ID_TEXT];
    const char *code = NULL;
    m->start.password = str_of(m->hash);
    enum err err = account_add(tx, &m->start, id, &code);
    if (err) return accounts_refuse(r, err, code);
    const char *target = accounts_target(r, str_of(id)), *detail = accounts_roles_detail(r, m->start.roles);
    if (!target || !detail) return ERR_NOMEM;
    err = request_audit(r, "account.create", target, AUDIT_OK, detail);
    return err ? err : accounts_answer(r, tx, 201, str_of(id), m->password);
}
