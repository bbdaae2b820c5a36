/* dicom_find: the endpoint of QIDO-RS; on a reader. */
#ifndef API_DICOM_FIND_H
#define API_DICOM_FIND_H
#include "api/dicom.h"

enum err dicom_find(struct request *r, struct tx *tx, const struct dicom_path *path) MUST_USE;

#endif
