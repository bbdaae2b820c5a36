/* The second factor: a code, or setting the factor up at the first login. All on the desk: an HMAC costs nothing, and in one thread
 * no code is taken twice. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "auth/recovery.h"
#include "base/mem.h"

enum { CODE_BYTES_MAX = 40, TICKET_BYTES_MAX = 100 };

static void write_done(struct request *r, int64_t recovery_left)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "next", "done");
    json_put_int(&out, "recovery_left", recovery_left);
    json_close(&out);
}

/* A wrong code; when it closed the account, the ticket is void too. */
static enum err fail_code(struct request *r, struct tx *tx, const struct account *account, struct str ticket)
{
    enum err err = login_fail(r, tx, account->name, account, "totp_wrong", "code", "code");
    if (err || r->fault.status != 403) return err;
    err = ticket_use(tx, ticket);
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err login_totp_write(struct request *r, struct tx *tx)
{
    struct str text, code;
    struct ticket ticket;
    struct account account;
    const char *by;
    int64_t left = 0;
    if (!request_only(r, (const char *const[]){"ticket", "code", NULL}) ||
        !request_text(r, "ticket", TICKET_BYTES_MAX, &text) ||
        !request_text(r, "code", CODE_BYTES_MAX, &code))
        return OK;
    enum err err = login_find_ticket(r, tx, text, TICKET_TOTP, &ticket, &account);
    if (err || r->fault.status) return err;
    err = login_use_code(r, tx, &account, code, &by);
    if (err) return err;
    if (!by) return fail_code(r, tx, &account, text);
    err = ticket_use(tx, text);
    if (!err) err = recovery_left(tx, account.id, &left);
    if (!err) err = login_finish(r, tx, &account, by);
    if (!err) write_done(r, left);
    return err;
}

/* Asked twice (a page loaded again), the same secret is shown: it is the same browser's ticket. */
enum err login_enrol_write(struct request *r, struct tx *tx)
{
    struct str text;
    struct ticket ticket;
    struct account account;
    if (!request_only(r, (const char *const[]){"ticket", NULL}) ||
        !request_text(r, "ticket", TICKET_BYTES_MAX, &text))
        return OK;
    enum err err = login_find_ticket(r, tx, text, TICKET_ENROL, &ticket, &account);
    if (err || r->fault.status) return err;
    if (!ticket.has_secret) {
        totp_secret_new(ticket.secret);
        err = ticket_keep_secret(tx, text, ticket.secret);
    }
    if (!err) err = login_write_secret(r, account.name, ticket.secret);
    mem_wipe(&ticket, sizeof ticket);
    return err;
}

static enum err confirm(struct request *r, struct tx *tx, struct str text, const struct ticket *ticket,
                        const struct account *account, int64_t step)
{
    char codes[RECOVERY_CODES][RECOVERY_TEXT];
    struct json_out out;
    enum err err = ticket_use(tx, text);
    if (!err) err = account_set_totp(tx, account->id, ticket->secret, step);
    if (!err) err = recovery_new(tx, account->id, codes);
    if (!err) err = login_finish(r, tx, account, "enrolment");
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "next", "done");
    login_write_codes(&out, codes);
    json_close(&out);
    mem_wipe(codes, sizeof codes);
    return OK;
}

enum err login_confirm_write(struct request *r, struct tx *tx)
{
    struct str text, code;
    struct ticket ticket;
    struct account account;
    int64_t step;
    if (!request_only(r, (const char *const[]){"ticket", "code", NULL}) ||
        !request_text(r, "ticket", TICKET_BYTES_MAX, &text) ||
        !request_text(r, "code", CODE_BYTES_MAX, &code))
        return OK;
    enum err err = login_find_ticket(r, tx, text, TICKET_ENROL, &ticket, &account);
    if (err || r->fault.status) return err;
    if (!ticket.has_secret) return answer_fault(r, 401, "ticket_gone", NULL);
    struct str secret = {(const char *)ticket.secret, sizeof ticket.secret};
    if (totp_check(secret, code, tx->now, 0, &step))
        err = confirm(r, tx, text, &ticket, &account, step);
    else
        err = fail_code(r, tx, &account, text);
    mem_wipe(&ticket, sizeof ticket);
    return err;
}
