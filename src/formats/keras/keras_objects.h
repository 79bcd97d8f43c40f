/* What Keras's JSON and the layer notation have in common: a nested object such as {"class_name":
 * "RandomNormal", "config": {"stddev": 0.1}} is the call RandomNormal(stddev=0.1), and the other way round. */
#ifndef CN_FORMATS_KERAS_OBJECTS_H
#define CN_FORMATS_KERAS_OBJECTS_H

#include <jansson.h>

#include "base/text/value.h"
#include "cornu/model.h"
#include "kernels/real.h"

/* JSON to a value. Objects with a class_name become calls, functions words. Fails beyond a fixed depth. */
CN_CHECK cn_status cn__value_from_json(cn__arena *arena, const json_t *json, cn__value *out);

/* One entry of a config appended to a CALL that has room for it. */
CN_CHECK cn_status cn__call_add_json(cn__arena *arena, cn__value *call, const char *name, const json_t *json);
/* An empty CALL with room for `capacity` items. */
CN_CHECK cn_status cn__call_new(cn__arena *arena, const char *word, size_t capacity, cn__value *out);

/* A layer's argument to the JSON that Keras writes for it; what it is follows from the argument's name
 * (kernel_initializer, activation, …). `value` NULL is none. The caller owns *out. */
CN_CHECK cn_status cn__json_from_value(cn__arena *arena, const char *argument, const cn__value *value,
                                       json_t **out);

/* What the struct at `base` holds for an entry of its parameter table. The caller owns *out. */
CN_CHECK cn_status cn__json_from_param(cn__arena *arena, const cn__param *param, const void *base,
                                       json_t **out);
/* A number kept in single precision as it was written: 0.1 and not 0.100000001. */
double cn__shortest(real x);

/* {"module": …, "class_name": …, "config": …, "registered_name": null}; takes over `config`. NULL when out of
 * memory. */
json_t *cn__json_object(const char *module, const char *class_name, json_t *config);

/* A model as Keras's to_json() has it. The caller owns *out. */
CN_CHECK cn_status cn__model_json(const cn_model *model, json_t **out);
/* The inverse; NULL and a message on failure. */
cn_model *cn__model_from_json(const json_t *root);
/* The same for what to_json() writes, whose root says which Keras wrote it. */
cn_model *cn__model_from_root(const json_t *root);
/* Fails for what the version of Keras that wrote a network (NULL: not known) computes otherwise than Keras 3. */
CN_CHECK cn_status cn__check_json_version(const json_t *root, const char *version);
/* A layer from its object in a model's list; `index` is for messages. */
CN_CHECK cn_status cn__layer_from_json(cn__arena *arena, json_t *layer, size_t index, cn_layer **out);
/* The model that the config of a Functional model describes; NULL and a message on failure. */
cn_model *cn__graph_from_json(const json_t *config);
/* Text to JSON, and back with the fewest digits that lose nothing (free with cn__free). */
CN_CHECK cn_status cn__json_parse(const char *text, json_t **out);
CN_CHECK cn_status cn__json_dump(const json_t *root, char **out);

/* What a model was compiled with, as Keras has it in compile_config; null if it was not. The caller owns *out. */
CN_CHECK cn_status cn__compile_json(const cn_model *model, json_t **out);
/* Compiles a model by Keras's compile_config, or the training_config of older files; does nothing for null. */
CN_CHECK cn_status cn__compile_from_json(cn_model *model, const json_t *config);

/* Fails for an object whose "module" is not Keras's. */
CN_CHECK cn_status cn__check_json_module(const json_t *object);
/* "dtype" as a text or a policy object: fails unless it is float32. */
CN_CHECK cn_status cn__check_json_dtype(const json_t *json);

#endif
