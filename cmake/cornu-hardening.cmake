# cornu_harden(target [kernel]): what a compiler and a linker add so that an error in a reader is a crash and not a way in.
# Each flag is taken where the compiler or linker has it; tests/build/test_hardening.sh looks for them in what was built.
# Kernels work on plain arrays whose sizes were checked before: they keep the flags that cost nothing in a loop.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)

option(CORNU_HARDENING "Build with stack protector, FORTIFY, control-flow protection, full RELRO" ON)
check_pie_supported(LANGUAGES C)

# cornu_flags_that_work(variable kind flag…): those that the compiler or linker takes.
function(cornu_flags_that_work variable kind)
  set(working "")
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "CORNU_HAVE_${flag}" name)
    set(CMAKE_REQUIRED_QUIET ON)
    if(kind STREQUAL "linker")
      check_linker_flag(C "LINKER:SHELL:${flag}" ${name})
    else()
      check_c_compiler_flag("${flag}" ${name})
    endif()
    if(${name})
      list(APPEND working "${flag}")
    endif()
  endforeach()
  set(${variable} "${working}" PARENT_SCOPE)
endfunction()

set(CORNU_CONTROL_FLOW "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(CORNU_CONTROL_FLOW -fcf-protection=full) # Intel CET
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(CORNU_CONTROL_FLOW -mbranch-protection=standard) # BTI and pointer authentication
endif()
cornu_flags_that_work(CORNU_HARDENING_ALL compiler ${CORNU_CONTROL_FLOW})
cornu_flags_that_work(CORNU_HARDENING_READERS compiler -fstack-protector-strong -fstack-clash-protection
                      -ftrivial-auto-var-init=zero)
cornu_flags_that_work(CORNU_HARDENING_LINK linker "-z relro" "-z now" "-z noexecstack" "-z separate-code")
list(TRANSFORM CORNU_HARDENING_LINK PREPEND "LINKER:SHELL:")

# FORTIFY checks calls of libc whose buffer's size the compiler knows, and needs the optimiser for that. A distribution
# or a user may have set a level already.
set(CORNU_FORTIFY $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)

function(cornu_harden target)
  if(NOT CORNU_HARDENING OR CORNU_SANITIZE OR CORNU_FUZZ)
    return()
  endif()
  target_compile_options(${target} PRIVATE ${CORNU_HARDENING_ALL})
  if(NOT "kernel" IN_LIST ARGN)
    target_compile_options(${target} PRIVATE ${CORNU_HARDENING_READERS} ${CORNU_FORTIFY})
  endif()
endfunction()

# cornu_harden_linked(target): programs and shared libraries.
function(cornu_harden_linked target)
  if(CORNU_HARDENING AND NOT CORNU_SANITIZE AND NOT CORNU_FUZZ)
    target_link_options(${target} PRIVATE ${CORNU_HARDENING_LINK})
  endif()
endfunction()
