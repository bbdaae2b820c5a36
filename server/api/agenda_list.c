/* A list of what begins in a window of time: custody's tasks, the times that it keeps. */
#include "api/agenda_parts.h"
#include "records/search.h"
#include <stdio.h>

enum err agenda_list(struct request *r, struct agenda_job *job, struct record_reader *who,
                     const struct agenda_listing *what)
{
    enum { LIST_MAX = 500, CRITERIA_BYTES = 256 };
    struct record_fault fault = {0};
    struct instant from, until;
    char low[INSTANT_TEXT_BYTES], high[INSTANT_TEXT_BYTES], criteria[CRITERIA_BYTES];
    struct json_out o;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, LIST_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    if (!agenda_window(r, what->days, &from, &until)) return OK;
    instant_text(from, low), instant_text(until, high);
    snprintf(criteria, sizeof criteria, "%s&%s=ge%s&%s=lt%s&_sort=%s", what->criteria, what->when, low,
             what->when, high, what->sort);
    enum err err = search_rows(job->s.tx, who, fhir_resource_of(str_of(what->type)), str_of(criteria), rows,
                               LIST_MAX, &n, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, what->key);
    for (uint32_t i = 0; i < n && !err; i++)
        err = what->put(r, job, &o, rows[i]);
    json_close_array(&o);
    json_close(&o);
    return err;
}
