/* A model and what is done with it on the command line: opened from its options, compiled, its scores printed. */
#ifndef CN_CLI_SESSION_H
#define CN_CLI_SESSION_H

#include <stdio.h>

#include "cornu/cornu.h"

/* --model and --layers: one of them. Of a file, the network and its weights. */
CN_CHECK cn_status cn__open_model(const char *file, const char *layers, cn_model **out);
/* All of a file; fails unless it says what the model was compiled with. `option` is for the message. */
CN_CHECK cn_status cn__open_compiled(const char *option, const char *file, cn_model **out);

/* Fails for a network that has weights, but none of its own yet: `fresh`, made of a notation or Keras's JSON. Builds it. */
CN_CHECK cn_status cn__check_weights_given(cn_model *model, bool fresh, const char *weights,
                                           const cn_array *x);

/* A sample's shape: "784", "28,28" or "(28, 28)". */
CN_CHECK cn_status cn__read_shape(const char *text, int *ndim, size_t *shape);

/* Fails if no model (or weights alone) could be written to `path`: by its ending, or by cn__check_writable. */
CN_CHECK cn_status cn__check_model_output(const char *option, const char *path, bool weights_only);

/* Fails if no file could be written at `path`; NULL is fine. `option` is for the message, or NULL. Removes what killed runs left
 * in the folder. */
CN_CHECK cn_status cn__check_writable(const char *option, const char *path);

/* "loss: 0.1234 - accuracy: 0.9000" */
void cn__print_logs(FILE *out, const char *title, const cn_logs *logs);

/* {"history": {…}, "seconds": […], "evaluate": {…}, "test": {…}}; each part may be NULL. 9 significant
 * digits, null for NaN and infinity. */
CN_CHECK cn_status cn__write_history(const char *path, const cn_history *history, const cn_logs *evaluate,
                                     const cn_logs *test);
/* {"loss": …} */
CN_CHECK cn_status cn__write_logs(const char *path, const cn_logs *logs);

#endif
