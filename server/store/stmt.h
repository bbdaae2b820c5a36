/* stmt: the statements that a connection keeps prepared, found by the address of their SQL text. Internal to db.c
 * and stmt.c; owned by the connection. */
#ifndef STORE_STMT_H
#define STORE_STMT_H
#include "store/db_open.h"

struct stmt {
    sqlite3_stmt *handle;
    struct db *db;
    const char *sql;
    enum err bound; /* the first bind that failed */
    bool is_used;   /* stepped or bound since it was last reset */
};

struct stmts {
    struct stmt **slots; /* open addressing; room is a power of two, at most half full */
    uint32_t count, room;
};

struct db {
    sqlite3 *handle;
    struct vault *vault;
    enum db_mode mode;
    char *path;
    struct stmts stmts;
    bool is_vacuuming;
    char raised[128];
};

void stmts_free(struct stmts *all);

#endif
