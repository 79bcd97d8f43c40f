/* Grouped bars in their places. They stand where names and values have room; else they lie, one under the
 * other, names beside or above them. */
#ifndef CN_FIGURE_BARS_H
#define CN_FIGURE_BARS_H

#include "figure/draw.h"

enum { CN_BAR_NAME_LINES = 3, CN_BAR_NAME_GAP = 8, CN_BAR_LYING_GAP = 11 };

typedef enum cn__value_form { CN_VALUES_HIDDEN, CN_VALUES_LEVEL, CN_VALUES_UPRIGHT } cn__value_form;

typedef struct cn__category {
    const char *name; /* as given, or the number */
    const char *lines[CN_BAR_NAME_LINES];
    size_t line_count;
} cn__category;

typedef struct cn__bars {
    size_t count; /* of categories */
    cn__category *categories;
    bool lying;
    double slot, bar;   /* pixels of a category and of a bar, along the axis of categories */
    double first;       /* where the first slot begins */
    double above;       /* lying: pixels of a name above its bars */
    double names_width; /* lying: of the names beside the bars */
    double widest_value;
    double largest; /* magnitude of all values */
    cn__value_form form;
    size_t every; /* standing: a label each so many categories */
    double foot;
} cn__bars;

/* NaN where a series has no such value. */
double cn__bar_value(const cn__panel *panel, size_t series, size_t i);
/* A value as it is written: beside bars that are long enough to have digits, a tiny one is "0.000". */
char *cn__bar_text(const cn__panel *panel, const cn__bars *own, double value, char *out, size_t size);
/* Where bars begin: at zero, or at the end of the axis nearest to it. */
double cn__bars_base(const cn__scale *scale);
/* Of all values. */
cn__extent cn__bars_extent(const cn__panel *panel, size_t count);
/* placed->own becomes a cn__bars. */
CN_CHECK cn_status cn__bars_place(cn__fig_stage *stage, cn__placed *placed);

#endif
