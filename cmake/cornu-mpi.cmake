# cornu-mpi.so: the module that speaks MPI, compiled against the MPI that is found and loaded when it is asked for. The program and the
# libraries do not depend on it.
option(CORNU_MPI "Build the module for MPI (when an MPI is there)" ON)
set(CORNU_MODULE_DIR "${CMAKE_INSTALL_LIBDIR}/cornu")
if(NOT CORNU_MPI OR CORNU_SANITIZE OR CMAKE_CROSSCOMPILING)
  return()
endif()
find_package(MPI QUIET COMPONENTS C)
if(NOT MPI_C_FOUND)
  message(STATUS "no MPI (libopenmpi-dev or libmpich-dev): training over several machines is left out")
  return()
endif()
message(STATUS "MPI: ${MPI_C_LIBRARIES}")
add_library(cornu-mpi MODULE "${PROJECT_SOURCE_DIR}/src/cluster/mpi/plugin.c")
cornu_flags(cornu-mpi)
cornu_private_includes(cornu-mpi)
target_link_libraries(cornu-mpi PRIVATE MPI::MPI_C)
set_target_properties(cornu-mpi PROPERTIES PREFIX "" OUTPUT_NAME cornu-mpi SUFFIX ".so"
                      LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
if(CORNU_INSTALL) # no component of the Debian packages: what they need does not grow by MPI
  install(TARGETS cornu-mpi LIBRARY DESTINATION "${CORNU_MODULE_DIR}" COMPONENT mpi)
endif()
