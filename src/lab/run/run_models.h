/* The inside of a run: what becomes of a training's model. */
#ifndef CN_LAB_RUN_MODELS_H
#define CN_LAB_RUN_MODELS_H

#include "lab/run/run.h"

/* Puts the cached model into its file, unless it is there; false in *there when there is none. */
CN_CHECK cn_status cn__restore_model(cn__program_run *run, cn__job *job, bool *there);
/* Writes it into its file, and into the cache unless the job is not kept there. */
CN_CHECK cn_status cn__keep_model(cn__program_run *run, cn__job *job, const cn_model *model);

#endif
