/* event: what a registry says has happened to somebody, whichever way it came (HL7 v2 ADT, a batch file, HTTP). A value whose texts lie in the
 * arena or the bytes that it was read from. Pure; any thread.
 *
 *     A01 admit      A02 transfer      A03 discharge      A08 update      A16 release pending      A40 merge
 *     A11 … taken back    A12 … taken back    A13 … taken back
 *
 * Sources: HL7 v2.5 chapter 3 (ADT), §3.4.1 EVN, §3.4.2 PID, §3.4.3 PV1, §3.4.10 MRG. */
#ifndef REGISTRY_EVENT_H
#define REGISTRY_EVENT_H
#include "registry/hl7.h"

#define EVENT_TEXT_BYTES_MAX 120 /* of a number, a name or a place */

enum event_kind {
    EVENT_ADMIT,
    EVENT_TRANSFER,
    EVENT_PENDING, /* the release is announced */
    EVENT_DISCHARGE,
    EVENT_UPDATE,
    EVENT_CANCEL_ADMIT,
    EVENT_CANCEL_TRANSFER,
    EVENT_CANCEL_DISCHARGE,
    EVENT_MERGE,
    EVENT_KINDS
};
enum event_sex { SEX_UNSAID, SEX_MALE, SEX_FEMALE, SEX_OTHER, SEX_UNKNOWN };
/* Where somebody is, or went to: custody's own house, or out of it. */
enum event_where { WHERE_UNSAID, WHERE_CELL, WHERE_COURT, WHERE_HOSPITAL, WHERE_ELSEWHERE };
/* Why a stay ended (PV1-36, user table 0112 of ours: RELEASED TRANSFERRED HOSPITAL DEAD OTHER). */
enum event_end { END_UNSAID, END_RELEASED, END_TRANSFERRED, END_HOSPITAL, END_DEAD, END_OTHER };

struct event {
    enum event_kind kind;
    struct str control;          /* the sender's number of it: with the source, one event for ever */
    struct instant at, recorded; /* when it happened; when it was written down there */
    struct str number;           /* the site's number of the person */
    struct str stay;             /* the number of the stay; the person's where none is said */
    struct str prior;            /* EVENT_MERGE: the number that goes */
    struct str national;         /* the identity card's number; empty: unsaid */
    struct str family, given;    /* empty: unsaid */
    struct date birth;
    bool has_birth;
    enum event_sex sex;
    enum event_where where;
    struct str block, cell, bed; /* WHERE_CELL */
    enum event_end end;          /* EVENT_DISCHARGE */
};

/* What is wrong with a message, for the answer and the list of dead letters: it quotes nothing of it. */
struct event_fault {
    const char *code;  /* HL7 table 0357 */
    const char *where; /* "PID^1^3", or a column's name */
    const char *words; /* English */
};

/* ERR_UNSUPPORTED: no ADT, or an event that is none of ours; ERR_BAD_INPUT: something is missing or is not what it should be. */
enum err event_from_hl7(struct arena *arena, const struct hl7 *m, const struct zone *zone, struct event *ret,
                        struct event_fault *ret_fault) MUST_USE;

/* The rules that hold whichever way it came: texts are texts, what its kind needs is there. */
enum err event_check(const struct event *e, struct event_fault *ret_fault) MUST_USE;

const char *event_kind_text(enum event_kind kind);           /* "admit" … */
bool event_kind_from(struct str text, enum event_kind *ret); /* that word, or HL7's "A01" */
const char *event_hl7_text(enum event_kind kind);            /* "A01" */
bool event_sex_from(struct str text, enum event_sex *ret);
bool event_where_from(struct str text, enum event_where *ret);
bool event_end_from(struct str text, enum event_end *ret);
const char *event_sex_text(enum event_sex sex); /* "M"; empty where unsaid, as the next two */
const char *event_where_text(enum event_where where);
const char *event_end_text(enum event_end end);

/* The order in which events of one person count: when it happened, when it was written down, its kind, its number there. Two of one source
 * are never equal. <0, 0, >0. */
int event_order(const struct event *a, const struct event *b);

#endif
