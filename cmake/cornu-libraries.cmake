# cornu-core holds the rooms base … train and needs libc, libm and pthreads only. libcornu holds the
# core too, so that a program links one of them; sharing internal functions between two shared
# libraries would mean to export those.
set(CORNU_CORE_ROOMS base kernels nn model train)
set(CORNU_FULL_ROOMS data formats figure report lab)
set(CORNU_PACKAGES zlib libzip jansson libcurl hdf5 cairo pangocairo libcmark-gfm sqlite3 libprotobuf-c) # pkg-config's names

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
if(NOT CORNU_CORE_ONLY)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(CORNU_HDF5 QUIET hdf5)
  if(NOT CORNU_HDF5_FOUND) # some systems have the library without hdf5.pc
    find_package(HDF5 REQUIRED COMPONENTS C)
    list(REMOVE_ITEM CORNU_PACKAGES hdf5)
    list(APPEND CORNU_FOUND_LIBRARIES ${HDF5_C_LIBRARIES})
    include_directories(SYSTEM ${HDF5_C_INCLUDE_DIRS})
  endif()
  pkg_check_modules(CORNU_DEPENDENCIES REQUIRED IMPORTED_TARGET GLOBAL ${CORNU_PACKAGES})
  find_library(CORNU_CMARK_EXTENSIONS cmark-gfm-extensions REQUIRED HINTS ${CORNU_DEPENDENCIES_LIBRARY_DIRS})
  list(APPEND CORNU_FOUND_LIBRARIES ${CORNU_CMARK_EXTENSIONS})
endif()

# cornu_room_sources(variable room…): every C file of the rooms, kernel templates left out.
function(cornu_room_sources variable)
  set(found "")
  foreach(room IN LISTS ARGN)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${room}/*.c")
    list(APPEND found ${sources})
  endforeach()
  list(FILTER found EXCLUDE REGEX "/src/kernels/simd/")
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

# What every file of src/ may include.
function(cornu_private_includes target)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
endfunction()

include(cornu-embed)   # cornu_embed()
include(cornu-kernels) # cornu_kernel_objects(), CORNU_ISAS, CORNU_ISA_DEFINITIONS

# The core's objects; those of the kernels come in one object library for each instruction set.
cornu_room_sources(CORNU_CORE_SOURCES ${CORNU_CORE_ROOMS})
add_library(cornu-core-objects OBJECT ${CORNU_CORE_SOURCES})
cornu_flags(cornu-core-objects)
cornu_private_includes(cornu-core-objects)
target_compile_definitions(cornu-core-objects PRIVATE ${CORNU_ISA_DEFINITIONS})
cornu_kernel_objects(CORNU_KERNEL_OBJECTS)
set(CORNU_CORE_OBJECTS $<TARGET_OBJECTS:cornu-core-objects> ${CORNU_KERNEL_OBJECTS})

# cornu_library(target output_name objects…): a library that is published.
function(cornu_library target output_name)
  target_sources(${target} PRIVATE ${ARGN})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output_name} LINKER_LANGUAGE C
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_include_directories(${target} INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                             "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PRIVATE Threads::Threads m)
  if(CORNU_SANITIZE)
    target_link_options(${target} PUBLIC -fsanitize=${CORNU_SANITIZE})
  endif()
endfunction()

add_library(cornu-core)
cornu_library(cornu-core cornu-core ${CORNU_CORE_OBJECTS})
set_target_properties(cornu-core PROPERTIES EXPORT_NAME core)
add_library(cornu::core ALIAS cornu-core)

if(NOT CORNU_CORE_ONLY)
  cornu_room_sources(CORNU_FULL_SOURCES ${CORNU_FULL_ROOMS})
  set(CORNU_FULL_OBJECTS ${CORNU_CORE_OBJECTS})
  include(cornu-protobuf) # cornu_protobuf()
  cornu_protobuf(CORNU_FULL_SOURCES "${PROJECT_SOURCE_DIR}/src/formats/onnx.proto")
  cornu_protobuf(CORNU_FULL_SOURCES "${PROJECT_SOURCE_DIR}/src/formats/tensorboard.proto")
  cornu_embed(CORNU_FULL_SOURCES cn__page_css "${PROJECT_SOURCE_DIR}/src/report/page.css")
  cornu_embed(CORNU_FULL_SOURCES cn__page_js "${PROJECT_SOURCE_DIR}/src/report/page.js")
  foreach(part page.html page.css network.js drawing.js files.js words.js page.js) # formats/export_html.c joins them
    string(REPLACE "." "_" symbol "cn__demo_${part}")
    cornu_embed(CORNU_FULL_SOURCES ${symbol} "${PROJECT_SOURCE_DIR}/src/formats/demo/${part}")
  endforeach()
  foreach(language es en)
    cornu_embed(CORNU_FULL_SOURCES cn__lab_starter_${language} "${PROJECT_SOURCE_DIR}/src/lab/starter.${language}.md")
    cornu_embed(CORNU_FULL_SOURCES cn__lab_mnist_${language} "${PROJECT_SOURCE_DIR}/labs/mnist.${language}.md")
  endforeach()
  cornu_embed(CORNU_FULL_SOURCES cn__c_runtime "${PROJECT_SOURCE_DIR}/src/formats/c_runtime.c.in")
  if(CORNU_FULL_SOURCES)
    add_library(cornu-full-objects OBJECT ${CORNU_FULL_SOURCES})
    cornu_flags(cornu-full-objects)
    cornu_private_includes(cornu-full-objects)
    target_include_directories(cornu-full-objects SYSTEM PRIVATE "${PROJECT_BINARY_DIR}/generated")
    target_link_libraries(cornu-full-objects PRIVATE PkgConfig::CORNU_DEPENDENCIES)
    list(APPEND CORNU_FULL_OBJECTS $<TARGET_OBJECTS:cornu-full-objects>)
  endif()

  add_library(libcornu)
  cornu_library(libcornu cornu ${CORNU_FULL_OBJECTS})
  target_link_libraries(libcornu PRIVATE PkgConfig::CORNU_DEPENDENCIES ${CORNU_FOUND_LIBRARIES})
  set_target_properties(libcornu PROPERTIES EXPORT_NAME cornu)
  add_library(cornu::cornu ALIAS libcornu)
endif()

# The program and the tests reach internal functions, which a shared library hides.
set(CORNU_INTERNAL $<IF:$<BOOL:${CORNU_CORE_ONLY}>,cornu-core,libcornu>)
if(BUILD_SHARED_LIBS)
  add_library(cornu-internal STATIC EXCLUDE_FROM_ALL)
  if(CORNU_CORE_ONLY)
    cornu_library(cornu-internal cornu-internal ${CORNU_CORE_OBJECTS})
  else()
    cornu_library(cornu-internal cornu-internal ${CORNU_FULL_OBJECTS})
    target_link_libraries(cornu-internal PRIVATE PkgConfig::CORNU_DEPENDENCIES ${CORNU_FOUND_LIBRARIES})
  endif()
  set(CORNU_INTERNAL cornu-internal)
endif()
