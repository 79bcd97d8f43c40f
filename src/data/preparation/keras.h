/* A preparation as preprocessing layers of Keras. */
#ifndef CN_DATA_PREPARATION_KERAS_H
#define CN_DATA_PREPARATION_KERAS_H

#include "base/status.h"
#include "cornu/table.h"

/* The config.json of a .keras file with the preparation's layers before the network's and the target's behind them; *out
 * (free with cn__free) is NULL where there is no table to prepare, or the network has several inputs or outputs. */
CN_CHECK cn_status cn__preparation_keras(const cn_preparation *preparation, const char *network, char **out);

/* From the config.json of a file that Keras saved after it had loaded such a model: the preparation as
 * cn_preparation_from_json takes it, and the network alone; both NULL where the model is none of Cornu's. Free with cn__free. */
CN_CHECK cn_status cn__preparation_of_keras(const char *config, char **preparation, char **network);

#endif
