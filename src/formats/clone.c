/* The same network again, by way of its description. */
#include "cornu/formats.h"
#include "model/model.h"

cn_model *cn_model_clone(const cn_model *model)
{
    char *description = cn_model_to_json(model);
    if (!description) return NULL;
    cn_model *clone = cn_model_from_json(description);
    cn_text_free(description);
    if (!clone) return NULL;
    cn_model_set_seed(clone, model->seed);
    if (model->frozen) cn_model_set_trainable(clone, false);
    return clone;
}
