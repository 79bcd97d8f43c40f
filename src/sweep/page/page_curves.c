#include "sweep/page/page_curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/files/json.h"
#include "sweep/store/rows.h"

enum { ROOM = 2000000 /* bytes of all curves */, MOST_METRICS = 24, MOST_POINTS = 400, NONE = 65535 };

typedef struct drawer {
    sqlite3 *db;
    const char *path;
    int64_t study;
    size_t trials, points, epochs;
    int64_t *numbers; /* (trials): of each trial, ascending */
    size_t *at;       /* (points): the epoch of each point, from 1 */
    cn__arena arena;  /* the metrics' names */
} drawer;

/* ---- which metrics ------------------------------------------------------------------------------------------------------- */

static cn_status find_metrics(drawer *d, const json_t *study, const char **names, size_t *count)
{
    cn_status status;
    const char *goal =
        json_string_value(json_object_get(json_array_get(json_object_get(study, "objectives"), 0), "name"));
    *count = 0;
    sqlite3_stmt *s = cn__query(
        d->db, d->path,
        "SELECT DISTINCT m.name FROM metrics m WHERE EXISTS (SELECT 1 FROM epochs e JOIN runs r ON r.id=e.run"
        " JOIN trials t ON t.id=r.trial WHERE t.study=?1 AND e.metric=m.id)"
        " ORDER BY m.name<>?2, m.name NOT IN ('val_loss', 'loss'), m.name",
        1, &d->study);
    if (s) sqlite3_bind_text(s, 2, goal ? goal : "", -1, SQLITE_TRANSIENT);
    bool copied = true;
    while (cn__next_row(d->db, d->path, s, &status)) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        if (!name || *count == MOST_METRICS) continue;
        names[*count] = cn__arena_strdup(&d->arena, name);
        copied = copied && names[(*count)++];
    }
    return status == CN_OK && !copied ? CN_ERROR_MEMORY : status;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------------------- */

static char *base64(const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = cn__malloc((size + 2) / 3 * 4 + 1), *p = out;
    for (size_t i = 0; out && i < size; i += 3) {
        const unsigned v = (unsigned)bytes[i] << 16 | (i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0) |
                           (i + 2 < size ? bytes[i + 2] : 0);
        *p++ = digits[v >> 18];
        *p++ = digits[v >> 12 & 63];
        *p++ = i + 1 < size ? digits[v >> 6 & 63] : '=';
        *p++ = i + 2 < size ? digits[v & 63] : '=';
    }
    if (out) *p = '\0';
    return out;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* From the least to the greatest, but for what lies far off: a few trainings that diverged do not squeeze all others. */
static cn_status find_bounds(const double *values, size_t n, double *low, double *high)
{
    double *sorted = cn__malloc((n + 1) * sizeof *sorted);
    size_t count = 0;
    if (!sorted) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i])) sorted[count++] = values[i];
    qsort(sorted, count, sizeof *sorted, compare);
    *low = count ? sorted[0] : 0, *high = count ? sorted[count - 1] : 1;
    if (count > 100) {
        const double a = sorted[count / 100], b = sorted[count - 1 - count / 100], margin = 2 * (b - a);
        *low = fmax(*low, a - margin), *high = fmin(*high, b + margin);
    }
    if (*high <= *low) *high = *low + 1;
    cn__free(sorted);
    return CN_OK;
}

static cn_status pack(const double *values, size_t n, double low, double high, char **out)
{
    unsigned char *bytes = cn__malloc(2 * n + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        unsigned q = NONE;
        if (isfinite(values[i]))
            q = (unsigned)floor(fmin(fmax((values[i] - low) / (high - low), 0), 1) * (NONE - 1) + 0.5);
        bytes[2 * i] = (unsigned char)q, bytes[2 * i + 1] = (unsigned char)(q >> 8);
    }
    *out = base64(bytes, 2 * n);
    cn__free(bytes);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- one metric ---------------------------------------------------------------------------------------------------------------- */

static size_t point_of(const drawer *d, size_t epoch)
{
    for (size_t i = 0; i < d->points; i++)
        if (d->at[i] == epoch) return i;
    return d->points;
}

static size_t row_of(const drawer *d, int64_t number)
{
    size_t low = 0, high = d->trials;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (d->numbers[middle] < number) low = middle + 1;
        else high = middle;
    }
    return low < d->trials && d->numbers[low] == number ? low : d->trials;
}

static cn_status read_values(drawer *d, const char *name, double *values)
{
    cn_status status;
    for (size_t i = 0; i < d->trials * d->points; i++) values[i] = (double)NAN;
    sqlite3_stmt *s = cn__query(
        d->db, d->path,
        "SELECT t.number, e.epoch, avg(e.value) FROM trials t JOIN runs r ON r.trial=t.id JOIN epochs e ON e.run=r.id"
        " AND e.metric=(SELECT id FROM metrics WHERE name=?2) WHERE t.study=?1 GROUP BY t.number, e.epoch",
        1, &d->study);
    if (s) sqlite3_bind_text(s, 2, name, -1, SQLITE_TRANSIENT);
    while (cn__next_row(d->db, d->path, s, &status)) {
        const size_t row = row_of(d, sqlite3_column_int64(s, 0)),
                     point = point_of(d, (size_t)sqlite3_column_int64(s, 1));
        if (row < d->trials && point < d->points && sqlite3_column_type(s, 2) != SQLITE_NULL)
            values[row * d->points + point] = sqlite3_column_double(s, 2);
    }
    return status;
}

static cn_status add_metric(drawer *d, const char *name, double *values, json_t *out)
{
    double low, high;
    char *data;
    CN_TRY(read_values(d, name, values));
    CN_TRY(find_bounds(values, d->trials * d->points, &low, &high));
    CN_TRY(pack(values, d->trials * d->points, low, high, &data));
    json_t *curve = json_object(), *epochs = json_array();
    for (size_t i = 0; i < d->points; i++) cn__json_append(epochs, json_integer((json_int_t)d->at[i]));
    cn__json_set(curve, "name", cn__text_json(name));
    cn__json_set(curve, "low", json_real(low));
    cn__json_set(curve, "high", json_real(high));
    cn__json_set(curve, "points", json_integer((json_int_t)d->points));
    cn__json_set(curve, "epochs", epochs);
    cn__json_set(curve, "data", json_string(data));
    cn__json_append(out, curve);
    cn__free(data);
    return CN_OK;
}

/* ---- all ---------------------------------------------------------------------------------------------------------------------------- */

static cn_status number_rows(drawer *d, const json_t *trials)
{
    size_t i;
    const json_t *trial;
    d->numbers = cn__malloc((d->trials + 1) * sizeof *d->numbers);
    if (!d->numbers) return CN_ERROR_MEMORY;
    json_array_foreach(trials, i, trial) d->numbers[i] = json_integer_value(json_object_get(trial, "number"));
    return CN_OK;
}

/* As many points as fit into the page with three metrics at least; the first and the last epoch are among them. */
static cn_status choose_points(drawer *d)
{
    cn_status status;
    sqlite3_stmt *s = cn__query(
        d->db, d->path,
        "SELECT ifnull(max(r.epochs), 0) FROM runs r JOIN trials t ON t.id=r.trial WHERE t.study=?1", 1,
        &d->study);
    int64_t epochs = 0;
    while (cn__next_row(d->db, d->path, s, &status)) epochs = sqlite3_column_int64(s, 0);
    CN_TRY(status);
    d->epochs = epochs > 0 ? (size_t)epochs : 0;
    size_t most = ROOM / 8 / (d->trials + 1);
    most = most > MOST_POINTS ? MOST_POINTS : most < 2 ? 2 : most;
    d->points = d->epochs < most ? d->epochs : most;
    d->at = cn__malloc((d->points + 1) * sizeof *d->at);
    if (!d->at) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < d->points; i++)
        d->at[i] = d->points > 1 ? 1 + i * (d->epochs - 1) / (d->points - 1) : 1;
    return CN_OK;
}

static cn_status add_all(drawer *d, const json_t *study, json_t *out)
{
    const char *names[MOST_METRICS];
    size_t count;
    CN_TRY(number_rows(d, json_object_get(study, "trials")));
    CN_TRY(choose_points(d));
    if (!d->points) return CN_OK;
    CN_TRY(find_metrics(d, study, names, &count));
    const size_t each = d->trials * d->points * 8 / 3 + 200;
    double *values = cn__malloc((d->trials * d->points + 1) * sizeof *values);
    cn_status status = values ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; i < count && (i + 1) * each <= ROOM + each / 2 && status == CN_OK; i++)
        status = add_metric(d, names[i], values, out);
    cn__free(values);
    return status;
}

cn_status cn__page_curves(sqlite3 *db, const char *path, int64_t study_id, const json_t *study, json_t *out)
{
    drawer d = {.db = db,
                .path = path,
                .study = study_id,
                .trials = json_array_size(json_object_get(study, "trials"))};
    cn_status status = d.trials ? add_all(&d, study, out) : CN_OK;
    cn__free(d.numbers);
    cn__arena_free(&d.arena);
    cn__free(d.at);
    return status;
}
