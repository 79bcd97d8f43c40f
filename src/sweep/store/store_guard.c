/* A store may come from a stranger. SQLite's files can define triggers, views, computed columns and indexes over expressions, all of
 * which run when tables are read or written: none of them does here. */
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "sweep/store/store_file.h"

static cn_status configure(sqlite3 *db, const char *path)
{
    static const struct {
        int what, value;
    } settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (sqlite3_db_config(db, settings[i].what, settings[i].value, NULL) != SQLITE_OK)
            return cn__store_fail(db, path);
    return cn__store_exec(db, path, "PRAGMA cell_size_check=ON");
}

/* SQLite plays back a rollback journal that lies beside a file, and may remove a file that the journal names. A store is in WAL
 * mode and has one only while it is made. */
static cn_status check_journal(const char *path)
{
    cn__text journal = {0};
    cn__text_printf(&journal, "%s-journal", path);
    if (journal.failed) return cn__fail_memory(journal.size, "a path");
    const bool there = cn__file_exists(journal.data);
    cn__text_free(&journal);
    if (!there) return CN_OK;
    return cn__fail(
        CN_ERROR_FORMAT,
        "store %s: %s-journal lies beside it, which a whole store has not; the command that wrote "
        "the store mends it",
        path, path);
}

cn_status cn__store_guard(sqlite3 *db, const char *path, bool writes)
{
    CN_TRY(configure(db, path));
    return writes ? CN_OK : check_journal(path);
}

/* ---- the tables ------------------------------------------------------------------------------------------------------ */

/* Is the definition that the row of `s` has (type, name, tbl_name, sql) as `own` has it? */
static cn_status compare_definition(sqlite3_stmt *s, sqlite3 *own, const char *path)
{
    int64_t tables = 0, same = 0;
    const char *type = (const char *)sqlite3_column_text(s, 0),
               *name = (const char *)sqlite3_column_text(s, 1);
    sqlite3_stmt *q = cn__store_prepare(own, path,
                                        "SELECT count(*), ifnull(sum(type=?1 AND name=?2 AND sql IS ?4), 0)"
                                        " FROM sqlite_schema WHERE tbl_name=?3 COLLATE NOCASE");
    if (!q) return cn_error_status();
    for (int i = 0; i < 4; i++) sqlite3_bind_value(q, i + 1, sqlite3_column_value(s, i));
    const bool row = sqlite3_step(q) == SQLITE_ROW;
    if (row) tables = sqlite3_column_int64(q, 0), same = sqlite3_column_int64(q, 1);
    sqlite3_finalize(q);
    if (!row) return cn__store_fail(own, path);
    const bool trigger = !type || strcmp(type, "trigger") == 0;
    if (!trigger && (!tables || same)) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "store %s: its %s '%s' is none of a store of runs", path,
                    type ? type : "entry", name ? name : "");
}

/* Every table of a store is there as this program makes it. Tables and views of others are passed over: nothing reads them. */
static cn_status compare(sqlite3 *db, sqlite3 *own, const char *path)
{
    int code;
    cn_status status = CN_OK;
    sqlite3_stmt *s = cn__store_prepare(db, path, "SELECT type, name, tbl_name, sql FROM sqlite_schema");
    if (!s) return cn_error_status();
    while ((code = sqlite3_step(s)) == SQLITE_ROW && status == CN_OK)
        status = compare_definition(s, own, path);
    if (status == CN_OK && code != SQLITE_DONE) status = cn__store_fail(db, path);
    sqlite3_finalize(s);
    return status;
}

cn_status cn__store_compare_schema(sqlite3 *db, const char *path, const char *schema)
{
    sqlite3 *own = NULL;
    cn_status status =
        sqlite3_open_v2(":memory:", &own, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK
            ? CN_OK
            : cn__fail_memory(0, "the store");
    if (status == CN_OK) status = cn__store_exec(own, path, schema);
    if (status == CN_OK) status = compare(db, own, path);
    sqlite3_close(own);
    return status;
}
