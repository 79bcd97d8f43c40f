/* Files that models and weights are kept in. In the second library (link with cornu, not cornu-core alone).
 *
 *     cn_model *m = cn_model_load("model.json");           // what Keras's model.to_json() writes
 *     cn_model_load_weights(m, "start.npz");
 *     …
 *     cn_model_save(m, "trained.npz", false);              // architecture and weights */
#ifndef CORNU_FORMATS_H
#define CORNU_FORMATS_H

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads an architecture, by what the file holds: Keras's JSON (.json), layer notation (any text), or a .npz that
 * cn_model_save wrote whole (then with its weights). NULL and a message on failure. */
CN_API cn_model *cn_model_load(const char *path);

/* The architecture as Keras's model.to_json() writes it; keras.models.model_from_json reads it. Free it with
 * cn_text_free. */
CN_API char *cn_model_to_json(const cn_model *model);
CN_API cn_model *cn_model_from_json(const char *json);

/* arr_0, arr_1, … in the order of Keras's get_weights(), for numpy.load. */
CN_API CN_CHECK cn_status cn_model_load_weights(cn_model *model, const char *path);
CN_API CN_CHECK cn_status cn_model_save_weights(const cn_model *model, const char *path);

/* The weights and, unless weights_only, a member `model_json` (the bytes of the architecture). */
CN_API cn_status cn_model_save(const cn_model *model, const char *path, bool weights_only);

#ifdef __cplusplus
}
#endif
#endif
