# The extension cornu._cornu: python/src over the public headers, and the program `cornu` inside it, so that a wheel carries
# the library once. On CPython's stable ABI: one build serves 3.11 and later. scikit-build-core calls this (pyproject.toml);
# `./run python-test` builds it into build/python.
find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)

# Beside its Python files, so that PYTHONPATH=python finds the package whole; a wheel's build leaves the sources alone.
if(SKBUILD)
  set(CORNU_PYTHON_OUTPUT "${PROJECT_BINARY_DIR}/python")
else()
  set(CORNU_PYTHON_OUTPUT "${PROJECT_SOURCE_DIR}/python/cornu")
endif()

# With the library of another build, so that nothing is compiled twice: ./run python-test --quick, ./run wheel-test --quick.
set(CORNU_LIBRARY "" CACHE FILEPATH "libcornu.a of a release build, instead of compiling the library")
set(library ${CORNU_INTERNAL})
if(CORNU_LIBRARY)
  set(library "${CORNU_LIBRARY}" PkgConfig::CORNU_DEPENDENCIES ${CORNU_FOUND_LIBRARIES} Threads::Threads m)
endif()

file(GLOB CORNU_PYTHON_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/python/src/*.c")
add_library(cornu-python MODULE ${CORNU_PYTHON_SOURCES})
cornu_flags(cornu-python)
target_include_directories(cornu-python SYSTEM PRIVATE ${Python_INCLUDE_DIRS})
target_include_directories(cornu-python PRIVATE "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(cornu-python PRIVATE ${library})
set_source_files_properties("${PROJECT_SOURCE_DIR}/python/src/draw.c" PROPERTIES INCLUDE_DIRECTORIES
                            "${PROJECT_SOURCE_DIR}/src;${CORNU_LATER_INCLUDE_DIRS};${CORNU_DEPENDENCIES_INCLUDE_DIRS}"
                            COMPILE_DEFINITIONS "${CORNU_LATER_DEFINITIONS}")
set_target_properties(cornu-python PROPERTIES PREFIX "" OUTPUT_NAME _cornu SUFFIX .abi3.so
                      LIBRARY_OUTPUT_DIRECTORY "${CORNU_PYTHON_OUTPUT}")

# The program, whose main() is called by another name.
add_library(cornu-python-program OBJECT ${CORNU_CLI_SOURCES})
cornu_flags(cornu-python-program)
cornu_private_includes(cornu-python-program)
target_compile_definitions(cornu-python-program PRIVATE main=cornu_main)
target_compile_options(cornu-python-program PRIVATE -Wno-missing-prototypes)
target_sources(cornu-python PRIVATE $<TARGET_OBJECTS:cornu-python-program>)

if(APPLE)
  target_link_options(cornu-python PRIVATE -undefined dynamic_lookup)
else()
  # nothing but the module's own entry is exported: another copy of libcornu in the process keeps its names
  target_link_options(cornu-python PRIVATE -Wl,--exclude-libs,ALL -Wl,--gc-sections -s)
endif()

install(TARGETS cornu-python LIBRARY DESTINATION cornu COMPONENT python)
if(SKBUILD) # the kernel Cornu, where Jupyter looks
  install(FILES "${PROJECT_SOURCE_DIR}/python/jupyter/kernel.json"
          DESTINATION "${SKBUILD_DATA_DIR}/share/jupyter/kernels/cornu" COMPONENT python)
endif()
