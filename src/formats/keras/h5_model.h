/* A model's arrays in an HDF5 file: the weights, and the optimiser's state. Which path each has is a matter of the
 * layout: that of .keras and .weights.h5 (h5_paths.c), or that of older .h5 files (h5_legacy.c). */
#ifndef CN_FORMATS_H5_MODEL_H
#define CN_FORMATS_H5_MODEL_H

#include "formats/hdf5/hdf5.h"
#include "model/model.h"

typedef struct cn__h5_paths {
    const char **weights;       /* one for each variable of the model */
    const char *steps;          /* the optimiser's count of steps; NULL: not there */
    const char *rate, *product; /* the learning rate, Nadam's product; NULL: not there */
    const char **slots;         /* one for each entry of cn__state_list; NULL: not there */
} cn__h5_paths;

/* What to do about the optimiser's state. */
typedef enum cn__h5_wish {
    CN_H5_WEIGHTS_ONLY,
    CN_H5_STATE_IF_IT_FITS, /* … the optimiser that the model was compiled with */
    CN_H5_STATE             /* it must fit, if there is one */
} cn__h5_wish;

/* Everything is read and checked before the model is changed. */
CN_CHECK cn_status cn__h5_load(const cn__h5 *h5, cn_model *model, const cn__h5_paths *paths);
CN_CHECK cn_status cn__h5_store(cn__h5_new *h5, const cn_model *model, const cn__h5_paths *paths);
/* One more copy of a variable's values, at `path`. */
CN_CHECK cn_status cn__h5_write_variable(cn__h5_new *h5, const cn__variable *variable, const char *path,
                                         cn__arena *arena);
/* Bytes that the arrays take, with the state if the model is compiled. */
size_t cn__h5_expected(const cn_model *model);

/* Where among the slots Nadam's product lies, the one number among arrays: behind the averages, or since Keras 3.15 behind
 * all. The paths are of what lies at these two places, NULL: nothing. SIZE_MAX: nowhere. */
size_t cn__h5_product_place(cn__h5 *h5, const cn_model *model, const char *behind_averages,
                            const char *behind_all);

/* ---- .keras and .weights.h5: layers/dense/vars/0, optimizer/vars/0 ---- */

bool cn__h5_is_current(const cn__h5 *h5);
CN_CHECK cn_status cn__h5_load_current(cn__h5 *h5, cn_model *model, cn__h5_wish wish);
CN_CHECK cn_status cn__h5_store_current(cn__h5_new *h5, const cn_model *model);

/* ---- older .h5: under `root` ("model_weights", or "" in a file of weights alone) ---- */

/* The group that the layers are in, NULL if there is none. */
const char *cn__h5_legacy_root(const cn__h5 *h5);
CN_CHECK cn_status cn__h5_load_legacy(cn__h5 *h5, cn_model *model, cn__h5_wish wish);
/* With the state if the model is compiled and `root` is not "". */
CN_CHECK cn_status cn__h5_store_legacy(cn__h5_new *h5, const cn_model *model, const char *root);

#endif
