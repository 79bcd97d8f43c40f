/* What reads a model of raw columns back: keras_read.c takes the layers apart, keras_answer.c the name of the last one. */
#ifndef CN_DATA_KERAS_READER_H
#define CN_DATA_KERAS_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "data/preparation/keras_writer.h"

typedef struct cn__kr {
    const json_t *layers;
    json_t *by_name;             /* borrows the layers */
    json_t *inputs, *targets;    /* as cn_preparation_to_json has them */
    json_t *renamed;             /* inputs of Keras: the columns' own names */
    json_t *dates;               /* columns of dates: is the day first? */
    char *prepared, *last;       /* layers: the last of the preparation, the last of the network */
    char *fill, *number, *scale; /* missing=, its number, target_scale=; or NULL */
} cn__kr;

static inline bool cn__kr_is_a(const json_t *layer, const char *class_name)
{
    const char *found = json_string_value(json_object_get(layer, "class_name"));
    return found && strcmp(found, class_name) == 0;
}

static inline const char *cn__kr_name(const json_t *layer)
{
    return json_string_value(json_object_get(layer, "name"));
}

static inline const json_t *cn__kr_setting(const json_t *layer, const char *key)
{
    return json_object_get(json_object_get(layer, "config"), key);
}

/* The answer's layer, whose name it reads; NULL: the model is none of ours. */
const json_t *cn__kr_answer(cn__kr *reader);
/* The scales of the targets, which stand in the layer that undoes them. */
void cn__kr_targets(cn__kr *reader);

#endif
