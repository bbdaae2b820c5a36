/* Demo accounts: one a role and a few more clinicians, all invented. Made once; asked again, the same logins are printed. What somebody
 * changed since (password, second factor, a lockout) is set right again. The passwords lie sealed in the store, only for these. */
#include "auth/lockout.h"
#include "auth/terminal.h"
#include "base/mem.h"
#include "desk/demo.h"
#include "desk/ops_run.h"

static const struct {
    enum role role;
    const char *name, *display, *staff_number;
} people[] = {
    {ROLE_CLINIC_DOCTOR, "guqinghe", "顾清和", "D1001"},
    {ROLE_NURSE, "lubaisu", "陆白苏", "N2001"},
    {ROLE_PHARMACIST, "songyanqiu", "宋砚秋", "P3001"},
    {ROLE_SPECIALIST, "wenzhiyuan", "温知远", "S4001"},
    {ROLE_INTERPRETER, "ayinuer", "阿依努尔", "I5001"},
    {ROLE_DETAINEE, "zhuoyuanshan", "卓远山", "3120417"},
    {ROLE_SCHEDULING_ADMIN, "jiangyining", "江以宁", "A6001"},
    {ROLE_GUARD, "jingyuan0613", "警员 0613", "G0613"},
    {ROLE_DUTY_COMMAND, "shenzhiyang", "沈执扬", "W7001"},
    {ROLE_PRIVACY_OFFICER, "luojingan", "骆静安", "Q8001"},
    {ROLE_SECURITY_ADMIN, "fangjiming", "方既明", "Q8002"},
    {ROLE_SYSTEM_ADMIN, "qiaoyunfei", "乔云飞", "Q8003"},
    {ROLE_SPECIALIST, "peiyan", "裴砚", "S4002"},
    {ROLE_SPECIALIST, "yinshu", "尹舒", "S4003"},
    {ROLE_CLINIC_DOCTOR, "xuwang", "许望", "D1002"},
};
enum { PEOPLE = COUNT_OF(people) };

struct login {
    bool is_there, is_known; /* the account; its login as printed last time */
    struct account account;
    char password[PASSWORD_ONE_TIME_TEXT], hash[PASSWORD_HASH_TEXT];
    bool has_totp;
    uint8_t secret[TOTP_SECRET_BYTES];
};

struct demo {
    bool force, is_bare, is_unbooked, is_any_hour;
    struct login logins[PEOPLE];
    struct terminal_made terminal;
};
#define TERMINAL_NAME "A 区 3 室"

static bool needs_totp(int i)
{
    return people[i].role != ROLE_DETAINEE;
}

/* -- what is there -- */

static enum err count_others(struct tx *tx, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(
        tx->db, "SELECT count(*) FROM account WHERE id NOT IN (SELECT account FROM demo_account)", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}

static enum err is_demo(struct tx *tx, struct str id, bool *ret_is)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM demo_account WHERE account = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

static enum err read_login(struct tx *tx, struct login *login)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT password, totp_secret FROM demo_login WHERE account = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, login->account.id);
    err = stmt_step(s, &row);
    if (!err && row) {
        struct str password = stmt_get_str(s, 0), secret = stmt_get_blob(s, 1);
        login->is_known = password.bytes < sizeof login->password;
        if (login->is_known) memcpy(login->password, password.at, password.bytes);
        login->has_totp = secret.bytes == TOTP_SECRET_BYTES;
        if (login->has_totp) memcpy(login->secret, secret.at, TOTP_SECRET_BYTES);
    }
    stmt_done(s);
    return err;
}

/* A name that belongs to a real account is left alone. */
static enum err find_one(struct op *op, struct tx *tx, int i, struct login *login)
{
    bool is_ours = false;
    enum err err = account_find_name(tx, op->arena, str_of(people[i].name), &login->account);
    if (err == ERR_NOT_FOUND) return OK;
    if (!err) err = is_demo(tx, login->account.id, &is_ours);
    if (!err && !is_ours) op_refuse(op, 409, "name_taken", people[i].name);
    login->is_there = true;
    return err ? err : read_login(tx, login);
}

static enum err find_all(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct demo *demo = with;
    int64_t others;
    (void)job;
    enum err err = count_others(tx, &others);
    if (!err && others > 0 && !demo->force) op_refuse(op, 409, "has_accounts", NULL);
    for (int i = 0; i < PEOPLE && !err && !op->fault.status; i++)
        err = find_one(op, tx, i, &demo->logins[i]);
    return err;
}

/* -- what is made -- */

static enum err make_login(struct op *op, int i, struct login *login)
{
    if (login->is_known) return OK;
    if (people[i].role == ROLE_DETAINEE)
        password_one_time_pin(login->password);
    else
        password_one_time(login->password);
    login->has_totp = needs_totp(i);
    totp_secret_new(login->secret);
    return password_hash(str_of(login->password), op->site->settings.argon2_mib, login->hash);
}

static enum err note_demo(struct tx *tx, struct str id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT INTO demo_account (account) VALUES (?1)", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    return stmt_run(s);
}

static enum err note_login(struct tx *tx, const struct login *login)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "INSERT OR REPLACE INTO demo_login (account, password, totp_secret) VALUES (?1, ?2, ?3)", &s);
    if (err) return err;
    stmt_str(s, 1, login->account.id);
    stmt_text(s, 2, login->password);
    if (login->has_totp)
        stmt_blob(s, 3, login->secret, sizeof login->secret);
    else
        stmt_null(s, 3);
    return stmt_run(s);
}

static enum err add_account(struct op *op, struct tx *tx, struct job *job, int i, struct login *login)
{
    struct account_start start = {str_of(people[i].name),
                                  str_of(people[i].display),
                                  str_of(people[i].staff_number),
                                  {ROLE_BIT(people[i].role)},
                                  str_of(login->hash)};
    const char *code = NULL;
    char id[ACCOUNT_ID_TEXT];
    enum err err = account_add(tx, &start, id, &code);
    if (err && code) op_refuse(op, 409, code, people[i].name);
    if (!err) err = note_demo(tx, str_of(id));
    if (!err) err = account_find(tx, op->arena, str_of(id), &login->account);
    if (err) return err;
    const char *target = arena_printf(op->arena, "account/%s", id);
    return target ? op_audit(op, job, "account.create", target, "{\"demo\":true}") : ERR_NOMEM;
}

static enum err put_right(struct tx *tx, const struct login *login)
{
    struct str id = login->account.id;
    enum err err = lockout_clear(tx, login->account.name);
    if (!err && login->account.disabled.ms) err = account_enable(tx, id);
    if (err || login->is_known) return err;
    err = account_set_password(tx, id, str_of(login->hash), false);
    if (!err && login->has_totp) err = account_set_totp(tx, id, login->secret, 0);
    return err ? err : note_login(tx, login);
}

static enum err make_all(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct demo *demo = with;
    enum err err = OK;
    for (int i = 0; i < PEOPLE && !err; i++) {
        struct login *login = &demo->logins[i];
        if (!login->is_there) err = add_account(op, tx, job, i, login);
        if (!err) err = put_right(tx, login);
    }
    if (!err)
        err = op_terminal_make(op, tx, job, STR(TERMINAL_NAME), TERMINAL_CODE_TTL_MOST_S, &demo->terminal);
    return err ? err : op_audit(op, job, "demo", NULL, NULL);
}

static void write_login(struct json_out *out, int i, const struct login *login, struct instant now)
{
    char secret[TOTP_SECRET_TEXT], code[7];
    totp_secret_text(login->secret, secret);
    totp_code(login->secret, now, code);
    json_open(out, NULL);
    json_put_text(out, "name", people[i].name);
    json_put_text(out, "display", people[i].display);
    json_put_text(out, "role", role_name(people[i].role));
    json_put_text(out, "password", login->password);
    json_put_text(out, "totp_secret", login->has_totp ? secret : NULL);
    json_put_text(out, "code", login->has_totp ? code : NULL);
    json_close(out);
}

enum err op_demo(struct op *op)
{
    struct demo *demo = arena_zalloc(op->arena, sizeof *demo);
    const struct json *force = op->args ? json_get(op->args, "force") : NULL;
    const struct json *bare = op->args ? json_get(op->args, "bare") : NULL;
    const struct json *any_hour = op->args ? json_get(op->args, "any-hour") : NULL;
    const struct json *unbooked = op->args ? json_get(op->args, "unbooked") : NULL;
    if (!demo) return ERR_NOMEM;
    if (!op_only(op, (const char *const[]){"force", "bare", "unbooked", "any-hour", NULL})) return OK;
    if (force && !json_bool(force, &demo->force)) return op_refuse(op, 400, "bad_field", "force");
    if (bare && !json_bool(bare, &demo->is_bare)) return op_refuse(op, 400, "bad_field", "bare");
    if (unbooked && !json_bool(unbooked, &demo->is_unbooked))
        return op_refuse(op, 400, "bad_field", "unbooked");
    if (any_hour && !json_bool(any_hour, &demo->is_any_hour))
        return op_refuse(op, 400, "bad_field", "any-hour");
    unsigned how = (demo->is_unbooked ? DEMO_UNBOOKED : 0) | (demo->is_any_hour ? DEMO_ANY_HOUR : 0);
    op->what = "demo";
    enum err err = op_read(op, find_all, demo);
    for (int i = 0; i < PEOPLE && !err && !op->fault.status; i++) {
        err = make_login(op, i, &demo->logins[i]);
        op_tell(op, i + 1, PEOPLE);
    }
    if (err || op->fault.status) return err;
    err = op_write(op, make_all, demo);
    if (err || op->fault.status) return err;
    const char *names[PEOPLE + 1] = {0};
    for (int i = 0; i < PEOPLE; i++)
        names[i] = people[i].name;
    err = demo->is_bare ? OK : op_demo_site(op, names, how);
    if (err) return err;
    json_open_array(&op->out, "accounts");
    for (int i = 0; i < PEOPLE; i++)
        write_login(&op->out, i, &demo->logins[i], clock_now());
    json_close_array(&op->out);
    json_open_array(
        &op->out, "terminals"); /* where the detainee logs in: at /terminal, once the code was typed there */
    json_open(&op->out, NULL);
    json_put_text(&op->out, "terminal", TERMINAL_NAME);
    json_put_text(&op->out, "code", demo->terminal.code);
    json_put_instant(&op->out, "ends", demo->terminal.ends);
    json_close(&op->out);
    json_close_array(&op->out);
    return OK;
}
