/* worker_rogue: the lies that the rogue worker tells, one for each index it may be started with, and what
 * becomes of it. */
#ifndef TESTS_FAULTS_WORKER_ROGUE_H
#define TESTS_FAULTS_WORKER_ROGUE_H

enum rogue {
    ROGUE_GARBAGE_AT_ONCE,
    ROGUE_GARBAGE_LATER, /* after a proper handshake, as the rest */
    ROGUE_OVERSIZE,
    ROGUE_DESCRIPTORS,
    ROGUE_FORGED_PONG,
    ROGUE_FLOOD, /* STATS without end, counts running backwards at last */
    ROGUE_CLOSES_LINK_AND_STAYS,
    ROGUE_SILENT,
    ROGUE_DEAF, /* handshake, then neither reads nor answers */
    ROGUE_OTHER_VERSION,
    ROGUE_OTHER_PID,
    ROGUE_EXITS,
    ROGUES
};

#endif
