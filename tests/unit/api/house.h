/* house: an api over a real store with its threads, without a socket: the demo's people live in it. A test asks and reads the
 * answer; the fake clock stands at 2026-11-23T07:24:07Z until it is moved. */
#ifndef TESTS_API_HOUSE_H
#define TESTS_API_HOUSE_H
#include "../check.h"
#include "api/api.h"
#include <pthread.h>

enum { HOUSE_PEOPLE_MAX = 20, HOUSE_NOTICES_MAX = 64 };

struct person {
    char name[48], role[32], password[32], secret_hex[48];
    uint8_t secret[20];
    bool has_totp;
};

struct notice {
    char account[40], session[40], role[24], kind[24], data[256];
};

struct house {
    struct store *store;
    struct api *api;
    struct site site;
    struct migration migrations[64];
    struct person people[HOUSE_PEOPLE_MAX];
    int people_n;
    pthread_mutex_t lock; /* the notices */
    struct notice notices[HOUSE_NOTICES_MAX];
    int notices_n;
    char dir[128], code[16]; /* code: of the demo's terminal, for one use */
};

void house_open(struct house *h);
/* Without the store's threads: a request without slow work is answered on the asker's thread, before api_submit returns. */
void house_open_alone(struct house *h);
void house_close(struct house *h);
const struct person *house_person(struct house *h, const char *name_or_role);
/* Counts rows of the trail with this action and outcome ("ok", "refused", "failed"). */
int house_rows(struct house *h, const char *action, const char *outcome);
int64_t house_int(struct house *h, const char *sql);
bool house_noticed(struct house *h, const char *kind, const char *data_part);

struct who { /* a browser or a program */
    char cookie[96], csrf[64], bearer[96];
    char terminal[96]; /* the key of the terminal that the browser is; empty: it is none */
};

/* The demo's terminal, once. */
void house_terminal(struct house *h, struct who *ret);

struct reply {
    int status;
    struct json *json; /* NULL: no JSON body */
    struct buf body;
    char cookie[160], allow[96], retry_after[16], content_type[64];
};

struct question {
    enum http_method method;
    const char *path, *query, *body; /* path without the query */
    const struct who *who;           /* NULL: nobody */
    const char *from, *csrf, *content_type, *language, *unattended;
};

/* Asks and waits. The reply starts as {0}; what it held before is given back, and it is the caller's until reply_done. */
void ask(struct house *h, const struct question *q, struct reply *ret);
/* The same with the n-th allocation failing from when the request is handed in; false: it was not reached. For a house alone. */
bool ask_failing(struct house *h, const struct question *q, long n, struct reply *ret);
/* Hands in a request made by the test and waits for its answer. */
void house_submit(struct house *h, struct request *r);
void house_ignore(struct request *r); /* a respond that nobody waits for */
void reply_done(struct reply *r);
/* The usual cases: the status, and the reply in *ret (done before it is filled; start with {0}). */
int get(struct house *h, const struct who *who, const char *path, struct reply *ret);
int post(struct house *h, const struct who *who, const char *path, const char *body, struct reply *ret);
struct str reply_text(const struct reply *r, const char *key); /* of the root */
struct str reply_code(const struct reply *r);                  /* error.code, or empty */
int64_t reply_int(const struct reply *r, const char *key);     /* -1: absent */
const struct json *reply_error(const struct reply *r);

/* Through both steps; the clock is moved on so that the code is a fresh one. */
void log_in(struct house *h, const char *name_or_role, struct who *ret);
void code_of(const struct person *p, char ret_code[7]);
void next_code(void); /* moves the clock past a used code */

#endif
