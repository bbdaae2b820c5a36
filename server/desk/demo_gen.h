/* demo_gen: what the parts of the demo's generator share (demo.h): numbers from a seed, times, and the common shapes of FHIR
 * elements. For the files demo*.c alone. */
#ifndef DESK_DEMO_GEN_H
#define DESK_DEMO_GEN_H
#include "base/json.h"
#include "desk/demo.h"

#define MINUTES_A_DAY 1440
#define DEMO_ID_BYTES 65

struct demo_specialist {
    char id[24], name[24];
    int department;  /* place in departments */
    unsigned halves; /* half days of hours: bit 0 Monday's morning, bit 1 its afternoon */
};

struct demo_gen {
    demo_put *put;
    void *ctx;
    enum err err;
    uint64_t state;   /* of the numbers */
    int64_t today;    /* days since 1970, at the site (UTC+8) */
    int64_t minute;   /* now: minutes since 1970, at the site */
    bool is_any_hour; /* who has an account works at any hour */
    struct buf body;
    struct json_out o;
    const char *type;
    char id[DEMO_ID_BYTES];
    struct demo_specialist specialists[DEMO_SPECIALISTS]; /* once the hospitals are made */
    int64_t arrived[DEMO_DETAINEES];                      /* days, once the people are made */
};

/* -- numbers -- */
void demo_seed(struct demo_gen *g, uint64_t stream); /* each part has a stream of its own */
uint32_t demo_below(struct demo_gen *g, uint32_t n);
bool demo_chance(struct demo_gen *g, uint32_t percent);
int demo_between(struct demo_gen *g, int least, int most);

/* -- a body -- */
void demo_begin(struct demo_gen *g, const char *type, const char *id_format, ...) PRINTF_LIKE(3, 4);
void demo_end(struct demo_gen *g);
void demo_text(struct demo_gen *g, const char *key, const char *text);
void demo_open(struct demo_gen *g, const char *key);
void demo_close(struct demo_gen *g);
void demo_list(struct demo_gen *g, const char *key);
void demo_list_end(struct demo_gen *g);
void demo_number(struct demo_gen *g, const char *key, const char *format, ...) PRINTF_LIKE(3, 4);
void demo_ref(struct demo_gen *g, const char *key, const char *display, const char *format, ...)
    PRINTF_LIKE(4, 5);
void demo_coding(struct demo_gen *g, const char *key, const char *system, const char *code,
                 const char *display);
/* A CodeableConcept; text may be NULL. key NULL in a list. */
void demo_concept(struct demo_gen *g, const char *key, const char *system, const char *code,
                  const char *display, const char *text);
void demo_concepts(struct demo_gen *g, const char *key, const char *system, const char *code,
                   const char *display); /* a list of one */
void demo_identifier(struct demo_gen *g, const char *system, const char *format, ...) PRINTF_LIKE(3, 4);
/* Times at the site, in minutes since 1970. */
void demo_when(struct demo_gen *g, const char *key, int64_t minute);
void demo_date(struct demo_gen *g, const char *key, int64_t day);
void demo_period(struct demo_gen *g, const char *key, int64_t from, int64_t to); /* to 0: open */
void demo_security(struct demo_gen *g, const char *code, const char *display);   /* meta with one label */

void demo_for_custody(struct demo_gen *g); /* meta with the label by which custody may see it */

/* -- the parts, in this order -- */
void demo_places(struct demo_gen *g);                       /* demo_places.c */
void demo_staff(struct demo_gen *g);                        /* demo_staff.c */
void demo_hospitals(struct demo_gen *g);                    /* demo_staff.c */
void demo_people(struct demo_gen *g, int detainees);        /* demo_people.c */
void demo_history(struct demo_gen *g, int who, int64_t in); /* demo_history.c; the day of arrival */
void demo_open_calls(struct demo_gen *g, int detainees);    /* demo_history.c */
void demo_results(struct demo_gen *g, int detainees);       /* demo_history.c */
void demo_escorts(struct demo_gen *g, int detainees);       /* demo_escorts.c */
void demo_outbreak(struct demo_gen *g, int detainees);      /* demo_outbreak.c */
void demo_consults(struct demo_gen *g, int detainees, bool is_unbooked); /* demo_consults.c */
void demo_swollen_eye(struct demo_gen *g);                               /* demo_history.c; of the first */

/* demo_intake.c: who has come these days, and the minute of it; 0: here for long. */
int64_t demo_newcomer(const struct demo_gen *g, int who);
void demo_intakes(struct demo_gen *g, int detainees);

/* demo_words.c: invented names. */
struct demo_name {
    char family[8], given[16], whole[24], pinyin[48];
    bool is_woman;
};
void demo_name(struct demo_gen *g, bool is_woman, struct demo_name *ret);
int demo_cell_of(int who); /* number of the cell */
void demo_cell_name(int cell, char ret_id[DEMO_ID_BYTES], char ret_words[32]);
#define DEMO_CELL_BYTES 16
void demo_cell_number(int cell, char ret_number[DEMO_CELL_BYTES]); /* as a registry names it: "A/A01" */
#define DEMO_CELLS 60

#define SYSTEM_ACT "http://terminology.hl7.org/CodeSystem/v3-ActCode"
#define SYSTEM_ICD10 "http://hl7.org/fhir/sid/icd-10"
#define SYSTEM_LOINC "http://loinc.org"
#define SYSTEM_UCUM "http://unitsofmeasure.org"
#define SYSTEM_DRUG "urn:yunqiao:drug"

#endif
