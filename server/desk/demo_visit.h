/* demo_visit: what people come to the clinic with, and what a visit leaves in their record. For the files demo*.c alone. */
#ifndef DESK_DEMO_VISIT_H
#define DESK_DEMO_VISIT_H
#include "desk/demo_gen.h"

enum demo_severity { ROUTINE, SOON, URGENT };
enum demo_label { OPEN, MENTAL, INFECTION };

struct demo_drug {
    const char *code, *name, *words, *route, *unit; /* words: beside dose and times; unit: UCUM */
    double amount;
    int per_day, days; /* days 0: goes on */
};
struct demo_illness {
    const char *code, *words; /* ICD-10 */
    const char *complaint, *found, *plan;
    struct demo_drug drug;
    double temperature, systolic, diastolic, pulse, oxygen;
    enum demo_severity severity;
    enum demo_label label;
    bool is_lasting;
};
enum { DEMO_HYPERTENSION = 1, DEMO_DIABETES = 2, DEMO_HIV = 18, DEMO_ILLNESSES = 20 };
extern const struct demo_illness demo_illnesses[DEMO_ILLNESSES]; /* demo_illness.c */

/* The clinic's doctors: 0 or 1. */
extern const char *const demo_doctors[2], *const demo_doctor_names[2];

/* -- common elements -- */
void demo_subject(struct demo_gen *g, const char *key, int who);
void demo_label(struct demo_gen *g, enum demo_label l);
void demo_status_pair(struct demo_gen *g, const char *what, const char *clinical);
void demo_section(struct demo_gen *g, const char *title, const char *text); /* of a note */

/* -- what was measured at a visit -- */
void demo_measure_begin(struct demo_gen *g, int who, int visit, const char *name, const char *category,
                        const char *code, const char *words, int64_t at);
void demo_measure(struct demo_gen *g, int who, int visit, const char *name, const char *code,
                  const char *words, const char *number, const char *unit, const char *ucum, int64_t at);
void demo_vitals(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int64_t at);

/* -- a visit's parts, and all of it -- */
struct demo_call {
    int64_t asked, triaged, seen; /* minutes; 0: not yet */
};
void demo_sick_call(struct demo_gen *g, int who, int visit, const struct demo_illness *ill,
                    const struct demo_call *c);
void demo_visit_encounter(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
                          int64_t at);
void demo_problem(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
                  int64_t at);
void demo_note(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
               int64_t at);
void demo_order(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
                int64_t at);
void demo_visit(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int64_t at);

#endif
