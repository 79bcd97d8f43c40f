/* A heat map in its place: cells, names, and around a confusion matrix what each class comes to. */
#ifndef CN_FIGURE_HEAT_H
#define CN_FIGURE_HEAT_H

#include "figure/draw.h"

enum {
    CN_HEAT_MOST_RECTS = 3000, /* more cells are one image */
    CN_HEAT_NAME_GAP = 6,
    CN_HEAT_MARGIN_GAP = 12,
    CN_HEAT_BAR_GAP = 10,
    CN_HEAT_BAR_WIDTH = 12,
    CN_HEAT_BAR_LABEL_GAP = 5
};

typedef struct cn__heat_grid {
    double names_width, names_height; /* of row names, of column names */
    bool upright;                     /* column names */
    size_t every_row, every_column;   /* names each so many */
    double cell_width, cell_height;
    bool stacked; /* support over recall, in one column */
    bool upright_precision;
    double support_width, recall_width;
    cn__ticks scale; /* of a plain map, and the room it takes beside the cells */
    double scale_space;
    double low, high; /* of the values; of a confusion: 0 and the largest on the diagonal */
    double high_error;
} cn__heat_grid;

bool cn__is_confusion(const cn__placed *placed);
/* NaN: blank. */
double cn__heat_value(const cn__heat *data, size_t row, size_t column);
double cn__heat_row_sum(const cn__heat *data, size_t row);
double cn__heat_column_sum(const cn__heat *data, size_t column);
/* Counts are whole; other values as the panel writes them. */
const char *cn__heat_text(const cn__panel *panel, double value, char *out, size_t size);
double cn__small_extent(cn__fig_stage *stage, const char *text);
/* What stands right of the cells. */
double cn__heat_right_space(const cn__placed *placed, const cn__heat_grid *own);
double cn__heat_precision_height(const cn__heat_grid *own);
size_t cn__every_that_fits(double needed, double cell);
/* placed->own becomes a cn__heat_grid. */
CN_CHECK cn_status cn__heat_place(cn__fig_stage *stage, cn__placed *placed);

#endif
