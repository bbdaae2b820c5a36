#include "store/scrub.h"
#include "store/db_open.h"
#include "store/vault_file.h"

void scrub_init(struct scrub *s, struct db *db)
{
    *s = (struct scrub){.db = db, .next = 1};
}

static struct vault_file *scrub_file(struct scrub *s)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(db_handle(s->db), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    ASSERT(rc == SQLITE_OK && vault_is_file(file));
    return (struct vault_file *)file;
}

enum err scrub_step(struct scrub *s, int pages_max, bool *ret_more)
{
    struct vault_file *f = scrub_file(s);
    int64_t size = 0;
    int rc = under_size(f, &size);
    if (rc != SQLITE_OK) return db_err(s->db, rc);
    s->pages =
        (size + VAULT_PAGE_BYTES - 1) / VAULT_PAGE_BYTES; /* a torn last page is looked at, and found */
    for (int i = 0; i < pages_max && s->next <= s->pages; i++, s->next++) {
        rc = vault_db_check(f, s->next);
        if (rc == SQLITE_IOERR_DATA) {
            if (s->bad++ == 0) s->first_bad = s->next;
        } else if (rc != SQLITE_OK) {
            return db_err(s->db, rc);
        }
        s->checked++;
    }
    *ret_more = s->next <= s->pages;
    return OK;
}
