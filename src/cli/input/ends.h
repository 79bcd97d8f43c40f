/* Data, losses and metrics of a network with several inputs or outputs, each by its name:
 *
 *     --x left=L.npy --x right=R.npy --y kind=K.npy --y size=S.npy --loss kind=categorical_crossentropy --loss size=mse
 *
 * An .npz whose members have these names does for all of an option. */
#ifndef CN_CLI_INPUT_ENDS_H
#define CN_CLI_INPUT_ENDS_H

#include "base/arena.h"
#include "base/text/text.h"
#include "cli/input/samples.h"

typedef struct cn__ends {
    cn__arena arena;
    size_t inputs, outputs;
    cn_array *arrays;                         /* of the inputs, of the targets, of the weights */
    const cn_array **x, **y, **sample_weight; /* y and sample_weight: NULL where an output has none */
} cn__ends;

/* Does it have several inputs or outputs, or is one of its ends named by an option? */
bool cn__has_ends(const cn_model *model, const cn__source *source);

/* Reads the files. `prefix` is "validation-" for the messages of such a source, else "". Free it also after a failure. */
CN_CHECK cn_status cn__ends_read(const cn_model *model, const cn__source *source, const char *prefix,
                                 cn__ends *out);
void cn__ends_free(cn__ends *ends);

/* What --loss, --metrics, --weighted-metrics and --loss-weight were given. */
typedef struct cn__words_given {
    cn__texts losses, metrics, weighted_metrics, loss_weights;
} cn__words_given;

/* The same as cn_model_compile takes it: what was given once and without a name as it is, else a map by the outputs' names,
 * "{kind: [accuracy, auc]}". `data` is NULL where nothing was given. */
typedef struct cn__compile_words {
    cn__text losses, metrics, weighted_metrics, loss_weights;
} cn__compile_words;

CN_CHECK cn_status cn__compile_words_read(const cn_model *model, const cn__words_given *given,
                                          cn__compile_words *out);
void cn__compile_words_free(cn__compile_words *words);

#endif
