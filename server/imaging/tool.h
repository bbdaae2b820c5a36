/* tool: DCMTK's programs, each run as a child in a box (imaging/box), asked for one thing: the words of a DICOM object as JSON in UTF-8,
 * a picture of a frame, an object with its pixels unpacked. The object is given and the answer taken in memory files; no shell, no name
 * of a file, nothing on a disk. A child that takes longer than it may is killed.
 *
 * Blocks its caller: an errand's thread. ERR_BAD_INPUT: the tool will not have it. ERR_TIMEOUT. ERR_NOT_FOUND: DCMTK or the box is not
 * installed. ERR_LIMIT: the answer, or what was asked about, is larger than may be. */
#ifndef IMAGING_TOOL_H
#define IMAGING_TOOL_H
#include "base/buf.h"
#include "imaging/dicom.h"

#define TOOL_OBJECT_BYTES_MAX (200LL * 1024 * 1024)
#define TOOL_SIDE_MAX 4096 /* of a picture that is drawn larger or smaller */

/* A memory file with these stretches of the source, one after the other; the caller closes it. */
enum err tool_object(const struct source *from, const struct dicom_stretch *stretches, size_t n,
                     int *ret_fd) MUST_USE;

/* program: the box. The whole data set as PS3.18 JSON; what it is written in is turned into UTF-8 before. */
enum err tool_json(const char *program, int object, struct buf *to) MUST_USE;

struct tool_picture {
    const char *syntax; /* the object's transfer syntax */
    uint32_t frame;     /* 1 … */
    bool is_png;        /* or JPEG */
    bool has_window;
    double center, width;
    uint32_t
        side_max; /* 0: as large as it is; else the longer side, of a picture whose shape is rows and columns */
    uint32_t rows, columns;
    bool is_gray, has_own_window; /* window of the file, or its least and greatest values */
};
/* ERR_UNSUPPORTED: no tool here can unpack this transfer syntax. */
enum err tool_picture(const char *program, int object, const struct tool_picture *ask,
                      struct buf *to) MUST_USE;
bool tool_can_draw(const char *syntax);

/* The object in explicit little endian, its pixels unpacked, as a memory file. */
enum err tool_unpack(const char *program, int object, const char *syntax, int *ret_fd) MUST_USE;

/* A memory file as a source. ctx is the descriptor's place. */
enum err tool_source(int *fd, struct source *ret) MUST_USE;

#endif
