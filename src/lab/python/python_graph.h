/* A graph of layers as Python code with Keras's functional API. */
#ifndef CN_LAB_PYTHON_PYTHON_GRAPH_H
#define CN_LAB_PYTHON_PYTHON_GRAPH_H

#include "base/text/text.h"

/* A name as a variable: what Python or the helpers would take for something else gets a mark. */
void cn__python_variable(cn__text *out, const char *name);
/* "model = keras.Model(…)" and what stands before it, of a notation that is a graph; false: it has no such code, and nothing was
 * added. */
bool cn__python_graph(cn__text *out, const char *model, const char *layers);

#endif
