#include "auth/schema.h"
#include <stddef.h>

/* The worlds and administrators of auth/role.c; a test compares both. */
static const char roles_sql[] =
    "CREATE TABLE role ("
    " name TEXT PRIMARY KEY,"
    " world TEXT NOT NULL CHECK (world IN ('clinical','detainee','scheduling','custody','administration')),"
    " is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),"
    " bit INTEGER NOT NULL UNIQUE"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO role (name, world, is_admin, bit) VALUES"
    " ('clinic-doctor', 'clinical', 0, 1),"
    " ('nurse', 'clinical', 0, 2),"
    " ('pharmacist', 'clinical', 0, 4),"
    " ('specialist', 'clinical', 0, 8),"
    " ('interpreter', 'clinical', 0, 16),"
    " ('detainee', 'detainee', 0, 32),"
    " ('scheduling-admin', 'scheduling', 0, 64),"
    " ('guard', 'custody', 0, 128),"
    " ('duty-command', 'custody', 0, 256),"
    " ('privacy-officer', 'administration', 1, 512),"
    " ('security-admin', 'administration', 1, 1024),"
    " ('system-admin', 'administration', 1, 2048);"
    "CREATE TRIGGER role_is_fixed_insert BEFORE INSERT ON role"
    " BEGIN SELECT RAISE(ABORT, 'roles_fixed'); END;"
    "CREATE TRIGGER role_is_fixed_update BEFORE UPDATE ON role"
    " BEGIN SELECT RAISE(ABORT, 'roles_fixed'); END;"
    "CREATE TRIGGER role_is_fixed_delete BEFORE DELETE ON role"
    " BEGIN SELECT RAISE(ABORT, 'roles_fixed'); END;";

static const char accounts_sql[] =
    "CREATE TABLE account ("
    " id TEXT PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 40),"
    " display TEXT NOT NULL CHECK (length(display) BETWEEN 1 AND 60),"
    " staff_number TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(staff_number) BETWEEN 1 AND "
    "32)," /* one account a person */
    " created INTEGER NOT NULL,"
    " disabled INTEGER,"
    " password TEXT NOT NULL," /* argon2id, libsodium's text form */
    " password_at INTEGER NOT NULL,"
    " password_given INTEGER NOT NULL CHECK (password_given IN (0, 1))," /* by somebody else: to be changed */
    " totp_secret BLOB,"
    " totp_step INTEGER NOT NULL DEFAULT 0," /* the last one used */
    " totp_next BLOB,"                       /* being set up, not confirmed */
    " last_login INTEGER,"
    " last_from TEXT"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER account_is_kept BEFORE DELETE ON account" /* the trail names accounts for ever */
    " BEGIN SELECT RAISE(ABORT, 'account_kept'); END;"
    "CREATE TRIGGER account_is_one_person BEFORE UPDATE OF id, staff_number ON account"
    " WHEN NEW.id IS NOT OLD.id OR NEW.staff_number IS NOT OLD.staff_number"
    " BEGIN SELECT RAISE(ABORT, 'account_person'); END;"
    "CREATE TABLE account_role ("
    " account TEXT NOT NULL REFERENCES account (id),"
    " role TEXT NOT NULL REFERENCES role (name),"
    " PRIMARY KEY (account, role)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX account_role_by_role ON account_role (role);"
    "CREATE TRIGGER account_role_excludes BEFORE INSERT ON account_role"
    " WHEN EXISTS (SELECT 1 FROM account_role held JOIN role theirs ON theirs.name = held.role"
    "              JOIN role ours ON ours.name = NEW.role"
    "              WHERE held.account = NEW.account AND theirs.name <> ours.name"
    "              AND (theirs.world <> ours.world OR (theirs.is_admin = 1 AND ours.is_admin = 1)))"
    " BEGIN SELECT RAISE(ABORT, 'roles_exclude'); END;"
    "CREATE TRIGGER account_role_is_not_changed BEFORE UPDATE ON account_role" /* given and taken, never turned */
    " BEGIN SELECT RAISE(ABORT, 'roles_exclude'); END;";

static const char logins_sql[] =
    "CREATE TABLE recovery_code ("
    " account TEXT NOT NULL REFERENCES account (id),"
    " hash BLOB NOT NULL,"
    " used INTEGER,"
    " PRIMARY KEY (account, hash)"
    ") STRICT, WITHOUT ROWID;"
    /* Wrong tries by the hash of the name typed, so that a name nobody has is locked just as one that is. */
    "CREATE TABLE lockout ("
    " name_hash BLOB PRIMARY KEY,"
    " account TEXT REFERENCES account (id),"
    " failed INTEGER NOT NULL,"
    " locks INTEGER NOT NULL,"
    " locked_until INTEGER,"
    " last INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX lockout_by_account ON lockout (account);"
    "CREATE INDEX lockout_by_last ON lockout (last) WHERE account IS NULL;"
    "CREATE TABLE ticket ("
    " hash BLOB PRIMARY KEY,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " next TEXT NOT NULL CHECK (next IN ('password', 'totp', 'enrol')),"
    " ends INTEGER NOT NULL,"
    " secret BLOB" /* the TOTP secret shown and not confirmed */
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX ticket_by_account ON ticket (account);"
    "CREATE INDEX ticket_by_ends ON ticket (ends);"
    "CREATE TABLE session ("
    " id TEXT PRIMARY KEY,"
    " token_hash BLOB NOT NULL UNIQUE,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " started INTEGER NOT NULL,"
    " seen INTEGER NOT NULL,"
    " ends INTEGER NOT NULL,"
    " address TEXT NOT NULL,"
    " agent TEXT NOT NULL,"
    " before INTEGER,"
    " before_address TEXT,"
    " failed_before INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX session_by_account ON session (account);"
    "CREATE INDEX session_by_ends ON session (ends);"
    "CREATE TABLE token ("
    " id TEXT PRIMARY KEY,"
    " token_hash BLOB NOT NULL UNIQUE,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " label TEXT NOT NULL,"
    " created INTEGER NOT NULL,"
    " ends INTEGER NOT NULL,"
    " used INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX token_by_account ON token (account);";

static const char drafts_sql[] = "CREATE TABLE draft ("
                                 " account TEXT NOT NULL REFERENCES account (id),"
                                 " key TEXT NOT NULL,"
                                 " text TEXT NOT NULL,"
                                 " saved INTEGER NOT NULL,"
                                 " PRIMARY KEY (account, key)"
                                 ") STRICT, WITHOUT ROWID;"
                                 "CREATE INDEX draft_by_saved ON draft (saved);";

/* What `yunqiao demo` prints again. A password or a second factor set by anybody else takes the row away. */
static const char demo_sql[] =
    "CREATE TABLE demo_login ("
    " account TEXT PRIMARY KEY REFERENCES account (id),"
    " password TEXT NOT NULL,"
    " totp_secret BLOB"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE demo_account (account TEXT PRIMARY KEY REFERENCES account (id)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER demo_login_ends AFTER UPDATE OF password_at, password_given, totp_secret ON account"
    " WHEN NEW.password_at IS NOT OLD.password_at OR NEW.password_given IS NOT OLD.password_given"
    " OR NEW.totp_secret IS NOT OLD.totp_secret"
    " BEGIN DELETE FROM demo_login WHERE account = NEW.id; END;";

/* The key of a terminal is in its cookie; of the code that waits, of the key and of what a device asserted only hashes are kept. */
static const char terminals_sql[] =
    "CREATE TABLE terminal ("
    " id TEXT PRIMARY KEY,"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),"
    " made_by TEXT NOT NULL," /* an account; empty: the operator */
    " created INTEGER NOT NULL,"
    " code_hash BLOB UNIQUE,"
    " code_ends INTEGER,"
    " key_hash BLOB UNIQUE,"
    " enrolled INTEGER,"
    " address TEXT NOT NULL DEFAULT '',"
    " seen INTEGER," /* the last login there */
    " revoked INTEGER,"
    " device TEXT NOT NULL DEFAULT ''," /* the public key of the device beside it, PEM */
    " device_algorithm TEXT NOT NULL DEFAULT ''"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER terminal_is_kept BEFORE DELETE ON terminal" /* the trail names terminals for ever */
    " BEGIN SELECT RAISE(ABORT, 'terminal_kept'); END;"
    "CREATE TRIGGER terminal_stays_revoked BEFORE UPDATE ON terminal WHEN OLD.revoked IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'terminal_revoked'); END;"
    "CREATE TABLE terminal_session ("
    " session TEXT PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,"
    " terminal TEXT NOT NULL REFERENCES terminal (id)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX terminal_session_by_terminal ON terminal_session (terminal);"
    "CREATE TABLE assertion (" /* who a device says stands there; kept until no copy of it could be good */
    " hash BLOB PRIMARY KEY,"
    " terminal TEXT NOT NULL REFERENCES terminal (id),"
    " account TEXT NOT NULL REFERENCES account (id),"
    " ends INTEGER NOT NULL,"
    " used INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX assertion_by_terminal ON assertion (terminal);"
    "CREATE INDEX assertion_by_ends ON assertion (ends);";

const struct migration auth_migrations[] = {
    {1, "roles and their worlds", roles_sql},
    {2, "accounts, one a person", accounts_sql},
    {3, "logins, sessions and tokens", logins_sql},
    {4, "drafts", drafts_sql},
    {5, "demo logins", demo_sql},
    {6, "wall terminals, enrolled by a code", terminals_sql},
    {0, NULL, NULL},
};
