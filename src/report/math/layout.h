/* A formula on paper: letters and rules in their places around a base line. Lengths are points. */
#ifndef CN_REPORT_MATH_LAYOUT_H
#define CN_REPORT_MATH_LAYOUT_H

#include "data/libraries/cairo.h"
#include "report/math/formula.h"

typedef struct cn__formula_box {
    double width, ascent, descent; /* over and under the base line */
    struct cn__formula_piece *pieces;
    size_t count, capacity;
    bool failed; /* out of memory */
} cn__formula_box;

/* In the colour that cairo has. Free with cn__formula_box_free. */
void cn__formula_lay(cn__formula_box *box, PangoContext *context, const cn__formula *formula, double size,
                     bool display);
void cn__formula_draw(const cn__formula_box *box, cairo_t *cr, double x, double base);
void cn__formula_box_free(cn__formula_box *box);

#endif
