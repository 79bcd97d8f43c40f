/* JSON that is made piece by piece. Jansson says of each piece whether it could be made; here that is kept until the whole
 * is written, so that one that lacks a piece (out of memory, or a text that is not UTF-8) is never taken for it. */
#ifndef CN_DATA_FILES_JSON_H
#define CN_DATA_FILES_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/status.h"

/* From here on, in this thread, nothing is lost yet. */
void cn__json_begin(void);

/* Into an object, at the end of an array. The value is taken over; NULL is one that was lost. */
void cn__json_set(json_t *object, const char *key, json_t *value);
void cn__json_append(json_t *array, json_t *value);

/* Fails if a piece was lost so far. */
CN_CHECK cn_status cn__json_check(void);

/* The text of a whole that began with cn__json_begin (free with cn__free). Fails if `root` is NULL or a piece was lost. */
CN_CHECK cn_status cn__json_finish(const json_t *root, size_t flags, char **out);

/* Is it not there, or null? */
bool cn__json_lacks(const json_t *json);

/* Of a text that jansson did not read: did memory run out? Then the message says so. */
bool cn__json_out_of_memory(const json_error_t *error);

#endif
