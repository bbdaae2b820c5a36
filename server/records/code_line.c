#include "records/code_line.h"
#include "base/csv.h"

enum err code_line_read(struct arena *arena, struct str line, struct code_line *ret)
{
    struct csv_row row;
    enum err err = csv_read(arena, ',', &line, &row);
    if (err) return err == ERR_NOMEM ? err : ERR_BAD_INPUT;
    if (line.bytes || row.lines > 1 || row.count < 2 || row.count > 3 || !row.fields[0].bytes ||
        !row.fields[1].bytes)
        return ERR_BAD_INPUT;
    *ret = (struct code_line){row.fields[0], row.fields[1], row.count > 2 ? row.fields[2] : (struct str){0}};
    return OK;
}
