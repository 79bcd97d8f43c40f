/* A network as SVG: cn_model_to_svg, and the same inside a page. */
#ifndef CN_FORMATS_DRAWING_H
#define CN_FORMATS_DRAWING_H

#include "cornu/formats.h"

/* Of the class "network", which a page's style may colour. `standalone`: it is a file of its own, which names its namespace. NULL
 * and a message on failure; free with cn__free. */
char *cn__model_drawing(cn_model *model, bool standalone);

#endif
