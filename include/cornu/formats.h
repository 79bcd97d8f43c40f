/* Files that models and weights are kept in. In the second library (link with cornu, not cornu-core alone).
 *
 *     cn_model *m = cn_model_load("model.json");           // what Keras's model.to_json() writes
 *     cn_model_load_weights(m, "start.npz");
 *     …
 *     cn_model_save(m, "trained.keras", false);            // all of it: keras.models.load_model reads it
 *
 * A file may hold anything: what it claims is checked against its size before memory is taken. Reading takes at most
 * ten times its bytes (a zip's unpacked, which are at most 1 GiB and 64 for each byte of the zip), and 500 MB.
 *
 * Files can be read and written by several threads; but a program that calls libhdf5 itself must not do so while Cornu
 * writes a .keras or .h5 file, unless its libhdf5 was built for threads. */
#ifndef CORNU_FORMATS_H
#define CORNU_FORMATS_H

#include "model.h"
#include "table.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a model, by what the file holds: .keras and .h5 of Keras 3 and 2, with weights, and compiled as they were, so
 * that fit goes on from the optimiser's state; an .npz that cn_model_save wrote whole, with its weights; Keras's JSON
 * (.json) or layer notation (any text), without; ONNX of these layers, with its weights. What is in the file and not supported is refused by its name; code in
 * a file is never run. NULL and a message on failure. */
CN_API cn_model *cn_model_load(const char *path);
/* The same without what the model was compiled with: no loss, metric or optimiser in the file is a hindrance. */
CN_API cn_model *cn_model_load_network(const char *path);

/* The architecture as Keras's model.to_json() writes it; keras.models.model_from_json reads it. Free it with
 * cn_text_free. */
CN_API char *cn_model_to_json(const cn_model *model);
CN_API cn_model *cn_model_from_json(const char *json);
/* A network of the same layers, as Keras's clone_model: with weights of its own, which are made when it is built, from the same seed
 * unless it gets another (cn_model_set_seed); not compiled. The model must be one that cn_model_to_json writes. NULL on failure. */
CN_API cn_model *cn_model_clone(const cn_model *model);
/* A drawing of the network as SVG: a box a layer with its name, class, output shape and parameters, and arrows. Free it with
 * cn_text_free. */
CN_API char *cn_model_to_svg(cn_model *model);
/* What a model is compiled with (optimizer, loss, metrics), as the JSON of Keras's model.get_compile_config(); NULL and a
 * message if it is not compiled. Free it with cn_text_free. */
CN_API char *cn_model_compile_to_json(const cn_model *model);
/* Compiles by such a text; also by the training_config of Keras 2. */
CN_API CN_CHECK cn_status cn_model_compile_from_json(cn_model *model, const char *json);

/* Weights into a model that is there, from .weights.h5, .keras, .h5 or an .npz (arr_0, arr_1, … in the order of
 * Keras's get_weights()). Number and shapes are checked first; a failure changes nothing. From .weights.h5 and .keras the
 * optimiser's state comes too, if the model is compiled with an optimiser of that name. */
CN_API CN_CHECK cn_status cn_model_load_weights(cn_model *model, const char *path);
/* cn_model_save with weights_only. */
CN_API CN_CHECK cn_status cn_model_save_weights(const cn_model *model, const char *path);

/* Writes a model, in the format that the name's ending says:
 *     .keras              network, weights, compile configuration and the optimiser's state, for Keras 3
 *     .h5, .hdf5          the same in Keras's older format; with weights_only: weights alone
 *     .weights.h5         only with weights_only: weights and the optimiser's state, for Keras's load_weights
 *     .npz, or no ending  network and weights; with weights_only: arr_0, arr_1, … for numpy.load
 *     .onnx               network and weights for inference, for other programs (cn_model_export_onnx)
 *     .json               the network alone, which need not be built
 * The file is written whole or not at all; equal models give equal bytes. */
CN_API cn_status cn_model_save(const cn_model *model, const char *path, bool weights_only);

/* ---- a page to try a model on -------------------------------------------------------------------------- */

typedef struct cn_html_options {
    const char *title;           /* NULL: "Draw a digit" or the like */
    const char *language;        /* of the page: "en" (NULL) or "es" */
    const char *const *labels;   /* names of the numbers of all outputs, or none */
    size_t label_count;          /* 0: they are called by their numbers */
    const char *const *features; /* names of the numbers of the inputs that take a row of them */
    size_t feature_count;        /* 0: by their numbers */
    const cn_array *x; /* samples as the network takes them (float32), for sliders' ranges; may be NULL */
    const cn_array *
        y; /* what they are for the first output: class numbers (n), one-hot rows, or the values to predict; may be NULL */
    size_t samples; /* how many of them come into the page, of each class in turn */
    bool fill;      /* drawings fill the image, as in Fashion-MNIST; else they are placed as in MNIST */
    const cn_array *const *inputs; /* of a network with several inputs, instead of x: an array for each */
} cn_html_options;

/* Writes one HTML page that runs the model in a browser and needs nothing beside it: drawing for images of one channel
 * ((28, 28), (28, 28, 1), 784, or what the samples' shape says), sliders for rows of up to 64 numbers, files of images,
 * CSV rows and .npy; for each input of the network, and bars for each output. It holds a drawing of the network. `options` may be NULL. The model must have weights, all finite, 25 million at most. */
CN_API CN_CHECK cn_status cn_model_export_html(const cn_model *model, const char *path,
                                               const cn_html_options *options);

/* ---- away from the library ---------------------------------------------------------------------------- */

/* What became of a network, for cn_export_c_options. */
typedef struct cn_export_c_report {
    size_t weight_bytes, scratch_bytes;             /* flash and RAM of the C program */
    size_t float_weight_bytes, float_scratch_bytes; /* the same in float32 */
} cn_export_c_report;

typedef struct cn_export_c_options {
    const char *name; /* what functions and macros begin with; NULL: from the file's name */
    bool int8;        /* 8-bit weights and activations, integer arithmetic between products */
    const cn_array
        *samples; /* float32, as the network takes them; int8 takes its ranges from them, and the first
                              * ones go into the self-test. NULL: made up for the self-test; int8 needs them */
    const cn_array *test;   /* int8: outputs for these samples, as the C program computes them, go into … */
    cn_array *test_outputs; /* … this new array, the caller's to free; both may be NULL */
    cn_export_c_report *report; /* filled; may be NULL */
    const cn_preparation
        *preparation; /* of a table: the program takes a row's raw columns, too; may be NULL */
} cn_export_c_options;

/* Writes a trained network as one C99 file, `path` (which must end in .c), and a header beside it: constant weights,
 * no allocation, a predict function with the very bits of cn_model_predict, or int8. docs/export-c.md. `options` may
 * be NULL. */
CN_API CN_CHECK cn_status cn_model_export_c(const cn_model *model, const char *path,
                                            const cn_export_c_options *options);

/* Writes what predict computes as ONNX (operator set 20, IR version 9), for onnxruntime and others: any number of
 * samples, the names of input, output and layers as they are here. Dropout is nothing there, and loss and optimiser
 * are not kept. */
CN_API cn_status cn_model_export_onnx(const cn_model *model, const char *path);

/* Callbacks that write files which the core knows nothing of: TensorBoard's. For fit:
 *     .callbacks = "tensorboard(logs, histogram_freq=1)", .callback_kinds = cn_file_callbacks() */
CN_API const cn_callback_kind *const *cn_file_callbacks(void);

#ifdef __cplusplus
}
#endif
#endif
