/* query: a FHIR search, read strictly (FHIR R4 §3.1.1). The names and values of the URL or the form become terms that are all to be
 * met, each with the values of which one must be; what comes with them (sort, includes, count, summary …) beside.
 * An unknown parameter, a modifier that its type does not know, or a value that it cannot have is a fault that names it; asked to be
 * lenient (Prefer: handling=lenient), unknown parameters are put on a list instead and left out.
 * Pure; any thread. Everything is in the arena, or points into the pairs, which must live as long. */
#ifndef RECORDS_QUERY_H
#define RECORDS_QUERY_H
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "records/fhir.h"

#define QUERY_PAIRS_MAX 64
#define QUERY_VALUES_MAX 256 /* of one term */
#define QUERY_COUNT_MAX 1000
#define QUERY_SORTS_MAX 4
#define QUERY_INCLUDES_MAX 16

enum query_modifier {
    QUERY_PLAIN,
    QUERY_MISSING,
    QUERY_EXACT,
    QUERY_CONTAINS,
    QUERY_NOT,
    QUERY_TEXT,
    QUERY_OF_TYPE,
    QUERY_IDENTIFIER
};
enum query_prefix {
    QUERY_EQ,
    QUERY_NE,
    QUERY_GT,
    QUERY_LT,
    QUERY_GE,
    QUERY_LE,
    QUERY_SA,
    QUERY_EB,
    QUERY_AP
};

/* One of the alternatives of a term. What is filled depends on the parameter's type. */
struct query_value {
    struct query_value *next;
    enum query_prefix prefix; /* number, date, quantity */
    struct str
        text; /* string, uri; number and quantity: the number as written; token: the code; reference: the id */
    struct str system;         /* token, quantity; of-type: the type's system */
    struct str unit;           /* quantity: the code; of-type: the type's code */
    bool has_system;           /* token: a bar was given (|code: no system) */
    struct instant from, to;   /* date: [from, to) */
    uint16_t type;             /* reference: the resource type named; FHIR_NONE: none */
    struct str url;            /* reference: an absolute URL, as given */
    struct query_value *parts; /* composite: one for each component, in their order */
    bool is_missing;           /* :missing=true */
};

struct query_term {
    struct query_term *next;
    uint16_t resource, param; /* fhir_resources, fhir_params */
    enum query_modifier modifier;
    struct query_value *values;
    uint32_t value_count;
    /* Chained (subject:Patient.name=…): the term that the referred resource meets. */
    struct query_term *chained;
    uint16_t chain_type; /* fhir_resources; FHIR_NONE: any of the targets that know the parameter */
    /* Reverse (_has:Observation:patient:code=…): is_reverse, chained is the term that the referring resource meets, param its
     * reference to us, resource its type. */
    bool is_reverse;
};

struct query_include {
    uint16_t resource, param; /* param FHIR_NONE: all references (*) */
    uint16_t target;          /* fhir_resources; FHIR_NONE: all */
    bool is_reverse, is_iterate;
};

enum query_total { QUERY_TOTAL_NONE, QUERY_TOTAL_ESTIMATE, QUERY_TOTAL_ACCURATE };
enum query_summary {
    QUERY_SUMMARY_FALSE,
    QUERY_SUMMARY_TRUE,
    QUERY_SUMMARY_TEXT,
    QUERY_SUMMARY_DATA,
    QUERY_SUMMARY_COUNT
};

struct query {
    uint16_t resource;
    struct query_term *terms;
    struct {
        uint16_t param;
        bool is_descending;
    } sorts[QUERY_SORTS_MAX];
    struct query_include includes[QUERY_INCLUDES_MAX];
    uint32_t sort_count, include_count;
    int32_t count; /* _count; -1: unsaid */
    enum query_total total;
    enum query_summary summary;
    struct str elements;                 /* _elements, as given */
    struct str page;                     /* the server's own cursor */
    struct str ignored[QUERY_PAIRS_MAX]; /* names left out, when lenient */
    uint32_t ignored_count;
};

struct query_pair {
    struct str name, value; /* percent-decoded */
};

struct query_fault {
    struct str name; /* the parameter as given */
    const char *why; /* a short English phrase, literal */
    bool is_unknown; /* not known at all: query_known lists what is */
};

/* ERR_BAD_INPUT with *ret_fault; ERR_LIMIT: too many pairs, values, sorts or includes (with the fault's name); ERR_NOMEM. zone:
 * the site's, for dates without one. */
enum err query_read(uint16_t resource, const struct query_pair *pairs, size_t n, bool is_lenient,
                    const struct zone *zone, struct arena *arena, struct query *ret_query,
                    struct query_fault *ret_fault) MUST_USE;

/* The parameters that a resource type knows, with commas between, for the fault's text. */
struct buf;
void query_known(uint16_t resource, struct buf *to);

#endif
