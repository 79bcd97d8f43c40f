# tests/<room>/test_<topic>.c is one program and one test, "room/topic", labelled with its room;
# tests/<room>/test_<topic>.sh is a script that finds the program in $CORNU_PROGRAM. Exit code 77 means
# skipped. tests/support/*.c and the plain kernels of src/kernels/reference/ are linked into all; tests/gradient/ is linked with a copy of the core that
# computes in double. Scripts that speak of CORNU_KERAS want a Python with Keras, and are
# labelled `parity`; of CORNU_ONNX_PYTHON: `exchange`. tests/slow/ is left out of the fast runs; tests that speak of
# threads, other than of one, are labelled `threaded`, for the thread sanitizer.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA IMPORTED_TARGET GLOBAL cmocka)
if(NOT CMOCKA_FOUND)
  message(STATUS "cmocka is missing: the tests are left out")
  return()
endif()

file(GLOB CORNU_TEST_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*/test_*.c")
file(GLOB CORNU_TEST_SCRIPTS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*/test_*.sh")
file(GLOB CORNU_TEST_SUPPORT CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.c"
     "${PROJECT_SOURCE_DIR}/src/kernels/reference/*.c")
set(CORNU_TEST_SCRATCH "${PROJECT_BINARY_DIR}/tests/scratch")
file(MAKE_DIRECTORY "${CORNU_TEST_SCRATCH}")
add_custom_target(fast-tests)
add_custom_target(threaded-tests)
if(TARGET cornu)
  add_dependencies(fast-tests cornu)
  add_dependencies(threaded-tests cornu)
endif()

# The core in double precision, made only where a test asks for it.
function(cornu_double_core)
  if(TARGET cornu-core-f64)
    return()
  endif()
  cornu_kernel_library(cornu-kernels-scalar-f64 scalar CN_HAVE_ISA_SCALAR=1 CN_REAL_DOUBLE=1)
  target_compile_options(cornu-kernels-scalar-f64 PRIVATE -O1) # builds in a fifth of the time
  add_library(cornu-core-f64 STATIC EXCLUDE_FROM_ALL ${CORNU_CORE_SOURCES}
              $<TARGET_OBJECTS:cornu-kernels-scalar-f64>)
  cornu_flags(cornu-core-f64)
  cornu_private_includes(cornu-core-f64)
  target_compile_definitions(cornu-core-f64 PUBLIC CN_REAL_DOUBLE=1 CN_HAVE_ISA_SCALAR=1)
  target_link_libraries(cornu-core-f64 PUBLIC Threads::Threads m)
endfunction()

# The plain kernels and what tests share, compiled once for all tests; cornu_test_support(cornu-test-support DEFINITION…).
function(cornu_test_support target)
  if(NOT TARGET ${target})
    add_library(${target} STATIC EXCLUDE_FROM_ALL ${CORNU_TEST_SUPPORT})
    cornu_flags(${target})
    cornu_private_includes(${target})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_compile_definitions(${target} PRIVATE ${ARGN})
    if(CMAKE_CROSSCOMPILING) # gcc 12 for arm64 breaks down over some of the tests' own loops
      target_compile_options(${target} PRIVATE -fno-tree-loop-vectorize)
    endif()
  endif()
endfunction()

# cornu_add_test(name room command…): what a test program and a script have in common.
function(cornu_add_test name room)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY "${CORNU_TEST_SCRATCH}")
  set(environment "CORNU_TESTS_DIR=${PROJECT_SOURCE_DIR}/tests" "ASAN_OPTIONS=allocator_may_return_null=1"
      "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/leaks.supp:print_suppressions=0"
      "UBSAN_OPTIONS=print_stacktrace=1"
      "TSAN_OPTIONS=allocator_may_return_null=1:halt_on_error=1:suppressions=${PROJECT_SOURCE_DIR}/tests/races.supp")
  if(CORNU_SANITIZE) # tests whose numbers the release build has checked do a part of their work
    list(APPEND environment "CORNU_SANITIZED=1")
  endif()
  if(TARGET cornu)
    list(APPEND environment "CORNU_PROGRAM=$<TARGET_FILE:cornu>")
  endif()
  if(CMAKE_CROSSCOMPILING_EMULATOR)
    string(REPLACE ";" " " emulator "${CMAKE_CROSSCOMPILING_EMULATOR}")
    list(APPEND environment "CORNU_EMULATOR=${emulator}")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${CORNU_TEST_TIMEOUT} LABELS ${room} SKIP_RETURN_CODE 77
                       ENVIRONMENT "${environment}")
endfunction()

# Slow builds give all tests more than this.
macro(cornu_at_least variable seconds)
  if(${variable} LESS ${seconds})
    set(${variable} ${seconds})
  endif()
endmacro()

foreach(source IN LISTS CORNU_TEST_SOURCES)
  string(REGEX REPLACE ".*/tests/([^/]+)/test_([^/]+)\\.c$" "\\1;\\2" parts "${source}")
  list(GET parts 0 room)
  list(GET parts 1 topic)
  if(CORNU_CORE_ONLY AND NOT room IN_LIST CORNU_CORE_ROOMS AND NOT room STREQUAL "gradient")
    continue()
  endif()
  set(target test-${room}-${topic})
  add_executable(${target} ${source})
  cornu_flags(${target})
  cornu_private_includes(${target})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${target} PRIVATE CORNU_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${target} PRIVATE PkgConfig::CMOCKA)
  if(CMAKE_CROSSCOMPILING) # gcc 12 for arm64 breaks down over some of the tests' own loops
    target_compile_options(${target} PRIVATE -fno-tree-loop-vectorize)
  endif()
  if(room STREQUAL "gradient")
    cornu_double_core()
    cornu_test_support(cornu-test-support-f64 CN_REAL_DOUBLE=1 CN_HAVE_ISA_SCALAR=1)
    target_link_libraries(${target} PRIVATE cornu-test-support-f64 cornu-core-f64)
  else()
    cornu_test_support(cornu-test-support ${CORNU_ISA_DEFINITIONS})
    target_compile_definitions(${target} PRIVATE ${CORNU_ISA_DEFINITIONS})
    target_link_libraries(${target} PRIVATE cornu-test-support ${CORNU_INTERNAL} Threads::Threads m)
    if(NOT CORNU_CORE_ONLY)
      target_include_directories(${target} SYSTEM PRIVATE "${PROJECT_BINARY_DIR}/generated" ${CORNU_LATER_INCLUDE_DIRS})
      target_link_libraries(${target} PRIVATE PkgConfig::CORNU_DEPENDENCIES ${CORNU_HDF5_LINK_LIBRARIES}
                            ${CORNU_CAIRO_LINK_LIBRARIES}) # which they call themselves
    endif()
  endif()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${topic}
                        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/${room}")
  cornu_add_test(${room}/${topic} ${room} ${target})
  if(NOT room STREQUAL "slow")
    add_dependencies(fast-tests ${target})
  endif()
  file(STRINGS "${source}" interposing REGEX "RTLD_NEXT" LIMIT_COUNT 1)
  if(interposing) # its functions are found before those of libraries that are loaded later
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  endif()
  file(STRINGS "${source}" threads REGEX "pthread_|cn__pool_|threads( = [^1]|[^ ]| [^=])" LIMIT_COUNT 1)
  if(threads)
    set_tests_properties(${room}/${topic} PROPERTIES LABELS "${room};threaded")
    add_dependencies(threaded-tests ${target})
  endif()
endforeach()

foreach(script IN LISTS CORNU_TEST_SCRIPTS)
  string(REGEX REPLACE ".*/tests/([^/]+)/test_([^/]+)\\.sh$" "\\1;\\2" parts "${script}")
  list(GET parts 0 room)
  list(GET parts 1 topic)
  if(NOT CORNU_CORE_ONLY)
    cornu_add_test(${room}/${topic} ${room} sh "${script}")
    file(STRINGS "${script}" keras REGEX "CORNU_KERAS" LIMIT_COUNT 1)
    set(limit ${CORNU_TEST_TIMEOUT})
    if(keras) # real Keras takes its time to start
      set_tests_properties(${room}/${topic} PROPERTIES LABELS "${room};parity")
      cornu_at_least(limit 300)
    endif()
    if(room MATCHES "^(docs|examples)$") # many trainings, one after the other
      cornu_at_least(limit 600)
    endif()
    set_tests_properties(${room}/${topic} PROPERTIES TIMEOUT ${limit})
    file(STRINGS "${script}" exchange REGEX "CORNU_ONNX_PYTHON" LIMIT_COUNT 1)
    if(exchange)
      set_tests_properties(${room}/${topic} PROPERTIES LABELS "${room};exchange")
    endif()
  endif()
endforeach()

# The long ones begin first, so that none of them is alone at the end.
foreach(test formats/export_c data/npz formats/mangled train/ranks train/determinism cli/resume docs/commands lab/labs
        gradient/gradients cli/failures examples/examples sweep/sweep)
  if(TEST ${test})
    set_tests_properties(${test} PROPERTIES COST 100)
  endif()
endforeach()
