# The program `cornu`, the examples (public headers only, as a user would build them) and the programs
# of bench/ (built on demand: --target bench-programs).
cornu_room_sources(CORNU_CLI_SOURCES cli)
if(CORNU_CLI_SOURCES AND NOT CORNU_CORE_ONLY)
  add_executable(cornu ${CORNU_CLI_SOURCES})
  cornu_flags(cornu)
  cornu_private_includes(cornu)
  target_link_libraries(cornu PRIVATE ${CORNU_INTERNAL} PkgConfig::CORNU_DEPENDENCIES Threads::Threads m)
  set_target_properties(cornu PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
endif()

if(CORNU_EXAMPLES AND NOT CORNU_CORE_ONLY)
  file(GLOB examples CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.c")
  foreach(source IN LISTS examples)
    get_filename_component(name ${source} NAME_WE)
    add_executable(example-${name} ${source})
    cornu_flags(example-${name})
    target_link_libraries(example-${name} PRIVATE libcornu Threads::Threads m)
    set_target_properties(example-${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
  endforeach()
endif()

add_custom_target(bench-programs)
if(NOT CORNU_CORE_ONLY)
  file(GLOB benches CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.c")
endif()
foreach(source IN LISTS benches)
  get_filename_component(name ${source} NAME_WE)
  add_executable(bench-${name} EXCLUDE_FROM_ALL ${source})
  cornu_flags(bench-${name})
  cornu_private_includes(bench-${name})
  target_link_libraries(bench-${name} PRIVATE ${CORNU_INTERNAL} PkgConfig::CORNU_DEPENDENCIES Threads::Threads m)
  set_target_properties(bench-${name} PROPERTIES OUTPUT_NAME ${name}
                        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  target_compile_options(bench-${name} PRIVATE -ffp-contract=fast) # quick.c measures what the machine can do at most
  add_dependencies(bench-programs bench-${name})
endforeach()
