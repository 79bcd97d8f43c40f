/* The cache of results. One table; a use is noted by a counter, not by a clock. */
#include "lab/cache.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/system.h"
#include "base/text.h"

enum { WAIT = 20000 }; /* milliseconds, for another process */

struct cn__cache {
    sqlite3 *db;
    char *path;
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS results("
    "key TEXT NOT NULL, kind TEXT NOT NULL, used INTEGER NOT NULL, data BLOB NOT NULL, "
    "PRIMARY KEY(key, kind));";

static cn_status fail(const cn__cache *c)
{
    return cn__fail(CN_ERROR_FILE, "cache %s: %s; remove the file, or give --no-cache", c->path,
                    sqlite3_errmsg(c->db));
}

/* $XDG_CACHE_HOME/cornu or ~/.cache/cornu, made if need be; NULL when there is none. */
static char *default_path(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *base = cache && *cache ? cn__strdup(cache) : home && *home ? cn__path_join(home, ".cache") : NULL;
    char *folder = base ? cn__path_join(base, "cornu") : NULL;
    char *path = folder && cn__make_dirs(folder) == CN_OK ? cn__path_join(folder, "lab.sqlite") : NULL;
    cn__free(base);
    cn__free(folder);
    return path;
}

/* The index is a tree of its own: in a table WITHOUT ROWID every comparison would read a blob. Losing the last
 * result in a power cut is no harm, a broken file would be: WAL with synchronous=NORMAL gives that. */
static const char setup[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";

/* Two programs that begin at once: SQLite does not wait by itself for the change to WAL. */
static bool set_up(sqlite3 *db)
{
    const struct timespec pause = {0, 10000000};
    const double end = cn__clock() + WAIT / 1000.0;
    for (;;) {
        int code = sqlite3_exec(db, setup, NULL, NULL, NULL);
        if (code == SQLITE_OK) code = sqlite3_exec(db, schema, NULL, NULL, NULL);
        if (code != SQLITE_BUSY || cn__clock() > end) return code == SQLITE_OK;
        nanosleep(&pause, NULL);
    }
}

cn_status cn__cache_open(const char *path, cn__cache **out)
{
    *out = NULL;
    char *file = path ? cn__strdup(path) : default_path();
    if (!file) return path ? CN_ERROR_MEMORY : CN_OK;
    cn__cache *c = cn__calloc(1, sizeof *c);
    if (!c) {
        cn__free(file);
        return CN_ERROR_MEMORY;
    }
    c->path = file;
    bool open =
        sqlite3_open_v2(file, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                        NULL) == SQLITE_OK;
    if (open) sqlite3_busy_timeout(c->db, WAIT);
    if (open && set_up(c->db)) {
        *out = c;
        return CN_OK;
    }
    /* a place in the user's folder that cannot be written is no hindrance */
    cn_status status = path || open ? fail(c) : CN_OK;
    cn__cache_close(c);
    return status;
}

void cn__cache_close(cn__cache *c)
{
    if (!c) return;
    sqlite3_close(c->db);
    cn__free(c->path);
    cn__free(c);
}

static sqlite3_stmt *prepare(cn__cache *c, const char *sql, const char *key, const char *kind)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK) return NULL;
    if (key) sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (kind) sqlite3_bind_text(s, 2, kind, -1, SQLITE_STATIC);
    return s;
}

/* Another process that writes at this moment is no failure: then the use goes unnoticed. */
static void note_use(cn__cache *c, const char *key, const char *kind)
{
    sqlite3_stmt *s = prepare(
        c, "UPDATE results SET used=(SELECT max(used)+1 FROM results) WHERE key=?1 AND kind=?2", key, kind);
    if (s) (void)sqlite3_step(s);
    sqlite3_finalize(s);
}

cn_status cn__cache_get(cn__cache *c, const char *key, const char *kind, char **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    if (!c) return CN_OK;
    sqlite3_stmt *s = prepare(c, "SELECT data FROM results WHERE key=?1 AND kind=?2", key, kind);
    int code = s ? sqlite3_step(s) : SQLITE_ERROR;
    cn_status status = code == SQLITE_ROW || code == SQLITE_DONE ? CN_OK : fail(c);
    if (code == SQLITE_ROW) {
        *size = (size_t)sqlite3_column_bytes(s, 0);
        *data = cn__malloc(*size + 1);
        if (*data && *size) memcpy(*data, sqlite3_column_blob(s, 0), *size);
        if (*data) (*data)[*size] = '\0';
        else status = CN_ERROR_MEMORY;
    }
    sqlite3_finalize(s);
    if (*data) note_use(c, key, kind);
    return status;
}

cn_status cn__cache_put(cn__cache *c, const char *key, const char *kind, const void *data, size_t size)
{
    if (!c) return CN_OK;
    sqlite3_stmt *s = prepare(
        c, "INSERT OR REPLACE INTO results VALUES(?1, ?2, (SELECT ifnull(max(used),0)+1 FROM results), ?3)",
        key, kind);
    if (s) sqlite3_bind_blob64(s, 3, data, size, SQLITE_STATIC);
    int code = s ? sqlite3_step(s) : SQLITE_ERROR;
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? CN_OK : fail(c);
}

cn_status cn__cache_trim(cn__cache *c, double bytes)
{
    static const char sql[] =
        "DELETE FROM results WHERE (key, kind) IN (SELECT key, kind FROM (SELECT key, kind, "
        "sum(length(data)) OVER (ORDER BY used DESC, key, kind) AS kept FROM results) WHERE kept > ?1)";
    if (!c) return CN_OK;
    sqlite3_stmt *s = prepare(c, sql, NULL, NULL);
    if (s) sqlite3_bind_double(s, 1, bytes);
    int code = s ? sqlite3_step(s) : SQLITE_ERROR;
    sqlite3_finalize(s);
    return code == SQLITE_DONE ? CN_OK : fail(c);
}
