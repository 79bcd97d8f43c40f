/* A configuration with places in it that a search space's dimensions stand for, found by their names:
 *
 *     units                     the argument of every layer that takes it, but not of the output layer
 *     dropout                   the first argument of every layer of that kind, but not of the output layer
 *     dense_1.units             of the layer of that name (Keras numbers layers: dense, dense_1, …); m.dense_1.units too
 *     dense_1.repeat            how often the layer's line stands there: 0 leaves it out
 *     optimizer, loss           the whole; optimizer.learning_rate, loss.delta, and what is in them
 *     batch_size, epochs, …     of the fit
 *     early_stopping.patience   of a callback of the fit
 *     normalise.by              of the data's preparation: lists of values alone */
#ifndef CN_SWEEP_TEMPLATE_H
#define CN_SWEEP_TEMPLATE_H

#include "sweep/configuration.h"
#include "sweep/space.h"

struct cn__place;

typedef struct cn__template {
    const cn__configuration *base;
    cn__space *space;
    cn__value *calls;                     /* the layers' lines */
    const char **names;                   /* of the layers as Keras names them; NULL: the line is no layer */
    size_t lines, output;                 /* output: the line of the output layer, and those behind it */
    cn__value optimizer, loss, callbacks; /* callbacks: a list */
    struct cn__place **places;            /* (space->count) lists */
    size_t *place_counts;
} cn__template;

/* Finds the places and says of each dimension what kind of number it is. */
CN_CHECK cn_status cn__template_open(cn__arena *arena, const cn__configuration *base, cn__space *space,
                                     cn__template *out);

/* The configuration at a point. Its texts live in `arena`. */
CN_CHECK cn_status cn__template_fill(const cn__template *t, const double *point, cn__arena *arena,
                                     cn__configuration *out);

/* ---- places.c: what stands at a name ----------------------------------------------------------------------------- */

typedef enum cn__place_kind {
    CN_PLACE_LAYER,
    CN_PLACE_REPEAT,
    CN_PLACE_OPTIMIZER,
    CN_PLACE_LOSS,
    CN_PLACE_CALLBACK,
    CN_PLACE_FIT,
    CN_PLACE_DATA
} cn__place_kind;

typedef struct cn__place {
    cn__place_kind kind;
    size_t index;            /* the layer's line; the callback; the fit's argument; the preparer's name */
    const char *path;        /* the argument, and with points what is in it; "": the whole */
    const cn__param *params; /* of what the path begins in; NULL: not known */
    size_t param_count;
} cn__place;

CN_CHECK cn_status cn__places_find(cn__arena *arena, const cn__template *t, const char *name, cn__place **out,
                                   size_t *count);
/* The parameter that the path names, if that is known; NULL. */
const cn__param *cn__place_param(const cn__place *place);

/* The fit's arguments that can be searched. */
typedef struct cn__fit_argument {
    const char *name;
    size_t offset;
    bool flag; /* a bool; else a size_t of at least `low` */
    double low;
} cn__fit_argument;
extern const cn__fit_argument cn__fit_arguments[];
extern const size_t cn__fit_argument_count;

#endif
