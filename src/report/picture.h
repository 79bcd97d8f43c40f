/* Pictures of files on paper. */
#ifndef CN_REPORT_PICTURE_H
#define CN_REPORT_PICTURE_H

#include "data/libraries/cairo.h"
#include "report/report.h"

/* In a rectangle, in points. */
CN_CHECK cn_status cn__image_draw(const cn__report_image *image, cairo_t *cr, double x, double y,
                                  double width, double height);

#endif
