# fuzz/fuzz_<name>.c is one libFuzzer target, build/fuzz/fuzz-<name>, made where CORNU_FUZZ is on (the
# preset `fuzz`, for clang). fuzz/make_corpus.c writes the seeds of fuzz/corpus/ (--target fuzz-corpus), fuzz/make_dictionaries.c the words
# that libFuzzer puts into inputs.
file(GLOB CORNU_FUZZ_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/fuzz_*.c")
add_custom_target(fuzz-targets)

# cornu_fuzz_program(target source flags…)
function(cornu_fuzz_program target source)
  add_executable(${target} EXCLUDE_FROM_ALL ${source})
  cornu_flags(${target})
  cornu_private_includes(${target})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/fuzz")
  target_link_libraries(${target} PRIVATE ${CORNU_INTERNAL} PkgConfig::CORNU_DEPENDENCIES Threads::Threads m)
  target_link_options(${target} PRIVATE ${ARGN})
endfunction()

foreach(source IN LISTS CORNU_FUZZ_SOURCES)
  string(REGEX REPLACE ".*/fuzz_([^/]+)\\.c$" "fuzz-\\1" target "${source}")
  cornu_fuzz_program(${target} ${source} -fsanitize=fuzzer)
  add_dependencies(fuzz-targets ${target})
endforeach()

cornu_fuzz_program(fuzz-corpus "${PROJECT_SOURCE_DIR}/fuzz/make_corpus.c")
cornu_fuzz_program(fuzz-dictionaries "${PROJECT_SOURCE_DIR}/fuzz/make_dictionaries.c")
add_dependencies(fuzz-targets fuzz-dictionaries)
