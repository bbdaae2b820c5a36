#include "records/chart_schema.h"
#include <stddef.h>

/* Who is asked to sign one version, and who says why not: either is said once (workflow, step 12). */
static const char cosigners_sql[] =
    "CREATE TABLE cosigner ("
    " id INTEGER PRIMARY KEY,"
    " version INTEGER NOT NULL," /* seq of the record's version */
    " record INTEGER NOT NULL,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " asked INTEGER NOT NULL, asked_by TEXT NOT NULL REFERENCES account (id),"
    " dissented INTEGER, dissent TEXT CHECK (length(trim(dissent)) > 0),"
    " CHECK ((dissented IS NULL) = (dissent IS NULL)),"
    " UNIQUE (version, account)"
    ") STRICT;"
    "CREATE INDEX cosigner_by_account ON cosigner (account, id);"
    "CREATE TRIGGER cosigner_is_kept BEFORE DELETE ON cosigner"
    " BEGIN SELECT RAISE(ABORT, 'cosigner_kept'); END;"
    "CREATE TRIGGER cosigner_answers_once BEFORE UPDATE ON cosigner"
    " WHEN OLD.dissented IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.version IS NOT OLD.version"
    " OR NEW.record IS NOT OLD.record OR NEW.account IS NOT OLD.account OR NEW.asked IS NOT OLD.asked"
    " OR NEW.asked_by IS NOT OLD.asked_by"
    " OR EXISTS (SELECT 1 FROM signature s WHERE s.version = OLD.version AND s.account = OLD.account)"
    " BEGIN SELECT RAISE(ABORT, 'cosigner_answers_once'); END;"
    "CREATE TRIGGER signature_is_no_dissent BEFORE INSERT ON signature"
    " WHEN EXISTS (SELECT 1 FROM cosigner c WHERE c.version = NEW.version AND c.account = NEW.account"
    " AND c.dissented IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'signature_is_no_dissent'); END;";

/* A final record never changes, so that it was released stands beside it. It is not taken back: what was read was read. */
static const char releases_sql[] =
    "CREATE TABLE release ("
    " record INTEGER PRIMARY KEY,"
    " patient INTEGER NOT NULL,"
    " at INTEGER NOT NULL,"
    " by TEXT NOT NULL REFERENCES account (id)"
    ") STRICT;"
    "CREATE INDEX release_by_patient ON release (patient);"
    "CREATE TRIGGER release_is_kept BEFORE DELETE ON release BEGIN SELECT RAISE(ABORT, 'release_kept'); END;"
    "CREATE TRIGGER release_is_final BEFORE UPDATE ON release BEGIN SELECT RAISE(ABORT, 'release_final'); "
    "END;";

/* The room of a consultation closes to the specialist with the grant (rule 8); a longer grant names the one that it goes on from. */
static const char grants_sql[] =
    "ALTER TABLE access_grant ADD COLUMN room TEXT;"
    "ALTER TABLE access_grant ADD COLUMN extends INTEGER REFERENCES access_grant (id);"
    "CREATE INDEX access_grant_by_patient ON access_grant (patient, id);"
    "CREATE INDEX access_grant_by_end ON access_grant (ends);"
    "CREATE TRIGGER access_grant_keeps_its_room BEFORE UPDATE ON access_grant"
    " WHEN NEW.room IS NOT OLD.room OR NEW.extends IS NOT OLD.extends"
    " BEGIN SELECT RAISE(ABORT, 'grant_only_ends'); END;";

/* What was imported from files, by the SHA-256 of the bundle: a file that is given twice is not loaded twice. Names of files are not kept,
 * as they name people. */
static const char imported_sql[] = "CREATE TABLE imported ("
                                   " digest BLOB PRIMARY KEY CHECK (length(digest) = 32),"
                                   " at INTEGER NOT NULL"
                                   ") STRICT, WITHOUT ROWID;";

const struct migration chart_migrations[] = {
    {330, "who signs together", cosigners_sql},
    {331, "what was released to the patient", releases_sql},
    {332, "rooms and extensions of grants", grants_sql},
    {333, "what was imported", imported_sql},
    {0, NULL, NULL},
};
