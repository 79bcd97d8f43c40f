/* Trying what a study may ask for before anything is trained. */
#ifndef CN_SWEEP_CHECK_H
#define CN_SWEEP_CHECK_H

#include "sweep/study.h"

/* Makes the network at both ends of each dimension and at each choice of a list, and asks fit whether it would train it;
 * finds the names that a history will have, among which the objectives must be. */
CN_CHECK cn_status cn__study_check(const cn__study *study);

#endif
