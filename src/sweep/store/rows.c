#include "sweep/store/rows.h"

#include <math.h>

#include "base/text/escape.h"
#include "data/files/json.h"

json_t *cn__text_json(const char *text)
{
    cn__text mended = {0};
    json_t *json = text ? json_string(text) : NULL;
    if (json || !text) return json;
    cn__text_add(&mended, "");
    cn__tag_escape(&mended, text);
    if (!mended.failed) json = json_string(mended.data);
    cn__text_free(&mended);
    return json;
}

json_t *cn__column_json(sqlite3_stmt *s, int column)
{
    double v;
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER: return json_integer(sqlite3_column_int64(s, column));
    case SQLITE_FLOAT:
        v = sqlite3_column_double(s, column);
        return isfinite(v) ? json_real(v) : json_string(v > 0 ? "inf" : "-inf");
    case SQLITE_TEXT: return cn__text_json((const char *)sqlite3_column_text(s, column));
    default: return json_null();
    }
}

void cn__set_named(json_t *object, sqlite3_stmt *s, int column, json_t *value)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    json_t *name = cn__text_json(text ? text : "");
    cn__json_set(object, json_string_value(name), value);
    json_decref(name);
}

json_t *cn__row_json(sqlite3_stmt *s)
{
    json_t *row = json_object();
    for (int i = 0; i < sqlite3_column_count(s); i++)
        cn__json_set(row, sqlite3_column_name(s, i), cn__column_json(s, i));
    return row;
}

sqlite3_stmt *cn__query(sqlite3 *db, const char *path, const char *sql, int count, const int64_t *numbers)
{
    sqlite3_stmt *s = cn__store_prepare(db, path, sql);
    for (int i = 0; s && i < count; i++) sqlite3_bind_int64(s, i + 1, numbers[i]);
    return s;
}

bool cn__next_row(sqlite3 *db, const char *path, sqlite3_stmt *s, cn_status *status)
{
    *status = s ? CN_OK : cn_error_status();
    if (!s) return false;
    /* a text that was bound, or read from the row before, may not have been made */
    const bool lost = sqlite3_errcode(db) == SQLITE_NOMEM;
    const int code = lost ? SQLITE_NOMEM : sqlite3_step(s);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) *status = cn__store_fail(db, path);
    sqlite3_finalize(s);
    return false;
}

cn_status cn__rows_json(sqlite3 *db, const char *path, const char *sql, int count, const int64_t *numbers,
                        json_t *out)
{
    cn_status status;
    sqlite3_stmt *s = cn__query(db, path, sql, count, numbers);
    while (cn__next_row(db, path, s, &status)) cn__json_append(out, cn__row_json(s));
    return status;
}
