/* The file of a store: opening and locking it, checking that it is one, and statements over it. */
#ifndef CN_SWEEP_STORE_FILE_H
#define CN_SWEEP_STORE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/status.h"

/* What the database calls itself: PRAGMA application_id and user_version. */
enum { CN_STORE_APPLICATION = 0x434e5253, CN_STORE_VERSION = 1 };

/* ---- store_sql.c ---- */

/* Fails with SQLite's message. */
cn_status cn__store_fail(sqlite3 *db, const char *path);
/* A statement, or NULL and a message. */
sqlite3_stmt *cn__store_prepare(sqlite3 *db, const char *path, const char *sql);
CN_CHECK cn_status cn__store_exec(sqlite3 *db, const char *path, const char *sql);

/* ---- store_guard.c ---- */

/* Before the first query: nothing that the file defines runs. */
CN_CHECK cn_status cn__store_guard(sqlite3 *db, const char *path, bool writes);
/* Fails where a table of the file is not as `schema` makes it. */
CN_CHECK cn_status cn__store_compare_schema(sqlite3 *db, const char *path, const char *schema);

/* ---- store_file.c ---- */

/* Opens a store. `create`: makes one that is not there; else it must be, and is opened for reading. */
CN_CHECK cn_status cn__store_file_open(const char *path, bool create, sqlite3 **out);
/* One process writes to a store at a time: fails where another does. Makes the file if need be. *lock: 0 is none. */
CN_CHECK cn_status cn__store_lock(const char *path, int *lock);
void cn__store_unlock(int *lock);
/* Does another process write to it now? */
bool cn__store_is_busy(const char *path);
/* Closes a store that this program made and whose first command failed, and removes it where no study came into it. The
 * message stays. */
void cn__store_discard_empty(const char *path, sqlite3 **db);

#endif
