# cornu_embed(variable symbol file): a C file with the bytes of `file`, ended by '\0', as `const char symbol[]`.
# Called as a script (cmake -D… -P) it writes that file.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${CORNU_FILE}" bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  file(WRITE "${CORNU_OUT}" "extern const char ${CORNU_SYMBOL}[];\nconst char ${CORNU_SYMBOL}[] = {\n${bytes}0};\n")
  return()
endif()

set(CORNU_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
function(cornu_embed variable symbol file)
  set(out "${PROJECT_BINARY_DIR}/generated/${symbol}.c")
  add_custom_command(OUTPUT "${out}" VERBATIM DEPENDS "${file}" "${CORNU_EMBED_SCRIPT}"
                     COMMAND "${CMAKE_COMMAND}" "-DCORNU_FILE=${file}" "-DCORNU_OUT=${out}" "-DCORNU_SYMBOL=${symbol}"
                             -P "${CORNU_EMBED_SCRIPT}")
  list(APPEND ${variable} "${out}")
  set(${variable} "${${variable}}" PARENT_SCOPE)
endfunction()
