/* dicom: what the endpoints of /dicom-web share (docs/PROTOCOL §15): the address, the study as the asker may see it, bytes of sealed files. */
#ifndef API_DICOM_H
#define API_DICOM_H
#include "api/request.h"
#include "imaging/dicom.h"
#include "records/attach.h"
#include "records/picture.h"

#define DICOM_LIST_MAX 5000 /* instances of one answer */
#define DICOM_JSON "application/dicom+json"

enum dicom_what {
    DICOM_LIST_STUDIES,
    DICOM_LIST_SERIES,
    DICOM_LIST_INSTANCES,
    DICOM_OBJECTS,
    DICOM_METADATA,
    DICOM_FRAMES,
    DICOM_RENDERED,
    DICOM_THUMBNAIL,
    DICOM_BULK,
};
struct dicom_path {
    enum dicom_what what;
    struct str study, series, instance; /* UIDs; empty: not said */
    struct str frames;                  /* "1,2"; of a drawn one a single number; empty: not said */
};
/* path: below /dicom-web/. Pure. False: no such address. */
bool dicom_path_read(struct str path, struct dicom_path *ret);
/* The next number of a list of frames; 0: it is none, or the list is at its end. */
uint32_t dicom_path_frame(struct str *list);

/* The reader and the head of the study's record; 404 as a fault when absent or not to be seen. */
enum err dicom_study(struct request *r, struct tx *tx, struct str study, struct record_reader *who,
                     struct record_head *ret) MUST_USE;
/* "https://host/dicom-web"; at NULL: no memory. */
struct str dicom_base(struct request *r);
/* The trail's row: which study (its ImagingStudy's version) was read, found or drawn, and how much of it. */
enum err dicom_trace(struct request *r, const char *action, const struct record_head *head,
                     int64_t count) MUST_USE;
/* Does Accept allow this media type? Empty: everything is. */
bool dicom_accepts(const struct request *r, const char *type);

/* A sealed file as a source; done allowed when new failed. */
struct dicom_file {
    struct file_reader *reader;
    struct source source;
};
enum err dicom_file_open(struct request *r, const struct file_seal *seal, struct dicom_file *ret) MUST_USE;
void dicom_file_done(struct dicom_file *f);

/* dicom_draw.c: pictures; the errand's part of DICOM_RENDERED and DICOM_THUMBNAIL. */
struct dicom_drawing {
    struct attach file;
    struct picture picture;
    uint32_t frame;
    bool is_thumbnail;
};
void dicom_draw(struct request *r, struct dicom_drawing *what);

#endif
