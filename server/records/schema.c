/* The tables of records. Types and parameters are the numbers of records/number.h, stable whatever the definitions add. */
#include "records/claim.h"
#include "records/codes_own.h"
#include "records/export_bulk.h"
#include "records/merge.h"
#include "records/number.h"
#include "records/records.h"
#include <stddef.h>

static const char keys_sql[] = "CREATE TABLE patient_key ("
                               " patient INTEGER PRIMARY KEY,"
                               " wrapped BLOB,"
                               " made INTEGER NOT NULL,"
                               " destroyed INTEGER,"
                               " CHECK ((wrapped IS NULL) = (destroyed IS NOT NULL))"
                               ") STRICT;"
                               "CREATE TRIGGER patient_key_is_kept BEFORE DELETE ON patient_key"
                               " BEGIN SELECT RAISE(ABORT, 'patient_key_kept'); END;"
                               "CREATE TRIGGER patient_key_is_one BEFORE UPDATE ON patient_key"
                               " WHEN OLD.destroyed IS NOT NULL OR NEW.patient IS NOT OLD.patient"
                               " OR (NEW.wrapped IS NOT NULL AND NEW.wrapped IS NOT OLD.wrapped)"
                               " BEGIN SELECT RAISE(ABORT, 'patient_key_one'); END;";

/* A version is written once and for ever; only an erasure takes its body away, after the patient's key is gone. */
static const char records_sql[] =
    "CREATE TABLE record ("
    " row INTEGER PRIMARY KEY,"
    " type INTEGER NOT NULL,"
    " id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),"
    " seq INTEGER NOT NULL,"
    " version INTEGER NOT NULL CHECK (version > 0),"
    " updated INTEGER NOT NULL,"
    " patient INTEGER NOT NULL,"
    " encounter INTEGER NOT NULL,"
    " labels INTEGER NOT NULL,"
    " lifecycle INTEGER NOT NULL CHECK (lifecycle BETWEEN 0 AND 3),"
    " is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),"
    " UNIQUE (type, id)"
    ") STRICT;"
    "CREATE INDEX record_by_type ON record (type, row) WHERE is_deleted = 0;"
    "CREATE INDEX record_by_updated ON record (type, updated, row) WHERE is_deleted = 0;"
    "CREATE INDEX record_by_patient ON record (patient, type, row) WHERE patient <> 0;"
    "CREATE TRIGGER record_is_kept BEFORE DELETE ON record"
    " BEGIN SELECT RAISE(ABORT, 'record_kept'); END;"
    "CREATE TRIGGER record_goes_on BEFORE UPDATE ON record"
    " WHEN NEW.row IS NOT OLD.row OR NEW.type IS NOT OLD.type OR NEW.id IS NOT OLD.id"
    " OR NEW.version <> OLD.version + 1 OR NEW.seq <= OLD.seq"
    " BEGIN SELECT RAISE(ABORT, 'record_goes_on'); END;"
    "CREATE TABLE record_version ("
    " seq INTEGER PRIMARY KEY,"
    " record INTEGER NOT NULL,"
    " version INTEGER NOT NULL CHECK (version > 0),"
    " type INTEGER NOT NULL,"
    " updated INTEGER NOT NULL,"
    " patient INTEGER NOT NULL,"
    " encounter INTEGER NOT NULL,"
    " labels INTEGER NOT NULL,"
    " lifecycle INTEGER NOT NULL,"
    " is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),"
    " body BLOB,"
    " UNIQUE (record, version)"
    ") STRICT;"
    "CREATE INDEX record_version_by_type ON record_version (type, seq);"
    "CREATE INDEX record_version_by_patient ON record_version (patient, seq) WHERE patient <> 0;"
    "CREATE TRIGGER record_version_is_kept BEFORE DELETE ON record_version"
    " BEGIN SELECT RAISE(ABORT, 'record_version_kept'); END;"
    "CREATE TRIGGER record_version_is_final BEFORE UPDATE ON record_version"
    " WHEN NEW.seq IS NOT OLD.seq OR NEW.record IS NOT OLD.record OR NEW.version IS NOT OLD.version"
    " OR NEW.type IS NOT OLD.type OR NEW.updated IS NOT OLD.updated OR NEW.patient IS NOT OLD.patient"
    " OR NEW.encounter IS NOT OLD.encounter OR NEW.labels IS NOT OLD.labels"
    " OR NEW.lifecycle IS NOT OLD.lifecycle OR NEW.is_deleted IS NOT OLD.is_deleted OR NEW.body IS NOT NULL"
    " OR NOT EXISTS (SELECT 1 FROM patient_key WHERE patient = OLD.patient AND destroyed IS NOT NULL)"
    " BEGIN SELECT RAISE(ABORT, 'record_version_final'); END;";

/* What searches find. Each table stands by record, for deleting, testing and sorting, and by value, for finding. Codes, systems and
 * URLs are keyed hashes (records/hash.h). */
static const char index_sql[] =
    "CREATE TABLE record_key ("
    " record INTEGER NOT NULL, param INTEGER NOT NULL, value INTEGER NOT NULL, system INTEGER NOT NULL,"
    " PRIMARY KEY (record, param, value, system)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_key_by_value ON record_key (param, value, record);"
    "CREATE TABLE record_link ("
    " record INTEGER NOT NULL, param INTEGER NOT NULL, target INTEGER NOT NULL,"
    " PRIMARY KEY (record, param, target)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_link_by_target ON record_link (target, param, record);"
    "CREATE TABLE record_date ("
    " record INTEGER NOT NULL, param INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,"
    " PRIMARY KEY (record, param, low, high)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_date_by_value ON record_date (param, low, record);"
    "CREATE TABLE record_number ("
    " record INTEGER NOT NULL, param INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL,"
    " unit INTEGER NOT NULL, system INTEGER NOT NULL,"
    " PRIMARY KEY (record, param, low, high, unit, system)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_number_by_value ON record_number (param, low, record);"
    "CREATE TABLE record_string ("
    " record INTEGER NOT NULL, param INTEGER NOT NULL, text TEXT NOT NULL, form INTEGER NOT NULL,"
    " PRIMARY KEY (record, param, text, form)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_string_by_value ON record_string (param, text, record);"
    "CREATE TABLE record_pair ("
    " record INTEGER NOT NULL, param INTEGER NOT NULL, code INTEGER NOT NULL, code_system INTEGER NOT NULL,"
    " low REAL NOT NULL, high REAL NOT NULL, value INTEGER NOT NULL, system INTEGER NOT NULL,"
    " PRIMARY KEY (record, param, code, code_system, low, high, value, system)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX record_pair_by_value ON record_pair (param, code, low, record);"
    "CREATE VIRTUAL TABLE record_text USING fts5 (narrative, content, tokenize = 'trigram');";

/* Words on their way into record_text (records/index_text); empty whenever a commit has been made. */
static const char text_due_sql[] = "CREATE TABLE record_text_due ("
                                   " row INTEGER PRIMARY KEY, narrative TEXT, content TEXT,"
                                   " is_old INTEGER NOT NULL"
                                   ") STRICT;";

const struct migration records_migrations[] = {
    {200, "keys of patients", keys_sql},
    {201, "records and their versions", records_sql},
    {202, "what searches of records find", index_sql},
    {203, "who and what is taken when", claim_sql},
    {0, NULL, NULL},
};

/* What is found in a record stands whole beside it (records/index_values); the tables by value tell which records to look at, and need no
 * second index by record. What stood in the old ones is made anew from the bodies at the next start (records/reindex). */
static const char values_sql[] =
    "DROP TABLE record_key; DROP TABLE record_link; DROP TABLE record_date; DROP TABLE record_number;"
    "DROP TABLE record_string; DROP TABLE record_pair;"
    "CREATE TABLE record_value (record INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;"
    "CREATE TABLE record_key (param INTEGER NOT NULL, value INTEGER NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY (param, value, record)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record_link (target INTEGER NOT NULL, param INTEGER NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY (target, param, record)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record_date (param INTEGER NOT NULL, low INTEGER NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY (param, low, record)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record_string (param INTEGER NOT NULL, text TEXT NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY (param, text, record)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record_pair (param INTEGER NOT NULL, code INTEGER NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY (param, code, record)) STRICT, WITHOUT ROWID;";

/* What the head or another row tells of as well has no row any more (records/index_place), and later: each value stands once
 * (records/index_values): all are made anew at the next start. */
static const char places_sql[] =
    "DELETE FROM record_key; DELETE FROM record_link; DELETE FROM record_date;"
    "DELETE FROM record_string; DELETE FROM record_pair; DELETE FROM record_value;";

/* The values of a patient's records of one type stand together, with what the guard needs of their heads: a search in a patient's chart reads
 * a few pages that lie side by side, and not two for each record (records/search_scan). */
static const char together_sql[] =
    "ALTER TABLE record_value RENAME TO record_value_apart;"
    "CREATE TABLE record_value (type INTEGER NOT NULL, patient INTEGER NOT NULL, record INTEGER NOT NULL,"
    " labels INTEGER NOT NULL, lifecycle INTEGER NOT NULL, entries BLOB NOT NULL,"
    " PRIMARY KEY (type, patient, record)) STRICT, WITHOUT ROWID;"
    "INSERT INTO record_value SELECT r.type, r.patient, r.row, r.labels, r.lifecycle, v.entries"
    " FROM record_value_apart v JOIN record r ON r.row = v.record ORDER BY 1, 2, 3;"
    "DROP TABLE record_value_apart;";

/* Indexes that each write paid for. Only an erasure asked for a patient's versions, and finds them by the patient's records; nobody asked for
 * records by the time of their change. Half of all records are Provenances: they are walked as they stand, among the others. */
static const char fewer_sql[] =
    "DROP INDEX IF EXISTS record_version_by_patient;"
    "DROP INDEX IF EXISTS record_by_updated;"
    "DROP INDEX record_by_type;"
    "CREATE INDEX record_by_type ON record (type, row) WHERE is_deleted = 0 AND type <> " NUMBER_PROVENANCE
    ";"
    "DROP INDEX record_version_by_type;"
    "CREATE INDEX record_version_by_type ON record_version (type, seq) WHERE type <> " NUMBER_PROVENANCE ";";

/* The values of each Provenance stand as they were made (records/index_place). */
static const char provenances_sql[] =
    "UPDATE record_value SET patient = 0 WHERE type = " NUMBER_PROVENANCE " AND patient <> 0;";

/* The zone in which dates without one were indexed (records/zone). No row: at eight hours always, as before there was a choice. */
static const char zone_sql[] =
    "CREATE TABLE record_zone (one INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;";

/* What the clock releases to patients, how far it has looked, and what a doctor holds back from it (records/release). */
static const char release_clock_sql[] =
    "CREATE TABLE release_clock (record INTEGER PRIMARY KEY, patient INTEGER NOT NULL, at INTEGER NOT NULL)"
    " STRICT;"
    "CREATE INDEX release_clock_by_patient ON release_clock (patient);"
    "CREATE TABLE release_seen (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;"
    "CREATE TABLE release_hold (record INTEGER PRIMARY KEY, patient INTEGER NOT NULL, at INTEGER NOT NULL,"
    " by TEXT NOT NULL, reason TEXT NOT NULL) STRICT;";

const struct migration records_late_migrations[] = {
    {310, "patients that are one", merge_sql},
    {311, "the zone of dates that name none", zone_sql},
    {312, "what the clock releases", release_clock_sql},
    {320, "words on their way into the text index", text_due_sql},
    {321, "what is found in a record, whole", values_sql},
    {322, "no row for what another tells", places_sql},
    {323, "what is found in a patient's records, together", together_sql},
    {324, "each value of a record once", places_sql}, /* records/index_values */
    {325, "indexes that are asked", fewer_sql},
    {326, "values of provenances as they were made", provenances_sql},
    {0, NULL, NULL},
};

/* When the person concerned last looked at what was released (records/release). */
static const char release_look_sql[] =
    "CREATE TABLE release_look (patient INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;";

const struct migration records_last_migrations[] = {
    {357, "exports of many records", export_bulk_sql},
    {358, "what the person concerned has looked at", release_look_sql},
    {359, "diagnoses by three characters", codes_three_sql},
    {360, "drugs have one home", codes_drug_gone_sql},
    {0, NULL, NULL},
};
