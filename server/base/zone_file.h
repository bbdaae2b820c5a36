/* zone_file: a time zone of the system's data, by its IANA name. Reads a file: for starts and for what is made anew seldom. Any thread. */
#ifndef BASE_ZONE_FILE_H
#define BASE_ZONE_FILE_H
#include "base/zone.h"

#define ZONE_NAME_MAX 64 /* of an IANA name */

/* ERR_NOT_FOUND: the system has none of that name; ERR_BAD_INPUT: it is no name; else zone_parse's. The caller's to zone_free. */
enum err zone_load(struct str name, struct zone **ret_zone) MUST_USE;
/* UTC+8 with no rule of summer: for a system without zone data. */
enum err zone_china(struct zone **ret_zone) MUST_USE;

#endif
