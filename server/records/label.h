/* label: what a body says about its own secrecy (meta.security) and state (status), as the few values a head keeps. Pure. */
#ifndef RECORDS_LABEL_H
#define RECORDS_LABEL_H
#include "records/record.h"

uint32_t label_of(const struct tape *tape, uint32_t node); /* enum record_label */
enum record_lifecycle label_lifecycle(const struct tape *tape, uint32_t node);
/* The labels of secrecy that people choose, by their codes: "R", "V", "PSY", "HIV", "ETH", "SEX"; 0, NULL: none such. */
uint32_t label_secret_from(struct str code);
const char *label_secret_code(uint32_t label);

#endif
