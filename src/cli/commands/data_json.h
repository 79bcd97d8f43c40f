/* cornu data --json. */
#ifndef CN_CLI_DATA_JSON_H
#define CN_CLI_DATA_JSON_H

#include "cornu/cornu.h"

CN_CHECK cn_status cn__data_json_set(const char *path, const cn_dataset *set);
/* {"file": …, "arrays": [{"name", "shape", "type", "min", "max", "mean"}, …]} */
CN_CHECK cn_status cn__data_json_arrays(const char *path, const char *file, const char *const *names,
                                        const cn_array *arrays, size_t count);
CN_CHECK cn_status cn__data_json_table(const char *path, const char *file, const cn_table *table);

#endif
