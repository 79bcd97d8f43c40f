/* ONNX both ways (onnx.ai, IR version 9, operator set 20). A layer becomes nodes named "layer/Operator", its output the
 * value "layer", its variables initialisers "layer/variable"; the names come back from there. */
#ifndef CN_FORMATS_ONNX_H
#define CN_FORMATS_ONNX_H

#include "base/arena.h"
#include "base/files/file.h"
#include "base/status.h"
#include "cornu/model.h"
#include "kernels/kernels.h"
#include "nn/layer.h"
#include "onnx.pb-c.h"

enum { CN_ONNX_IR = 9, CN_ONNX_OPSET = 20 };
/* Types of tensors and of attributes. */
enum { CN_ONNX_FLOAT32 = 1, CN_ONNX_INT32 = 6, CN_ONNX_INT64 = 7, CN_ONNX_BOOL = 9, CN_ONNX_FLOAT64 = 11 };
enum { CN_ONNX_F = 1, CN_ONNX_I = 2, CN_ONNX_S = 3, CN_ONNX_T = 4, CN_ONNX_FS = 6, CN_ONNX_IS = 7 };

#define CN_ONNX_PRODUCER "cornu"

/* ---- write/graph.c: a graph that is being made, one value after the other ----------------------------- */

typedef struct cn__onnx_graph {
    cn__arena arena;
    Cn__Onnx__Graph graph;
    size_t node_capacity, initializer_capacity;
    const char *layer;   /* whose nodes are made */
    const char *value;   /* what the next node takes */
    size_t first;        /* the layer's first node */
    bool channels_first; /* the operation that is written is given its inputs so */
    bool failed;         /* out of memory: later calls do nothing; check once at the end */
} cn__onnx_graph;

/* A node over `inputs` (NULL ends them; "" is one left out); gives its output, which becomes graph->value. */
Cn__Onnx__Node *cn__onnx_node(cn__onnx_graph *graph, const char *op, const char *const *inputs);
void cn__onnx_attribute_float(cn__onnx_graph *graph, Cn__Onnx__Node *node, const char *name, float value);
void cn__onnx_attribute_int(cn__onnx_graph *graph, Cn__Onnx__Node *node, const char *name, int64_t value);
void cn__onnx_attribute_text(cn__onnx_graph *graph, Cn__Onnx__Node *node, const char *name, const char *text);
void cn__onnx_attribute_ints(cn__onnx_graph *graph, Cn__Onnx__Node *node, const char *name, size_t count,
                             const int64_t *values);
/* An initialiser "layer/name" (there already: that one); `data` is borrowed. Gives its name. */
const char *cn__onnx_initializer(cn__onnx_graph *graph, const char *name, int type, size_t ndim,
                                 const int64_t *dims, const void *data);
/* An initialiser with the variable's values. */
const char *cn__onnx_variable(cn__onnx_graph *g, const cn__variable *v);
/* One float, named by its value. */
const char *cn__onnx_scalar(cn__onnx_graph *graph, float value);
/* An input or output of samples with these sizes. */
Cn__Onnx__Port *cn__onnx_port(cn__onnx_graph *graph, const char *name, size_t ndim, const size_t *shape);

/* ---- onnx/activation.c: activations as operators, one table for both ways ------------------------------- */

cn_status cn__onnx_write_activation(cn__onnx_graph *graph, const cn__activation *activation);

/* ---- read/source.c: a graph that was read, its names looked up and its constants found ------------------- */

typedef struct cn__onnx_value {
    const char *name;
    const Cn__Onnx__Tensor *tensor;   /* a constant, or NULL */
    bool transposed;                  /* the constant (of two dimensions) is meant transposed */
    const Cn__Onnx__Node *producer;   /* whose first output it is, or NULL */
    const Cn__Onnx__Node **consumers; /* each as often as it takes the value; Shape does not count */
    size_t consumer_count;
    const cn__shape *shape; /* of a sample, once the walk came by */
} cn__onnx_value;

typedef struct cn__onnx_source {
    Cn__Onnx__Model *model;
    ProtobufCAllocator allocator;
    struct cn__onnx_budget {
        size_t used, limit;
        bool failed; /* the system had no more, within the limit */
    } budget;
    cn__arena arena;
    cn__onnx_value *values; /* by name */
    size_t value_count;
    int64_t opset;
    bool ours;
    const Cn__Onnx__Port *input, *output;     /* where there is one of each; else NULL */
    const Cn__Onnx__Port **inputs, **outputs; /* all that the network has */
    size_t input_count, output_count;
    const Cn__Onnx__Node
        *node;        /* of a graph: an activation of one node is this one, whatever else takes its input */
    const char *path; /* of the model's file; NULL: in memory */
    struct cn__onnx_file *files; /* beside it, that tensors are kept in */
    uint64_t external_left;      /* bytes of these that may still be read */
} cn__onnx_source;

/* Reads and checks a file; whatever comes of it, cn__onnx_close frees it. */
CN_CHECK cn_status cn__onnx_open(const cn__infile *file, cn__onnx_source *source);
void cn__onnx_close(cn__onnx_source *source);
/* The value of that name; NULL if there is none, or for "" and NULL. */
cn__onnx_value *cn__onnx_find(const cn__onnx_source *source, const char *name);
/* Is the value one of the graph's outputs? */
bool cn__onnx_is_output(const cn__onnx_source *source, const char *name);
/* Input i of a node; NULL where it has none. */
cn__onnx_value *cn__onnx_input(const cn__onnx_source *source, const Cn__Onnx__Node *node, size_t i);
const Cn__Onnx__Attribute *cn__onnx_attribute(const Cn__Onnx__Node *node, const char *name);
double cn__onnx_number(const Cn__Onnx__Node *node, const char *name, double fallback);

/* Refuses a model with a text that holds a NUL byte (read/strings.c). */
CN_CHECK cn_status cn__onnx_check_strings(const void *model, size_t size);

/* Reads the `size` bytes of a tensor that is kept beside the model (read/external.c). */
CN_CHECK cn_status cn__onnx_read_external(cn__onnx_source *source, Cn__Onnx__Tensor *tensor, const char *name,
                                          size_t size);

/* Elements of a constant, and element i, in the order of its dims. Tensors were checked by cn__onnx_open. */
size_t cn__onnx_size(const Cn__Onnx__Tensor *tensor);
double cn__onnx_element(const Cn__Onnx__Tensor *tensor, size_t i);
bool cn__onnx_is_float(const Cn__Onnx__Tensor *tensor);
bool cn__onnx_is_int(const Cn__Onnx__Tensor *tensor);

/* Finds an activation that begins at `value` of samples with `rank` dimensions. On success *end is the value that it
 * ends in and *first its first node; else false. */
bool cn__onnx_match_activation(const cn__onnx_source *source, const char *value, int rank,
                               cn__activation *out, const char **end, const Cn__Onnx__Node **first);
/* The same for any steps, written as in the table there: `numbers` are their p0, p1, p2, NaN for any, and filled in. */
bool cn__onnx_match_steps(const cn__onnx_source *source, const char *value, int rank, const char *steps,
                          double numbers[3], const char **end, const Cn__Onnx__Node **first);
/* The activation as layers take it: "relu(max_value=6)". */
const char *cn__onnx_activation_text(cn__arena *arena, const cn__activation *activation);

#endif
