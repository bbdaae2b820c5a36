/* Syncs are no part of SQLite's table of system calls: faults_vault has an fdatasync of its own, standing before libc's,
 * that can be watched and made to fail. */
#ifndef TESTS_FAULTS_VAULT_SYNC_H
#define TESTS_FAULTS_VAULT_SYNC_H

extern void (*sync_watch)(int fd, int after); /* called before (0) and after (1) each; NULL: not */
extern long sync_fails_at;                    /* the n-th from now fails with EIO, once; 0: none */

#endif
