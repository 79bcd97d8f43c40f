/* Names, tensors and layers of a Functional model's JSON. */
#include "data/preparation/keras_writer.h"

#include <string.h>

json_t *cn__kw_tensor(const cn__keras_tensor *t)
{
    json_t *columns = t->columns ? json_integer((json_int_t)t->columns) : json_null();
    return json_pack("{s:s, s:{s:[n, o], s:s, s:[s, i, i]}}", "class_name", "__keras_tensor__", "config",
                     "shape", columns, "dtype", t->dtype, "keras_history", t->layer, 0, 0);
}

json_t *cn__kw_node(json_t *args) { return json_pack("[{s:o, s:{}}]", "args", args, "kwargs"); }

const char *cn__kw_made(cn__keras_writer *w, const char *text)
{
    w->lacks_memory = w->lacks_memory || !text;
    return text ? text : "";
}

/* A free name: what was wished, or with a number. */
const char *cn__kw_name(cn__keras_writer *w, const char *wish)
{
    const char *name = wish;
    for (int i = 1; name && json_object_get(w->names, name); i++)
        name = cn__arena_format(&w->arena, "%s_%d", wish, i);
    if (name) cn__json_set(w->names, name, json_true());
    return cn__kw_made(w, name);
}

void cn__kw_add(cn__keras_writer *w, const char *module, const char *class_name, const char *name,
                json_t *config, json_t *nodes)
{
    const bool op = strcmp(module, "keras.layers") != 0;
    cn__json_set(config, "name", json_string(name));
    cn__json_append(w->layers, json_pack("{s:s, s:s, s:o, s:s?, s:s, s:o}", "module", module, "class_name",
                                         class_name, "config", config, "registered_name",
                                         op ? class_name : NULL, "name", name, "inbound_nodes", nodes));
}

cn__keras_tensor cn__kw_layer(cn__keras_writer *w, const char *class_name, const char *wish, json_t *config,
                              cn__keras_tensor from, const char *dtype, size_t columns)
{
    const char *name = cn__kw_name(w, wish);
    cn__kw_add(w, "keras.layers", class_name, name, config,
               cn__kw_node(json_pack("[o]", cn__kw_tensor(&from))));
    return (cn__keras_tensor){name, dtype, columns};
}

/* An operation of keras.ops on these arguments. */
cn__keras_tensor cn__kw_op(cn__keras_writer *w, const char *class_name, const char *wish, json_t *config,
                           json_t *args, const char *dtype, size_t columns)
{
    const char *name = cn__kw_name(w, wish);
    cn__kw_add(w, "keras.src.ops.numpy", class_name, name, config, cn__kw_node(args));
    return (cn__keras_tensor){name, dtype, columns};
}

json_t *cn__kw_numbers(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(list, json_real(values[i]));
    return list;
}
