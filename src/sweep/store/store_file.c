/* Opening the file of a store: its schema, and that it is one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/system/system.h"
#include "base/text/text.h"
#include "sweep/store/store_file.h"

enum { WAIT = 20000 /* milliseconds, for another process */ };

/* Values of parameters keep their type: numbers are numbers, words are texts. Metrics' names stand once, in `metrics`. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS studies("
    " id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created TEXT NOT NULL, version TEXT NOT NULL,"
    " machine TEXT NOT NULL, seed TEXT NOT NULL, trials INTEGER NOT NULL, seeds INTEGER NOT NULL, space TEXT NOT NULL,"
    " sampler TEXT NOT NULL, pruner TEXT NOT NULL, layers TEXT NOT NULL, optimizer TEXT, loss TEXT NOT NULL, metrics TEXT,"
    " epochs INTEGER NOT NULL, batch_size INTEGER NOT NULL, validation_split REAL NOT NULL, callbacks TEXT);"
    "CREATE TABLE IF NOT EXISTS objectives("
    " study INTEGER NOT NULL REFERENCES studies(id) ON DELETE CASCADE, number INTEGER NOT NULL, name TEXT NOT NULL,"
    " direction TEXT NOT NULL, epoch TEXT NOT NULL, PRIMARY KEY(study, number)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS trials("
    " id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies(id) ON DELETE CASCADE, number INTEGER NOT NULL,"
    " state TEXT NOT NULL, started TEXT NOT NULL, seconds REAL, epochs INTEGER, parameters INTEGER, flops REAL, note TEXT,"
    " layers TEXT NOT NULL, optimizer TEXT NOT NULL, loss TEXT NOT NULL, batch_size INTEGER NOT NULL,"
    " callbacks TEXT, UNIQUE(study, number));"
    "CREATE TABLE IF NOT EXISTS params("
    " trial INTEGER NOT NULL REFERENCES trials(id) ON DELETE CASCADE, number INTEGER NOT NULL, name TEXT NOT NULL, value,"
    " PRIMARY KEY(trial, number))"
    " WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS results("
    " trial INTEGER NOT NULL REFERENCES trials(id) ON DELETE CASCADE, objective INTEGER NOT NULL, value REAL, deviation REAL,"
    " PRIMARY KEY(trial, objective)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS rungs("
    " trial INTEGER NOT NULL REFERENCES trials(id) ON DELETE CASCADE, rung INTEGER NOT NULL, epoch INTEGER NOT NULL, value REAL,"
    " PRIMARY KEY(trial, rung)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS runs("
    " id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id) ON DELETE CASCADE, seed TEXT NOT NULL,"
    " state TEXT NOT NULL, epochs INTEGER, seconds REAL, note TEXT, UNIQUE(trial, seed));"
    "CREATE TABLE IF NOT EXISTS metrics(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE IF NOT EXISTS epochs("
    " run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, metric INTEGER NOT NULL, epoch INTEGER NOT NULL, value REAL,"
    " PRIMARY KEY(run, metric, epoch)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS models("
    " run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE, bytes BLOB NOT NULL);"
    "CREATE VIEW IF NOT EXISTS history AS SELECT s.name AS study, t.number AS trial, r.seed AS seed, e.epoch AS epoch,"
    " m.name AS metric, e.value AS value FROM epochs e JOIN metrics m ON m.id = e.metric JOIN runs r ON r.id = e.run"
    " JOIN trials t ON t.id = r.trial JOIN studies s ON s.id = t.study;";

/* SQLite would wait for a pipe's other end. */
static cn_status check_kind(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) return CN_OK;
    return cn__fail(CN_ERROR_FILE, "store %s: it is no plain file", path);
}

/* " (process 4711, which is stopped)", as far as the system says so: who has the lock of this file. */
static void name_owner(int fd, char *out, size_t size)
{
    struct stat info;
    char line[200], path[40], state = 0;
    long process = 0;
    *out = '\0';
    FILE *locks = fstat(fd, &info) == 0 ? fopen("/proc/locks", "re") : NULL;
    while (locks && !process && fgets(line, sizeof line, locks)) {
        long id;
        unsigned long long inode;
        if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %ld %*x:%*x:%llu", &id, &inode) == 2 && id > 0 &&
            inode == info.st_ino)
            process = id;
    }
    if (locks) (void)fclose(locks);
    if (!process) return;
    cn__format(path, sizeof path, "/proc/%ld/stat", process);
    FILE *stat = fopen(path, "re");
    if (stat) {
        if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1) state = 0;
        (void)fclose(stat);
    }
    cn__format(out, size, " (process %ld%s)", process, state == 'T' ? ", which is stopped" : "");
}

cn_status cn__store_lock(const char *path, int *lock)
{
    CN_TRY(check_kind(path));
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return cn__fail_errno(path, "cannot be opened", errno);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *lock = fd + 1;
        return CN_OK;
    }
    const int error = errno;
    char owner[80] = "";
    if (error == EWOULDBLOCK) name_owner(fd, owner, sizeof owner);
    close(fd);
    if (error != EWOULDBLOCK) return cn__fail_errno(path, "cannot be locked", error);
    return cn__fail(CN_ERROR_STATE,
                    "store %s: another program%s writes to it; wait for its end, or give another --store",
                    path, owner);
}

bool cn__store_is_busy(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const bool busy = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0) close(fd);
    return busy;
}

void cn__store_unlock(int *lock)
{
    if (*lock) close(*lock - 1);
    *lock = 0;
}

static cn_status read_int(sqlite3 *db, const char *path, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = cn__store_prepare(db, path, sql);
    if (!s) return cn_error_status();
    const bool row = sqlite3_step(s) == SQLITE_ROW;
    *out = row ? sqlite3_column_int64(s, 0) : 0;
    cn_status status = row ? CN_OK : cn__store_fail(db, path);
    sqlite3_finalize(s);
    return status;
}

/* Two programs that begin at once: SQLite does not wait by itself for the change to WAL. */
static cn_status set_wal(sqlite3 *db, const char *path)
{
    const struct timespec pause = {0, 10000000};
    const double end = cn__clock() + WAIT / 1000.0;
    for (;;) {
        int code = sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", NULL, NULL, NULL);
        if (code == SQLITE_OK) return CN_OK;
        if (code != SQLITE_BUSY || cn__clock() > end) return cn__store_fail(db, path);
        nanosleep(&pause, NULL);
    }
}

static cn_status check_file(sqlite3 *db, const char *path, bool *fresh)
{
    int64_t application, version, tables;
    CN_TRY(read_int(db, path, "PRAGMA application_id", &application));
    CN_TRY(read_int(db, path, "PRAGMA user_version", &version));
    CN_TRY(read_int(db, path, "SELECT count(*) FROM sqlite_schema", &tables));
    *fresh = !tables && !application;
    if (*fresh) return CN_OK;
    if (application != CN_STORE_APPLICATION)
        return cn__fail(CN_ERROR_FORMAT, "%s is a SQLite file, but no store of runs", path);
    if (version != CN_STORE_VERSION)
        return cn__fail(CN_ERROR_FORMAT, "store %s has version %lld of its tables, expected %d", path,
                        (long long)version, CN_STORE_VERSION);
    return cn__store_compare_schema(db, path, schema);
}

static cn_status make_schema(sqlite3 *db, const char *path)
{
    char marks[120];
    CN_TRY(cn__store_exec(db, path, "BEGIN IMMEDIATE"));
    cn__format(marks, sizeof marks, "PRAGMA application_id=%d; PRAGMA user_version=%d;", CN_STORE_APPLICATION,
               CN_STORE_VERSION);
    CN_TRY(cn__store_exec(db, path, schema));
    CN_TRY(cn__store_exec(db, path, marks));
    return cn__store_exec(db, path, "COMMIT");
}

static cn_status set_up(sqlite3 *db, const char *path, bool create)
{
    bool fresh;
    sqlite3_busy_timeout(db, WAIT);
    CN_TRY(cn__store_guard(db, path, create));
    CN_TRY(check_file(db, path, &fresh));
    if (!create) return fresh ? cn__fail(CN_ERROR_FORMAT, "%s is empty, and no store of runs", path) : CN_OK;
    CN_TRY(set_wal(db, path));
    CN_TRY(cn__store_exec(db, path,
                          "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384;"));
    return fresh ? make_schema(db, path) : CN_OK;
}

cn_status cn__store_file_open(const char *path, bool create, sqlite3 **out)
{
    *out = NULL;
    CN_TRY(check_kind(path));
    if (!create && !cn__file_exists(path))
        return cn__fail(CN_ERROR_FILE, "%s: there is no such store; cornu sweep makes one (--store names it)",
                        path);
    const int flags = create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    int code = sqlite3_open_v2(path, out, flags | SQLITE_OPEN_FULLMUTEX, NULL);
    if (code != SQLITE_OK && !create) { /* a place that cannot be written can be read */
        sqlite3_close(*out);
        code = sqlite3_open_v2(path, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX, NULL);
    }
    cn_status status = code == SQLITE_OK ? set_up(*out, path, create)
                       : *out            ? cn__store_fail(*out, path)
                                         : cn__fail_memory(0, "the store");
    if (status == CN_OK) return CN_OK;
    sqlite3_close(*out);
    *out = NULL;
    return status;
}

/* ---- one that nothing came into ---------------------------------------------------------------------------------- */

static bool holds_studies(sqlite3 *db, const char *path)
{
    int64_t studies = 0;
    return read_int(db, path, "SELECT count(*) FROM studies", &studies) != CN_OK || studies > 0;
}

void cn__store_discard_empty(const char *path, sqlite3 **db)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    const cn_status status = cn_error_status();
    char *message = cn__strdup(cn_error());
    const bool keep = *db && holds_studies(*db, path);
    if (*db) sqlite3_close(*db);
    *db = NULL;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && !keep; i++) {
        cn__text file = {0};
        cn__text_printf(&file, "%s%s", path, ends[i]);
        if (!file.failed) (void)unlink(file.data);
        cn__text_free(&file);
    }
    (void)cn__fail(status, "%s", message ? message : "out of memory");
    cn__free(message);
}
