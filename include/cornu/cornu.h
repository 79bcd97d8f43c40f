/* Everything: this header includes all others. The core (link with cornu-core) is status, array, model, train and classes; data, table,
 * formats and sweep are in the second library (link with cornu). */
#ifndef CORNU_H
#define CORNU_H

#include "array.h"
#include "classes.h"
#include "cluster.h"
#include "custom.h"
#include "data.h"
#include "table.h"
#include "formats.h"
#include "model.h"
#include "status.h"
#include "sweep.h"
#include "train.h"
#include "version.h"

#endif
