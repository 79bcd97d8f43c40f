/* A network as a drawing: where boxes and arrows stand, and the SVG of it (cn_model_to_svg, and the same inside a page). */
#ifndef CN_FORMATS_DRAWING_H
#define CN_FORMATS_DRAWING_H

#include "base/arena.h"
#include "cornu/formats.h"

/* A layer's box: its middle, its top, and two lines of text. */
typedef struct cn__drawing_box {
    double x, top, width;
    const char *title, *detail;
} cn__drawing_box;

/* From (x0, y0) straight down to y1, then in a curve with upright ends to (x1, y2); `head`: there is an arrowhead, whose tip is
 * CN_DRAWING_HEAD under that. */
typedef struct cn__drawing_line {
    double x0, y0, y1, x1, y2;
    bool head;
} cn__drawing_line;

enum { CN_DRAWING_BOX = 44, CN_DRAWING_HEAD = 7 }; /* the height of a box, the length of an arrowhead */

/* In pixels; the drawing begins at `left` and at 0. */
typedef struct cn__drawing {
    double left, width, height;
    const cn__drawing_box *boxes;
    const cn__drawing_line *lines;
    size_t box_count, line_count;
} cn__drawing;

/* All of it lives in `arena`. */
CN_CHECK cn_status cn__drawing_make(cn_model *model, cn__arena *arena, cn__drawing *out);

/* Of the class "network", which a page's style may colour. `standalone`: it is a file of its own, which names its namespace. NULL
 * and a message on failure; free with cn__free. */
char *cn__model_drawing(cn_model *model, bool standalone);

#endif
