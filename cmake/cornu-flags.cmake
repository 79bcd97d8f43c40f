# cornu_flags(target): how every file of the project is compiled. The same bits on every machine ask
# for -ffp-contract=off, and forbid -ffast-math.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(CORNU_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes
    -Wmissing-prototypes)
check_linker_flag(C -Wl,--gc-sections CORNU_HAVE_GC_SECTIONS)

include(cornu-hardening) # cornu_harden(target [kernel]), cornu_harden_linked(target)

# cornu_flags(target [kernel])
function(cornu_flags target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE _DARWIN_C_SOURCE)
  target_compile_options(${target} PRIVATE -ffp-contract=off -fno-math-errno ${CORNU_WARNINGS}
                         $<$<BOOL:${CORNU_WERROR}>:-Werror>)
  cornu_harden(${target} ${ARGN})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE" OR type STREQUAL "MODULE_LIBRARY")
    cornu_harden_linked(${target})
  endif()
  if(CORNU_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${CORNU_SANITIZE} -fno-sanitize-recover=all
                           -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${CORNU_SANITIZE})
  elseif(CORNU_HAVE_GC_SECTIONS)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-ffunction-sections -fdata-sections>)
    if(type STREQUAL "EXECUTABLE")
      target_link_options(${target} PRIVATE $<$<CONFIG:Release>:-Wl,--gc-sections>)
    endif()
  endif()
endfunction()
