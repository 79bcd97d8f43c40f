/* Test-time augmentation, as far as others than train/ ask for it. */
#ifndef CN_TRAIN_PREDICT_VIEWS_H
#define CN_TRAIN_PREDICT_VIEWS_H

#include "cornu/model.h"

/* Fails where the model has no layer that shows samples in other ways; `what` begins the message. */
CN_CHECK cn_status cn__check_views(const cn_model *model, const char *what, size_t views);

#endif
