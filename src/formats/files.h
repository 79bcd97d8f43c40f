/* What the files of this room share. */
#ifndef CN_FORMATS_FILES_H
#define CN_FORMATS_FILES_H

#include "base/status.h"
#include "cornu/data.h"
#include "cornu/model.h"

/* The member of a saved .npz that holds the architecture's JSON, as bytes. */
#define CN_ARCHITECTURE_MEMBER "model_json"

/* Sets the model's weights from arr_0, arr_1, …; nothing is changed unless all of them fit. `path` is for messages. */
CN_CHECK cn_status cn__model_take_weights(cn_model *model, const cn_npz *npz, const char *path);

#endif
