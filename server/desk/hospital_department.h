/* hospital_department: the departments that a hospital outside has, each an R4 HealthcareService that the hospital's Organization provides,
 * with its specialty of DEPARTMENT_SYSTEM. One that is taken away stays, inactive: what was said of it before holds. put on the desk; read
 * on a reader too. */
#ifndef DESK_HOSPITAL_DEPARTMENT_H
#define DESK_HOSPITAL_DEPARTMENT_H
#include "desk/departments.h"
#include "desk/standing.h"

/* A bit each of `departments`, of those that are active. */
enum err hospital_departments(struct tx *tx, struct record_reader *server, struct str hospital,
                              uint32_t *ret) MUST_USE;
/* Just these from now on. ERR_NOT_FOUND: no hospital. */
enum err hospital_departments_put(struct tx *tx, struct record_reader *server, struct str hospital,
                                  uint32_t wanted) MUST_USE;

#endif
