/* zone_own: the zone of dates that name none, read when the store of records is opened. */
#ifndef RECORDS_ZONE_OWN_H
#define RECORDS_ZONE_OWN_H
#include "base/zone.h"
#include "records/records.h"

/* The one that the index was made in. A system whose zone data has lost it goes by UTC+8, as it was there before. */
enum err zone_open(struct records *r) MUST_USE;

#endif
