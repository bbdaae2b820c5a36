/* dicom: where things lie in a DICOM file (PS3.10, PS3.5 §7): the file meta information, the data set up to the pixel data, the frames.
 * What the data set says in words is DCMTK's to read (imaging/tool); this only finds borders, so that the head of a file of 200 MB can be
 * given away without its pixels, and a frame can be sent without the rest.
 *
 *   128 bytes | "DICM" | (0002,xxxx) explicit little endian | data set in the file's transfer syntax … | (7FE0,0010) pixels
 *
 * Every length is checked against what is there; sequences are walked, at most DICOM_DEPTH_MAX deep and DICOM_ELEMENTS_MAX elements long.
 * Pure; one thread. */
#ifndef IMAGING_DICOM_H
#define IMAGING_DICOM_H
#include "imaging/source.h"

#define DICOM_UID_BYTES 65
#define DICOM_DEPTH_MAX 24
#define DICOM_ELEMENTS_MAX 200000
#define DICOM_HEAD_BYTES_MAX (16LL * 1024 * 1024) /* of all that stands before the pixels */
#define DICOM_FRAMES_MAX 65536

enum dicom_syntax {
    DICOM_PLAIN,    /* pixels lie there as they are */
    DICOM_PACKED,   /* in fragments (PS3.5 §A.4) */
    DICOM_DEFLATED, /* all of the data set is: nothing in it can be found from here */
};

struct dicom {
    char syntax[DICOM_UID_BYTES], sop_class[DICOM_UID_BYTES], sop_instance[DICOM_UID_BYTES];
    enum dicom_syntax kind;
    bool is_big, is_implicit;
    int64_t data_set; /* where it begins */
    int64_t head;     /* where the pixels' element begins; the end of the file when there is none */
    bool has_pixels;
    int64_t pixels, pixel_bytes; /* their value; of packed ones up to the end of the sequence */
    uint32_t rows, columns, samples, allocated, frames;
};

/* ERR_BAD_INPUT: what is wrong is in *ret_why, an English phrase. ERR_LIMIT: a head longer than may be. Or what reading returns. */
enum err dicom_read(const struct source *from, struct dicom *ret, const char **ret_why) MUST_USE;

/* The bytes of a frame (1 …). A packed one is a list of fragments without their item heads. */
struct dicom_stretch {
    int64_t offset, bytes;
};
/* At most stretches_max; ERR_NOT_FOUND: no such frame; ERR_UNSUPPORTED: nobody can tell where it lies; ERR_LIMIT. */
enum err dicom_frame(const struct source *from, const struct dicom *d, uint32_t frame,
                     struct dicom_stretch *ret, size_t stretches_max, size_t *ret_n) MUST_USE;

#endif
