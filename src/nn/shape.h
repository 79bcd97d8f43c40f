/* The shape of a sample: its axes, the batch left out. (28, 28) for images of 28 × 28. */
#ifndef CN_NN_SHAPE_H
#define CN_NN_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#define CN_MAX_RANK 6 /* axes of a sample, without the batch */

typedef struct cn__shape {
    int rank;
    size_t dim[CN_MAX_RANK];
} cn__shape;

/* Elements of a sample. */
size_t cn__shape_size(const cn__shape *shape);
/* Are the number of a sample's elements, and of their bytes, still numbers? */
bool cn__shape_can_be_counted(const cn__shape *shape);
/* The last axis; 1 where there is none. */
size_t cn__shape_last(const cn__shape *shape);
bool cn__shape_equal(const cn__shape *a, const cn__shape *b);
/* "(None, 28, 28)". */
char *cn__shape_text(const cn__shape *shape, char *buffer, size_t size);

#endif
