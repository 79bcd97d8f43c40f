/* What lines and scatters share: points of series in a frame with two axes of numbers. */
#ifndef CN_FIGURE_PANELS_LINES_H
#define CN_FIGURE_PANELS_LINES_H

#include "figure/draw.h"

bool cn__lines_have_data(const cn__panel *panel);
/* Sets the scales and the frame. */
cn_status cn__lines_place(cn__fig_stage *stage, cn__placed *placed);
cn__point cn__lines_point(const cn__placed *placed, double x, double y);
cn__point cn__lines_series_point(const cn__placed *placed, const cn__series *series, size_t i);
/* Has the series a value there that lies within the axes? */
bool cn__lines_inside(const cn__placed *placed, const cn__series *series, size_t i);

#endif
