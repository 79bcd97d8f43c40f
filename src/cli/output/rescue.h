/* What a training has made is not lost because a file cannot be written: it goes somewhere else, and that is said. */
#ifndef CN_CLI_OUTPUT_RESCUE_H
#define CN_CLI_OUTPUT_RESCUE_H

#include "cornu/cornu.h"

/* cn_model_save, with what the table of its data was prepared by (or NULL). Where it fails: in another form beside it, then in the working directory, under a name that is free; the
 * message says where it is. The failure is returned all the same. */
CN_CHECK cn_status cn__save_or_rescue(const cn_model *model, const cn_preparation *preparation,
                                      const char *path, bool weights_only);

/* Saves a model whose training failed under a free name beside `path`, which stays as it is; adds to the message where. */
void cn__save_unfinished(const cn_model *model, const char *path, bool weights_only);

#endif
