/* demo_image: drawn DICOM objects for the demo's man with the swollen eye: a CT of the orbits in thin slices, and a photo. Nobody's head:
 * ellipses and noise from a formula. Pure; the same bytes each time. */
#ifndef DESK_DEMO_IMAGE_H
#define DESK_DEMO_IMAGE_H
#include "base/buf.h"
#include "base/clock.h"
#include "records/picture.h"

#define DEMO_IMAGES 17 /* the last is the photo */
#define DEMO_IMAGE_CT "demo-p001-ct"
#define DEMO_IMAGE_PHOTO "demo-p001-photo"

struct demo_image {
    const char *study_id;   /* of its ImagingStudy: one of the two above */
    struct picture picture; /* UIDs, numbers; no rows yet */
};
void demo_image_name(int i, struct demo_image *ret);
/* file: the object; said: its attributes (dicom+json), as DCMTK would read them. */
void demo_image(int i, struct instant now, struct str patient_number, struct demo_image *ret,
                struct buf *file, struct buf *said);

#endif
