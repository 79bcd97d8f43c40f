/* Between the library and the module that speaks MPI, which is compiled against the MPI that the build found and loaded when it is
 * asked for. */
#ifndef CN_CLUSTER_MPI_PLUGIN_H
#define CN_CLUSTER_MPI_PLUGIN_H

#include "cornu/cluster.h"

/* How the module leaves a message: cn__fail. */
typedef cn_status cn__mpi_fail(cn_status status, const char *format, ...) CN_PRINTF(2, 3);

/* Fills *out with the ranks of MPI_COMM_WORLD. */
typedef cn_status cn__mpi_open(cn_communicator *out, cn__mpi_fail *fail);
#define CN__MPI_OPEN "cornu_mpi_open_1" /* another number for another cn_communicator */

#endif
