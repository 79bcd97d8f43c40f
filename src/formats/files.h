/* The kinds of files that models are kept in: how each is read and written. model_file.c chooses among them. */
#ifndef CN_FORMATS_FILES_H
#define CN_FORMATS_FILES_H

#include "base/files/file.h"
#include "base/status.h"
#include "cornu/model.h"
#include "cornu/table.h"

/* Readers of a whole model; NULL and a message on failure. `compile`: also as what it was compiled, with the
 * optimiser's state. */
cn_model *cn__npz_load(const cn__infile *file, bool compile);
cn_model *cn__keras_load(const cn__infile *file, bool compile);
cn_model *cn__h5_load_model(const cn__infile *file, bool compile);
cn_model *cn__onnx_load(const cn__infile *file, bool compile);
cn_model *cn__text_load(const cn__infile *file, bool compile); /* Keras's JSON or a notation */
/* One of them, by what the file holds. */
cn_model *cn__model_load(const cn__infile *file, bool compile);

/* Readers of weights into a model that is there. A failure changes nothing. */
CN_CHECK cn_status cn__npz_load_weights(cn_model *model, const cn__infile *file);
CN_CHECK cn_status cn__keras_load_weights(cn_model *model, const cn__infile *file);
CN_CHECK cn_status cn__h5_load_weights(cn_model *model, const cn__infile *file);

/* Writers of a built model; files are whole or not there. */
CN_CHECK cn_status cn__npz_save(const cn_model *model, const char *path, bool weights_only);
CN_CHECK cn_status cn__keras_save(const cn_model *model, const char *path);
/* The file in memory; free with cn__free. */
CN_CHECK cn_status cn__keras_bytes(const cn_model *model, char **bytes, size_t *size);
/* With a preparation; NULL: none. */
CN_CHECK cn_status cn__keras_save_with(const cn_model *model, const cn_preparation *preparation,
                                       const char *path);
CN_CHECK cn_status cn__h5_save_model(const cn_model *model, const char *path, bool weights_only);
CN_CHECK cn_status cn__h5_save_weights(const cn_model *model, const char *path);
CN_CHECK cn_status cn__onnx_save(const cn_model *model, const char *path);
CN_CHECK cn_status cn__json_save(const cn_model *model, const char *path);

/* Does the zip hold a .keras model (else an .npz)? */
CN_CHECK cn_status cn__is_keras(const cn__infile *file, bool *is);

/* Fails unless `path` ends as a file does that a model (or weights alone) can be written to. */
CN_CHECK cn_status cn__check_model_path(const char *path, bool weights_only);

/* cn_model_save and, into the same file at once where it can hold it, cn_preparation_save; NULL: no preparation. */
struct cn_preparation;
CN_CHECK cn_status cn__model_save_prepared(const cn_model *model, const struct cn_preparation *preparation,
                                           const char *path);

/* Builds a model for `bytes` of weights: one that asks for more is refused before memory is taken. */
CN_CHECK cn_status cn__model_build_within(cn_model *model, double bytes);
/* As cn__check_model_path, and loads the library that writing it takes. */
CN_CHECK cn_status cn__make_model_path_ready(const char *path, bool weights_only);

#endif
