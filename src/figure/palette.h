/* The colours, by what they mean, on a light and on a dark page. */
#ifndef CN_FIGURE_PALETTE_H
#define CN_FIGURE_PALETTE_H

#include "base/text/text.h"

enum { CN_NETWORK_HUES = 7 };

typedef enum cn__colour {
    CN_COLOUR_NONE,
    CN_COLOUR_INK,   /* titles, values */
    CN_COLOUR_MUTED, /* axis titles, ticks */
    CN_COLOUR_AXIS,
    CN_COLOUR_GRID,
    CN_COLOUR_PAPER,
    CN_COLOUR_NOTE,
    CN_COLOUR_TRAINING,
    CN_COLOUR_VALIDATION,
    CN_COLOUR_TEST,
    CN_COLOUR_DIFFERENCE,
    CN_COLOUR_NETWORK, /* the first of seven */
    CN_COLOUR_COUNT = CN_COLOUR_NETWORK + CN_NETWORK_HUES
} cn__colour;

/* The hue of network 1, 2, … */
cn__colour cn__network_colour(int network);

/* "training", "network-3": the end of the CSS variable's name. */
const char *cn__colour_name(cn__colour colour);
/* "#0072B2", of the light set. */
const char *cn__colour_hex(cn__colour colour);
/* Red, green, blue from 0 to 1, of the light set. */
void cn__colour_rgb(cn__colour colour, double rgb[3]);

/* CSS: the variables in both sets, and a class f-NAME (fill) and s-NAME (stroke) for each. */
void cn__palette_style(cn__text *out);

#endif
