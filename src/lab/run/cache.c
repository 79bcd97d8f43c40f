/* The cache of results. One table; a use is noted by a counter, not by a clock. */
#include "lab/run/cache.h"

#include <dirent.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/files/outdir.h"
#include "base/system/system.h"
#include "base/text/text.h"

enum { WAIT = 20000 /* milliseconds, for another process */, STATE_DAYS = 14 };

struct cn__cache {
    sqlite3 *db; /* NULL: it could not be opened; then it holds nothing and keeps nothing */
    char *path;
    char trouble[300]; /* "": none */
    pthread_mutex_t lock;
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

/* Is it the place that fails, and not what was asked of it? Then there is no use in going on with it. */
static bool is_trouble(int code)
{
    switch (code & 0xff) {
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_NOLFS: return true;
    default: return false;
    }
}

/* The first is reported. */
static cn_status note_trouble(cn__cache *c, const char *what)
{
    pthread_mutex_lock(&c->lock);
    if (!*c->trouble) cn__format(c->trouble, sizeof c->trouble, "%s", what);
    pthread_mutex_unlock(&c->lock);
    return CN_OK;
}

static bool keeps(cn__cache *c)
{
    if (!c || !c->db) return false;
    pthread_mutex_lock(&c->lock);
    bool good = !*c->trouble;
    pthread_mutex_unlock(&c->lock);
    return good;
}

const char *cn__cache_trouble(cn__cache *c) { return !c || (keeps(c) && c->db) ? NULL : c->trouble; }

char *cn__cache_place(const char *path) { return path ? cn__path_parent(path) : cn__cache_folder(); }

/* In the user's cache folder, which is made if need be; NULL when there is none. */
static char *default_path(void)
{
    char *folder = cn__cache_folder();
    char *path = folder && cn__make_dirs(folder) == CN_OK ? cn__path_join(folder, "lab.sqlite") : NULL;
    cn__free(folder);
    return path;
}

/* The index is a tree of its own: in a table WITHOUT ROWID every comparison would read a blob. Losing the last
 * result in a power cut is no harm, a broken file would be: WAL with synchronous=NORMAL gives that. */
static const char setup[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;";

/* Two programs that begin at once: SQLite does not wait by itself for the change to WAL. */
static int set_up(sqlite3 *db)
{
    const struct timespec pause = {0, 10000000};
    const double end = cn__clock() + WAIT / 1000.0;
    for (;;) {
        int code = sqlite3_exec(db, setup, NULL, NULL, NULL);
        if (code == SQLITE_OK) code = sqlite3_exec(db, schema, NULL, NULL, NULL);
        if (code != SQLITE_BUSY || cn__clock() > end) return code;
        nanosleep(&pause, NULL);
    }
}

/* A place that cannot be written is no hindrance; one that was given and cannot be is a mistake. */
static bool can_be(const char *path)
{
    char *folder = cn__path_parent(path);
    bool there = folder && cn__dir_exists(folder) && !cn__dir_exists(path);
    cn__free(folder);
    return there;
}

static cn_status open_file(cn__cache *c, bool given)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    int code = sqlite3_open_v2(c->path, &c->db, flags, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(c->db, WAIT);
        code = set_up(c->db);
    }
    if (code == SQLITE_OK && !sqlite3_db_readonly(c->db, "main")) return CN_OK;
    if (code == SQLITE_OK) return note_trouble(c, "the file is read-only");
    if (!is_trouble(code) || (given && !can_be(c->path))) return fail(c);
    note_trouble(c, sqlite3_errmsg(c->db));
    sqlite3_close(c->db);
    c->db = NULL;
    return CN_OK;
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
    pthread_mutex_init(&c->lock, NULL);
    cn_status status = open_file(c, path != NULL);
    if (status == CN_OK) *out = c;
    else cn__cache_close(c);
    return status;
}

void cn__cache_close(cn__cache *c)
{
    if (!c) return;
    sqlite3_close(c->db);
    pthread_mutex_destroy(&c->lock);
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
    if (!c || !c->db) return CN_OK;
    sqlite3_stmt *s = prepare(c, "SELECT data FROM results WHERE key=?1 AND kind=?2", key, kind);
    int code = s ? sqlite3_step(s) : sqlite3_errcode(c->db);
    cn_status status = code == SQLITE_ROW || code == SQLITE_DONE ? CN_OK
                       : is_trouble(code)                        ? note_trouble(c, sqlite3_errmsg(c->db))
                                                                 : fail(c);
    if (code == SQLITE_ROW) {
        *size = (size_t)sqlite3_column_bytes(s, 0);
        *data = cn__malloc(*size + 1);
        if (*data && *size) memcpy(*data, sqlite3_column_blob(s, 0), *size);
        if (*data) (*data)[*size] = '\0';
        else status = CN_ERROR_MEMORY;
    }
    sqlite3_finalize(s);
    if (*data && keeps(c)) note_use(c, key, kind);
    return status;
}

static cn_status end_change(cn__cache *c, sqlite3_stmt *s)
{
    int code = s ? sqlite3_step(s) : sqlite3_errcode(c->db);
    cn_status status = code == SQLITE_DONE ? CN_OK
                       : is_trouble(code)  ? note_trouble(c, sqlite3_errmsg(c->db))
                                           : fail(c);
    sqlite3_finalize(s);
    return status;
}

cn_status cn__cache_put(cn__cache *c, const char *key, const char *kind, const void *data, size_t size)
{
    if (!keeps(c)) return CN_OK;
    sqlite3_stmt *s = prepare(
        c, "INSERT OR REPLACE INTO results VALUES(?1, ?2, (SELECT ifnull(max(used),0)+1 FROM results), ?3)",
        key, kind);
    if (s) sqlite3_bind_blob64(s, 3, data, size, SQLITE_STATIC);
    return end_change(c, s);
}

char *cn__cache_states(cn__cache *c)
{
    static const char ending[] = ".states";
    if (!keeps(c)) return NULL;
    char *path = cn__malloc(strlen(c->path) + sizeof ending);
    if (path) cn__format(path, strlen(c->path) + sizeof ending, "%s%s", c->path, ending);
    return path;
}

static void remove_old_states(cn__cache *c)
{
    cn__outdir dir;
    char *path = cn__cache_states(c);
    DIR *list = path ? opendir(path) : NULL;
    if (list && cn__outdir_open(&dir, path) == CN_OK) {
        const time_t now = time(NULL);
        for (const struct dirent *entry; (entry = readdir(list));) {
            struct stat info;
            bool old = *entry->d_name != '.' && fstatat(dirfd(list), entry->d_name, &info, 0) == 0 &&
                       difftime(now, info.st_mtime) > STATE_DAYS * 86400.0;
            if (old) cn__outdir_remove_all(&dir, entry->d_name);
        }
        cn__outdir_close(&dir);
    }
    if (list) closedir(list);
    if (path) (void)rmdir(path); /* stays unless it is empty */
    cn__free(path);
}

cn_status cn__cache_trim(cn__cache *c, double bytes)
{
    static const char sql[] =
        "DELETE FROM results WHERE (key, kind) IN (SELECT key, kind FROM (SELECT key, kind, "
        "sum(length(data)) OVER (ORDER BY used DESC, key, kind) AS kept FROM results) WHERE kept > ?1)";
    if (!keeps(c)) return CN_OK;
    remove_old_states(c);
    sqlite3_stmt *s = prepare(c, sql, NULL, NULL);
    if (s) sqlite3_bind_double(s, 1, bytes);
    return end_change(c, s);
}
