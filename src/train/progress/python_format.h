/* Numbers by Python's format specifications: ".1e", "08.3f", "+.2%", ">6". */
#ifndef CN_TRAIN_PROGRESS_PYTHON_FORMAT_H
#define CN_TRAIN_PROGRESS_PYTHON_FORMAT_H

#include <stdbool.h>

#include "base/text/text.h"

/* Adds what Python's format(value, spec) gives for a float, or with `integer` for an int. Fails where Python does. */
CN_CHECK cn_status cn__python_format(const char *spec, double value, bool integer, cn__text *out);

#endif
