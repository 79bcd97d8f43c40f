/* What the steps of a plan cost, and what follows from it: whether the numbers of the input that are not zero are
 * better taken from lists, or all of them from the matrix. Both give the same bits. The constants were fitted to measurements;
 * `./run bench cost` measures both ways over shapes and densities and says where the choice is wrong. */
#ifndef CN_MODEL_COST_H
#define CN_MODEL_COST_H

#include "model/steps.h"

/* Of a whole batch. */
typedef struct cn__cost {
    double multiply_adds; /* those that are done: with lists, of what is not zero */
    double roots;         /* elements that take a root and a division */
    double bytes;         /* of weights and slots, read and written */
} cn__cost;

/* `density` is the share of the input's numbers that are not zero. */
cn__cost cn__step_cost(const cn__plan *plan, const step *s, double density);

/* Is a dense layer of `outputs` on an input of that density better served by lists? */
bool cn__lists_pay(const char *isa, size_t outputs, double density, bool training);

#endif
