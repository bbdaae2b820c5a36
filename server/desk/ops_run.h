/* ops_run: what the operator's operations share; for the files of ops alone. An op runs on one thread, the caller's; what touches the
 * store is a job that it waits for. */
#ifndef DESK_OPS_RUN_H
#define DESK_OPS_RUN_H
#include "auth/account.h"
#include "auth/password.h"
#include "desk/ops.h"

struct op {
    struct site *site;
    struct arena *arena;
    const struct json *args; /* NULL: none */
    struct fault fault;      /* status != 0: refused */
    struct buf result;       /* an object's text */
    struct json_out out;     /* on result, inside the object */
    bool is_not_so;          /* done, and what was asked is not so */
    ops_progress *progress;
    void *ctx;
    const char *what; /* the name of the progress */
};

/* In one transaction, and waits. step runs on the desk (or a reader). Its error rolls back. */
typedef enum err op_step(struct op *op, struct tx *tx, struct job *job, void *with);
enum err op_write(struct op *op, op_step *step, void *with) MUST_USE;
enum err op_read(struct op *op, op_step *step, void *with) MUST_USE;
/* A row "from control"; target and detail may be NULL. */
enum err op_audit(struct op *op, struct job *job, const char *action, const char *target,
                  const char *detail) MUST_USE;

/* Arguments; false sets op->fault. */
bool op_text(struct op *op, const char *key, size_t bytes_max, struct str *ret_text);
bool op_text_optional(struct op *op, const char *key, size_t bytes_max, struct str *ret_text);
bool op_only(struct op *op, const char *const *known);
enum err op_refuse(struct op *op, int status, const char *code, const char *where); /* returns OK */
store_progress op_tell;                                                             /* ctx: the op */

/* ops_people.c */
enum err op_init(struct op *op);
enum err op_user_add(struct op *op);
enum err op_user_list(struct op *op);
enum err op_user_disable(struct op *op);
enum err op_user_enable(struct op *op);
enum err op_user_unlock(struct op *op);
enum err op_user_reset(struct op *op);
enum err op_token(struct op *op);
/* ops_records.c */
enum err op_records_verify(struct op *op);
/* ops_films.c */
enum err op_recording_list(struct op *op);
enum err op_recording_export(struct op *op);
/* ops_rooms.c */
enum err op_room_token(struct op *op);
/* ops_terminal.c */
enum err op_terminal(struct op *op);
struct terminal_made;
/* A code for the terminal of that name, which is made when there is none; in a write. */
enum err op_terminal_make(struct op *op, struct tx *tx, struct job *job, struct str name, int64_t ttl_s,
                          struct terminal_made *ret) MUST_USE;
/* ops_demo.c */
enum err op_demo(struct op *op);
/* ops_demo_site.c: accounts, NULL-ended, have been made */
/* how: enum demo_how, or'ed (desk/demo.h). */
enum err op_demo_site(struct op *op, const char *const *accounts, unsigned how);
enum err op_demo_images(struct op *op); /* of the first of the demo's people; once */
/* ops_import.c */
enum err op_import(struct op *op);
enum err op_codes_load(struct op *op);

#endif
