/* export_own: between export.c and export_bulk.c. */
#ifndef RECORDS_EXPORT_OWN_H
#define RECORDS_EXPORT_OWN_H

/* SQL: the account that may fetch an export. Of records, the doctor of the two; of the trail, who asked. */
#define EXPORT_FETCHER                                                                                       \
    "CASE WHEN kind <> 'audit' AND asked_role = 'privacy-officer' THEN decided_by ELSE asked_by END"

#endif
