/* What a network says of data, as rows with names: on a terminal, or in a .csv file. */
#ifndef CN_CLI_OUTPUT_ANSWERS_H
#define CN_CLI_OUTPUT_ANSWERS_H

#include "cornu/cornu.h"

typedef struct cn__answers {
    const cn_array *rows;
    const cn_preparation *preparation; /* names of classes and targets; NULL: none */
    const char *const *files;          /* of each row its picture; NULL: none */
    const uint32_t *lines;             /* of each row its line in a table; NULL: none */
} cn__answers;

/* Does a path name a file of such rows? */
bool cn__is_answers_path(const char *path);
/* As CSV, into a file or (path NULL) to standard output. */
CN_CHECK cn_status cn__answers_write(const cn__answers *answers, const char *path);

/* {"predictions": [{"file": …, "line": …, "prediction": …, "probabilities": {…}}, …]}; "prediction" is a class, values by the names of
 * targets, or the list of values of an output without names. */
CN_CHECK cn_status cn__answers_json(const cn__answers *answers, const char *path);
/* Of several outputs: {"outputs": {"kind": [[…], …]}}. */
CN_CHECK cn_status cn__answers_json_outputs(const char *const *names, const cn_array *rows, size_t count,
                                            const char *path);

#endif
