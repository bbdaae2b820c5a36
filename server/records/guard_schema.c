#include "records/guard_schema.h"
#include <stddef.h>

static const char persons_sql[] =
    "CREATE TABLE person ("
    " account TEXT PRIMARY KEY REFERENCES account (id),"
    " record INTEGER NOT NULL UNIQUE," /* row of a Practitioner, or of a detainee's Patient */
    " is_patient INTEGER NOT NULL CHECK (is_patient IN (0, 1)),"
    " cleared INTEGER NOT NULL DEFAULT 0" /* enum record_label */
    ") STRICT, WITHOUT ROWID;";

/* Nothing of a grant is changed but its end, and that only towards the past, or once from open to a time. */
static const char grants_sql[] =
    "CREATE TABLE access_grant ("
    " id INTEGER PRIMARY KEY,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " patient INTEGER NOT NULL,"
    " encounter INTEGER NOT NULL,"
    " starts INTEGER NOT NULL,"
    " ends INTEGER," /* NULL: open until it is signed */
    " labels INTEGER NOT NULL,"
    " given_by TEXT NOT NULL REFERENCES account (id),"
    " given INTEGER NOT NULL,"
    " revoked INTEGER, revoked_by TEXT REFERENCES account (id),"
    " signed INTEGER,"
    " CHECK (ends IS NULL OR ends >= starts),"
    " CHECK ((revoked IS NULL) = (revoked_by IS NULL))"
    ") STRICT;"
    "CREATE INDEX access_grant_by_account ON access_grant (account, ends);"
    "CREATE INDEX access_grant_by_encounter ON access_grant (encounter);"
    "CREATE TRIGGER access_grant_is_kept BEFORE DELETE ON access_grant"
    " BEGIN SELECT RAISE(ABORT, 'grant_kept'); END;"
    "CREATE TRIGGER access_grant_only_ends BEFORE UPDATE ON access_grant"
    " WHEN NEW.id IS NOT OLD.id OR NEW.account IS NOT OLD.account OR NEW.patient IS NOT OLD.patient"
    " OR NEW.encounter IS NOT OLD.encounter OR NEW.starts IS NOT OLD.starts OR NEW.labels IS NOT OLD.labels"
    " OR NEW.given_by IS NOT OLD.given_by OR NEW.given IS NOT OLD.given"
    " OR (OLD.revoked IS NOT NULL AND NEW.revoked IS NOT OLD.revoked)"
    " OR (OLD.ends IS NOT NULL AND (NEW.ends IS NULL OR NEW.ends > OLD.ends))"
    " BEGIN SELECT RAISE(ABORT, 'grant_only_ends'); END;"
    "CREATE TABLE access_grant_record ("
    " access_grant INTEGER NOT NULL REFERENCES access_grant (id),"
    " record INTEGER NOT NULL,"
    " is_written INTEGER NOT NULL CHECK (is_written IN (0, 1)),"
    " PRIMARY KEY (access_grant, record)"
    ") STRICT, WITHOUT ROWID;";

/* Rule 11: who broke it never closes the review. */
static const char glasses_sql[] =
    "CREATE TABLE glass ("
    " id INTEGER PRIMARY KEY,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " role TEXT NOT NULL,"
    " patient INTEGER NOT NULL,"
    " reason TEXT NOT NULL CHECK (length(trim(reason)) > 0),"
    " starts INTEGER NOT NULL,"
    " ends INTEGER NOT NULL CHECK (ends > starts AND ends <= starts + 3600000),"
    " reviewed INTEGER, reviewed_by TEXT REFERENCES account (id),"
    " verdict TEXT CHECK (verdict IN ('justified', 'unjustified')),"
    " remark TEXT,"
    " CHECK (reviewed_by IS NOT account),"
    " CHECK ((reviewed IS NULL) = (reviewed_by IS NULL) AND (reviewed IS NULL) = (verdict IS NULL))"
    ") STRICT;"
    "CREATE INDEX glass_by_account ON glass (account, ends);"
    "CREATE INDEX glass_to_review ON glass (id) WHERE reviewed IS NULL;"
    "CREATE TRIGGER glass_is_kept BEFORE DELETE ON glass BEGIN SELECT RAISE(ABORT, 'glass_kept'); END;"
    "CREATE TRIGGER glass_is_reviewed_once BEFORE UPDATE ON glass"
    " WHEN OLD.reviewed IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.account IS NOT OLD.account"
    " OR NEW.role IS NOT OLD.role OR NEW.patient IS NOT OLD.patient OR NEW.reason IS NOT OLD.reason"
    " OR NEW.starts IS NOT OLD.starts OR NEW.ends > OLD.ends"
    " BEGIN SELECT RAISE(ABORT, 'glass_reviewed_once'); END;";

static const char erasures_sql[] =
    "CREATE TABLE erasure ("
    " id INTEGER PRIMARY KEY,"
    " patient INTEGER NOT NULL,"
    " reason TEXT NOT NULL CHECK (length(trim(reason)) > 0),"
    " asked INTEGER NOT NULL, asked_by TEXT NOT NULL REFERENCES account (id),"
    " decided INTEGER, decided_by TEXT REFERENCES account (id),"
    " is_done INTEGER CHECK (is_done IN (0, 1))," /* 0: declined */
    " CHECK (decided_by IS NOT asked_by),"
    " CHECK ((decided IS NULL) = (decided_by IS NULL) AND (decided IS NULL) = (is_done IS NULL))"
    ") STRICT;"
    "CREATE UNIQUE INDEX erasure_is_asked_once ON erasure (patient) WHERE decided IS NULL;"
    "CREATE TRIGGER erasure_is_kept BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT, 'erasure_kept'); END;"
    "CREATE TRIGGER erasure_is_decided_once BEFORE UPDATE ON erasure"
    " WHEN OLD.decided IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.patient IS NOT OLD.patient"
    " OR NEW.reason IS NOT OLD.reason OR NEW.asked IS NOT OLD.asked OR NEW.asked_by IS NOT OLD.asked_by"
    " BEGIN SELECT RAISE(ABORT, 'erasure_decided_once'); END;";

/* A key is made for a person and an algorithm; an old one is kept, so that what it signed can be checked. */
static const char seals_sql[] =
    "CREATE TABLE signing_key ("
    " id INTEGER PRIMARY KEY,"
    " account TEXT NOT NULL REFERENCES account (id),"
    " algorithm TEXT NOT NULL CHECK (algorithm IN ('ecdsa-p256-sha256', 'sm2-sm3')),"
    " secret BLOB NOT NULL," /* PKCS #8; the vault seals it as it seals every page */
    " public TEXT NOT NULL," /* PEM */
    " made INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX signing_key_by_account ON signing_key (account, algorithm);"
    "CREATE TRIGGER signing_key_is_kept BEFORE DELETE ON signing_key"
    " BEGIN SELECT RAISE(ABORT, 'signing_key_kept'); END;"
    "CREATE TRIGGER signing_key_is_final BEFORE UPDATE ON signing_key"
    " BEGIN SELECT RAISE(ABORT, 'signing_key_final'); END;"
    "CREATE TABLE signature ("
    " id INTEGER PRIMARY KEY,"
    " version INTEGER NOT NULL," /* seq of the record's version */
    " signing_key INTEGER NOT NULL REFERENCES signing_key (id),"
    " account TEXT NOT NULL REFERENCES account (id),"
    " role TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " statement TEXT NOT NULL," /* the first line of what was signed */
    " value BLOB NOT NULL,"
    " UNIQUE (version, account)"
    ") STRICT;"
    "CREATE TRIGGER signature_is_kept BEFORE DELETE ON signature"
    " BEGIN SELECT RAISE(ABORT, 'signature_kept'); END;"
    "CREATE TRIGGER signature_is_final BEFORE UPDATE ON signature"
    " BEGIN SELECT RAISE(ABORT, 'signature_final'); END;";

/* Whether the person concerned may read why it was broken: the reviewer says so. */
static const char glass_told_sql[] =
    "ALTER TABLE glass ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1));";

/* Rule 33: asked for by one duty, decided by another, handed out once; nothing of it is changed afterwards. */
static const char exports_sql[] =
    "CREATE TABLE export ("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL CHECK (kind IN ('record', 'audit')),"
    " is_zip INTEGER NOT NULL CHECK (is_zip IN (0, 1)),"
    " patient INTEGER NOT NULL," /* row; 0: rows of the trail about anybody */
    " scope TEXT NOT NULL,"
    " recipient TEXT NOT NULL CHECK (length(trim(recipient)) > 0),"
    " reason TEXT NOT NULL CHECK (length(trim(reason)) > 0),"
    " asked INTEGER NOT NULL, asked_by TEXT NOT NULL REFERENCES account (id),"
    " asked_role TEXT NOT NULL CHECK (asked_role IN ('clinic-doctor', 'privacy-officer')),"
    " decided INTEGER, decided_by TEXT REFERENCES account (id), decided_role TEXT,"
    " is_granted INTEGER CHECK (is_granted IN (0, 1)), remark TEXT,"
    " key_hash BLOB, key_ends INTEGER, fetched INTEGER,"
    " CHECK (decided_by IS NOT asked_by),"
    " CHECK (kind = 'audit' OR patient <> 0),"
    " CHECK (kind = 'record' OR asked_role = 'privacy-officer'),"
    " CHECK (kind = 'audit' OR decided_role IS NOT asked_role),"
    " CHECK ((decided IS NULL) = (decided_by IS NULL) AND (decided IS NULL) = (is_granted IS NULL)),"
    " CHECK ((key_hash IS NULL AND fetched IS NULL) OR is_granted = 1)"
    ") STRICT;"
    "CREATE INDEX export_by_asker ON export (asked_by, asked);"
    "CREATE TRIGGER export_is_kept BEFORE DELETE ON export BEGIN SELECT RAISE(ABORT, 'export_kept'); END;"
    "CREATE TRIGGER export_goes_on BEFORE UPDATE ON export"
    " WHEN OLD.fetched IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind"
    " OR NEW.is_zip IS NOT OLD.is_zip OR NEW.patient IS NOT OLD.patient OR NEW.scope IS NOT OLD.scope"
    " OR NEW.recipient IS NOT OLD.recipient OR NEW.reason IS NOT OLD.reason OR NEW.asked IS NOT OLD.asked"
    " OR NEW.asked_by IS NOT OLD.asked_by OR NEW.asked_role IS NOT OLD.asked_role"
    " OR (OLD.decided IS NOT NULL AND (NEW.decided IS NOT OLD.decided OR NEW.decided_by IS NOT OLD.decided_by"
    " OR NEW.decided_role IS NOT OLD.decided_role OR NEW.is_granted IS NOT OLD.is_granted"
    " OR NEW.remark IS NOT OLD.remark))"
    " BEGIN SELECT RAISE(ABORT, 'export_goes_on'); END;";

/* Of patients who have died: nobody writes in them. */
static const char closed_sql[] =
    "CREATE TABLE record_closed (patient INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT;";

const struct migration guard_migrations[] = {
    {220, "persons behind accounts", persons_sql},
    {221, "grants", grants_sql},
    {222, "broken glasses and their review", glasses_sql},
    {223, "erasures by two", erasures_sql},
    {224, "signing keys and signatures", seals_sql},
    {225, "who may know why a glass was broken", glass_told_sql},
    {226, "exports by two", exports_sql},
    {227, "records that are closed", closed_sql},
    {0, NULL, NULL},
};
