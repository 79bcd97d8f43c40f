# Each file of src/kernels/simd/ and src/nn/losses/ is a template, compiled once for each instruction set with CN_ISA set
# to its name. The dispatcher learns from CN_HAVE_ISA_<NAME> what was built.
set(CORNU_FLAGS_scalar "")
set(CORNU_FLAGS_avx2 -mavx2 -mfma -mbmi2)
set(CORNU_FLAGS_avx512 -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
set(CORNU_FLAGS_neon "") # part of every arm64

set(CORNU_ISAS scalar)
if(CORNU_FUZZ) # no reader multiplies: one set builds in half the time
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  foreach(isa avx2 avx512)
    string(REPLACE ";" " " flags "${CORNU_FLAGS_${isa}}")
    check_c_compiler_flag("${flags}" CORNU_COMPILER_HAS_${isa})
    if(CORNU_COMPILER_HAS_${isa})
      list(APPEND CORNU_ISAS ${isa})
    endif()
  endforeach()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  list(APPEND CORNU_ISAS neon)
endif()

set(CORNU_ISA_DEFINITIONS "")
foreach(isa IN LISTS CORNU_ISAS)
  string(TOUPPER ${isa} ISA)
  list(APPEND CORNU_ISA_DEFINITIONS CN_HAVE_ISA_${ISA}=1)
endforeach()

file(GLOB CORNU_KERNEL_TEMPLATES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/kernels/simd/*.c"
     "${PROJECT_SOURCE_DIR}/src/nn/losses/*.c")

# cornu_kernel_library(target isa definitions…): the templates for one instruction set. No reader is in
# them: fuzz targets have them plain, which builds in a tenth of the time.
function(cornu_kernel_library target isa)
  if(CORNU_FUZZ)
    set(CORNU_SANITIZE "")
  endif()
  add_library(${target} OBJECT ${CORNU_KERNEL_TEMPLATES})
  cornu_flags(${target} kernel)
  cornu_private_includes(${target})
  target_compile_definitions(${target} PRIVATE CN_ISA=${isa} ${ARGN})
  target_compile_options(${target} PRIVATE ${CORNU_FLAGS_${isa}})
  if(CORNU_SANITIZE)
    target_compile_definitions(${target} PRIVATE CN_SANITIZED=1)
    # gcc cannot see there that a loop over an argument fills an array.
    target_compile_options(${target} PRIVATE $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  else()
    target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O3>)
  endif()
endfunction()

# cornu_kernel_objects(variable): the objects of all instruction sets.
function(cornu_kernel_objects variable)
  set(objects "")
  if(CORNU_KERNEL_TEMPLATES)
    foreach(isa IN LISTS CORNU_ISAS)
      cornu_kernel_library(cornu-kernels-${isa} ${isa} ${CORNU_ISA_DEFINITIONS})
      list(APPEND objects $<TARGET_OBJECTS:cornu-kernels-${isa}>)
    endforeach()
  endif()
  set(${variable} "${objects}" PARENT_SCOPE)
endfunction()
