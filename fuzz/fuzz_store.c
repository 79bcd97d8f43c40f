/* Stores of runs with anything in their tables: a small store is changed by the input, which is SQL, and looked at in every way. */
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "sweep/page/page.h"
#include "sweep/runs/runs.h"

static unsigned char *template_;
static sqlite3_int64 template_size;

/* A study of two trials with an epoch each. */
static const char rows[] =
    "INSERT INTO studies VALUES(1, 'k', 'm', '', '', '', '1', 2, 1, 'units=[2..8 log] rate=[0, .5] act=[relu, tanh]', 'random',"
    " 'none', 'dense 2', 'adam', 'mse', '', 1, 32, 0.2, NULL);"
    "INSERT INTO objectives VALUES(1, 0, 'val_loss', 'min', 'last'), (1, 1, 'parameters', 'min', 'last');"
    "INSERT INTO trials VALUES(1, 1, 0, 'complete', '2026-11-30T08:00:00Z', 1.5, 1, 10, 20, NULL, 'dense 2', 'adam', 'mse', 32, NULL),"
    " (2, 1, 1, 'failed', '', NULL, 0, 10, 20, 'why', 'dense 4', 'sgd', 'mse', 32, NULL);"
    "INSERT INTO params VALUES(1, 0, 'units', 4), (1, 1, 'rate', 0.5), (1, 2, 'act', 'relu'), (2, 0, 'units', 8);"
    "INSERT INTO results VALUES(1, 0, 0.25, 0.1), (1, 1, 10, NULL); INSERT INTO rungs VALUES(1, 0, 1, 0.5);"
    "INSERT INTO runs VALUES(1, 1, '1', 'complete', 1, 1.5, NULL), (2, 2, '1', 'failed', 0, NULL, 'why');"
    "INSERT INTO metrics VALUES(1, 'loss'), (2, 'val_loss'); INSERT INTO epochs VALUES(1, 1, 1, 0.5), (1, 2, 1, NULL);"
    "INSERT INTO models VALUES(1, x'504b0304');";

static void make_template(void)
{
    char path[] = "/tmp/cornu-fuzz-XXXXXX", beside[sizeof path + 8];
    sqlite3 *db;
    const int fd = mkstemp(path);
    PROMISE(fd >= 0 && close(fd) == 0 && cn__store_file_open(path, true, &db) == CN_OK);
    PROMISE(sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK);
    PROMISE(sqlite3_exec(db, rows, NULL, NULL, NULL) == SQLITE_OK);
    template_ = sqlite3_serialize(db, "main", &template_size, 0);
    PROMISE(template_);
    sqlite3_close(db);
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        snprintf(beside, sizeof beside, "%s%s", path, endings[i]);
        (void)unlink(beside);
    }
}

/* SQL may run for ever. */
static int count_steps(void *user) { return ++*(int *)user > 200; }

static sqlite3 *open_copy(void)
{
    sqlite3 *db;
    unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)template_size);
    PROMISE(copy && sqlite3_open(":memory:", &db) == SQLITE_OK);
    memcpy(copy, template_, (size_t)template_size);
    PROMISE(sqlite3_deserialize(db, "main", copy, template_size, template_size,
                                SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0); /* no file is touched */
    return db;
}

static void look_at(sqlite3 *db, const char *sort)
{
    json_t *json;
    int64_t study;
    char *bytes;
    size_t size;
    cn__text text = {0}, page = {0};
    const cn__runs_filter filter = {.sort = sort, .front = !sort};
    if (cn__runs_list(db, "store", &filter, true, &json) == CN_OK) {
        (void)!cn__runs_table(json, &text);
        (void)!cn__runs_csv(json, &text);
        json_decref(json);
    }
    if (cn__runs_study(db, "store", 0, &study) == CN_OK) {
        (void)!cn__runs_page(db, "store", study, NULL, &page);
        for (int64_t i = 0; i < 2; i++)
            if (cn__runs_show(db, "store", study, i, true, &json) == CN_OK) {
                (void)!cn__runs_show_table(json, &text);
                json_decref(json);
            }
        if (cn__runs_model(db, "store", study, 0, &bytes, &size) == CN_OK) cn__free(bytes);
    }
    cn__text_free(&text);
    cn__text_free(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const sorts[] = {NULL, "units", "val_loss", "none such"};
    char *sql = cn__malloc(size + 1);
    int steps = 0;
    PROMISE(sql);
    if (!template_) make_template();
    memcpy(sql, data, size);
    sql[size] = '\0';
    sqlite3 *db = open_copy();
    sqlite3_progress_handler(db, 1000, count_steps, &steps);
    (void)sqlite3_exec(db, sql, NULL, NULL, NULL);
    steps = 0;
    look_at(db, sorts[size % 4]);
    sqlite3_close(db);
    cn__free(sql);
    return 0;
}
