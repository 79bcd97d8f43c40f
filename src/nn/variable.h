/* The panel layout of variables, and moving values in and out of it. The layout depends on the shape
 * alone. Element (r, c): panel p = c / CN_PANEL of width w(p) starts at rows · CN_PANEL · p; inside it the
 * element stands at r · w(p) + c mod CN_PANEL. */
#ifndef CN_NN_VARIABLE_H
#define CN_NN_VARIABLE_H

#include "nn/layer.h"

#define CN_PANEL 128

typedef struct cn__panel {
    size_t first, cols; /* columns of the matrix */
    size_t width;       /* numbers a row takes: cols padded to CN_LANES */
    size_t offset;      /* of its first number */
} cn__panel;

size_t cn__panel_count(const cn__variable *variable);
cn__panel cn__panel_at(const cn__variable *variable, size_t panel);

/* Number of elements (without padding). */
size_t cn__variable_size(const cn__variable *variable);

/* Copies between C order (of variable->shape) and the layout of `panels` (value, a slot, …). */
void cn__variable_gather(const cn__variable *variable, const real *panels, real *values);
void cn__variable_scatter(const cn__variable *variable, const real *values, real *panels);

#endif
