# Which branches the tests take, of the rooms that read files and of the plan (the preset `coverage`, ./run coverage). Only these are
# compiled without optimisation, so that a branch of the source is one of the machine, and the tests stay quick.
option(CORNU_COVERAGE "Count the branches that are taken (gcc)" OFF)
set(CORNU_COVERED_ROOMS base data formats model/plan)

if(CORNU_COVERAGE)
  add_link_options(--coverage)
  foreach(room IN LISTS CORNU_COVERED_ROOMS)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${room}/*.c")
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "--coverage;-O0;-U_FORTIFY_SOURCE;-fprofile-update=atomic")
  endforeach()
  # where the objects lie, and their counts beside them: a process that is confined to its folders writes there too
  set_property(SOURCE "${PROJECT_SOURCE_DIR}/src/base/files/confine.c" APPEND PROPERTY COMPILE_DEFINITIONS
    "CN_COVERAGE_COUNTS=\"${PROJECT_BINARY_DIR}/CMakeFiles\"")
endif()
