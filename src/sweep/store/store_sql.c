/* Statements over a store, with its path in their messages. */
#include "base/text/text.h"
#include "sweep/store/store_file.h"

cn_status cn__store_fail(sqlite3 *db, const char *path)
{
    if ((sqlite3_errcode(db) & 0xff) == SQLITE_NOMEM) return cn__fail_memory(0, "the store");
    return cn__fail(CN_ERROR_FILE, "store %s: %s", path, sqlite3_errmsg(db));
}

cn_status cn__store_exec(sqlite3 *db, const char *path, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? CN_OK : cn__store_fail(db, path);
}

sqlite3_stmt *cn__store_prepare(sqlite3 *db, const char *path, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK) return s;
    (void)cn__store_fail(db, path);
    return NULL;
}
