/* migrate: numbered steps that bring a store's schema up to this program's. Never edited after a release.
 * Each module that owns tables gives its steps; store_open is handed one table, in order, and runs what is
 * missing inside one transaction each. A store whose number is above ours: ERR_NEWER, nothing is touched. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

struct migration {
    int number;       /* 1, 2, 3 …; 0 ends the table */
    const char *name; /* what is then true */
    const char *sql;
};

#endif
