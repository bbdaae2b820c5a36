/* login_parts: what the steps of a login and the checks of the own account share: counting a wrong try, judging a code, telling
 * who is meant, and the end of a login. On the desk, inside the request's transaction. */
#ifndef API_LOGIN_PARTS_H
#define API_LOGIN_PARTS_H
#include "api/request.h"
#include "auth/account.h"
#include "auth/lockout.h"
#include "auth/terminal.h"
#include "auth/ticket.h"

enum { LOGIN_NAME_BYTES_MAX = 100 };

/* Lower case, blanks at the ends taken off. */
enum err login_fold_name(struct request *r, struct str name, struct str *ret_name) MUST_USE;
/* A detainee's account by the number; ERR_NOT_FOUND: nobody's, or somebody else's. */
enum err login_find_number(struct request *r, struct tx *tx, struct str number, struct account *ret) MUST_USE;
/* 403 locked with its end, when it is. */
bool login_refuse_locked(struct request *r, const struct lockout *lockout);
/* 400 password_weak; why is password_weakness's code, or "same". */
void login_refuse_weak(struct request *r, const char *why, const char *where);
/* Counts a wrong try of this name and answers `code` with what is left, or `locked`; writes the row; tells the security admins of a
 * new lockout. account NULL: nobody has the name. step and why are words of ours. */
enum err login_fail(struct request *r, struct tx *tx, struct str name, const struct account *account,
                    const char *code, const char *where, const char *step) MUST_USE;
/* The six digits or the recovery code of an account: uses it up. *ret_by: "totp" or "recovery", NULL: wrong. */
enum err login_use_code(struct request *r, struct tx *tx, const struct account *account, struct str code,
                        const char **ret_by) MUST_USE;
/* Who is logged in proves the person again by a code, before something grave; a wrong one counts like one at the login. A fault when
 * not. */
enum { LOGIN_CODE_BYTES_MAX = 40 };
enum err login_prove_again(struct request *r, struct tx *tx, struct str code) MUST_USE;
/* The same by the password, in the three stages of a request: look finds the account and refuses one that is locked, work checks (it
 * takes its time), write judges. */
struct login_proof {
    struct account account;
    struct str password;
    bool fits;
};
enum err login_proof_look(struct request *r, struct tx *tx, struct login_proof *p) MUST_USE;
enum err login_proof_work(struct request *r, struct login_proof *p) MUST_USE;
enum err login_proof_judge(struct request *r, struct tx *tx, struct login_proof *p,
                           const char *where) MUST_USE;
/* The account of a ticket, when the ticket is good for this step and the account may go on; else r->fault is set. */
enum err login_find_ticket(struct request *r, struct tx *tx, struct str text, enum ticket_next next,
                           struct ticket *ret_ticket, struct account *ret_account) MUST_USE;

/* {"next":…,"ticket":…,"account":{…}}, with a new ticket for the account's next step, or the end of the login. */
enum err login_go_on(struct request *r, struct tx *tx, const struct account *account,
                     const char *step) MUST_USE;
/* The session, its cookie and the row; the wrong tries are forgotten; a detainee's is the terminal's too. The caller writes the body. */
enum err login_finish(struct request *r, struct tx *tx, const struct account *account,
                      const char *by) MUST_USE;
/* "secret", "uri" and "qr" as members of the answer. */
enum err login_write_secret(struct request *r, struct str name,
                            const uint8_t secret[TOTP_SECRET_BYTES]) MUST_USE;
void login_write_codes(struct json_out *out, char codes[10][12]);

#endif
