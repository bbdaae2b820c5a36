/* asked: what the bench of records asks: a chart of 300 invented patients, and mixes shaped as those of published FHIR benchmarks
 * (create-read-update-delete, transaction bundles, searches). The questions of load.h; ctx is a struct asked. */
#ifndef BENCH_ASKED_H
#define BENCH_ASKED_H
#include "base/buf.h"
#include <stdbool.h>

enum { ASKED_PATIENTS = 300, ASKED_ID = 37, ASKED_IMPORTED = 100, ASKED_SEARCHES = 7 };

struct asked {
    char patients[ASKED_PATIENTS][ASKED_ID];
    struct asked_made {
        char id[ASKED_ID], patient[ASKED_ID];
    } * observations;        /* what was made and stands */
    long count, room, spare; /* those from spare on are for deleting */
    long turn;               /* counts on over the runs */
    int shift;               /* of the mixes: which question comes first */
};

typedef void asked_question(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method);
asked_question asked_patient, asked_create, asked_update, asked_read, asked_crud, asked_mixed, asked_search,
    asked_chart, asked_everything, asked_import;
void asked_keep_patient(void *ctx, long i, int status, struct str body);
void asked_keep(void *ctx, long i, int status, struct str body);
const char *asked_search_name(int kind);
void asked_search_one(struct asked *a, int kind, long i, struct buf *path);

#endif
