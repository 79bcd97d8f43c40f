/* What Keras's JSON and the layer notation have in common: a nested object such as {"class_name":
 * "RandomNormal", "config": {"stddev": 0.1}} is the call RandomNormal(stddev=0.1), and the other way round. */
#ifndef CN_FORMATS_KERAS_OBJECTS_H
#define CN_FORMATS_KERAS_OBJECTS_H

#include <jansson.h>

#include "base/value.h"

/* JSON to a value. Objects with a class_name become calls, functions words. Fails beyond a fixed depth. */
CN_CHECK cn_status cn__value_from_json(cn__arena *arena, const json_t *json, cn__value *out);

/* One entry of a config appended to a CALL that has room for it. */
CN_CHECK cn_status cn__call_add_json(cn__arena *arena, cn__value *call, const char *name, const json_t *json);
/* An empty CALL with room for `room` items. */
CN_CHECK cn_status cn__call_new(cn__arena *arena, const char *word, size_t room, cn__value *out);

/* A layer's argument to the JSON that Keras writes for it; what it is follows from the argument's name
 * (kernel_initializer, activation, …). `value` NULL is none. The caller owns *out. */
CN_CHECK cn_status cn__json_from_value(cn__arena *arena, const char *argument, const cn__value *value,
                                       json_t **out);

/* {"module": …, "class_name": …, "config": …, "registered_name": null}; takes over `config`. NULL when out of
 * memory. */
json_t *cn__json_object(const char *module, const char *class_name, json_t *config);

/* "dtype" as a text or a policy object: fails unless it is float32. */
CN_CHECK cn_status cn__check_json_dtype(const json_t *json);

#endif
