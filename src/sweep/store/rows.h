/* Rows of the store as JSON. */
#ifndef CN_SWEEP_ROWS_H
#define CN_SWEEP_ROWS_H

#include <jansson.h>

#include "sweep/store/store_file.h"

/* A text as JSON, whatever bytes a damaged file has in it. */
json_t *cn__text_json(const char *text);
/* Into the object, under the name that the column has. */
void cn__set_named(json_t *object, sqlite3_stmt *s, int column, json_t *value);
/* A column's value: a number, a text, or null; infinity is the text "inf" or "-inf". */
json_t *cn__column_json(sqlite3_stmt *s, int column);
/* Every column under its name. */
json_t *cn__row_json(sqlite3_stmt *s);
/* Binds whole numbers to ?1, ?2, … and returns the statement; NULL and a message on failure. */
sqlite3_stmt *cn__query(sqlite3 *db, const char *path, const char *sql, int count, const int64_t *numbers);
/* Is there a row more? Else the statement is over, and *status says how it ended; it is finalized then. */
bool cn__next_row(sqlite3 *db, const char *path, sqlite3_stmt *s, cn_status *status);
/* All rows of a query, each an object. */
CN_CHECK cn_status cn__rows_json(sqlite3 *db, const char *path, const char *sql, int count,
                                 const int64_t *numbers, json_t *out);

#endif
