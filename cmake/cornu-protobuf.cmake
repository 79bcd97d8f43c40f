# cornu_protobuf(variable file): protobuf-c's C for a .proto, in generated/NAME.pb-c.{c,h}. It is not held to the
# project's warnings.
find_program(CORNU_PROTOC protoc-c)
if(NOT CORNU_PROTOC) # newer releases have a plugin of protoc alone
  find_program(CORNU_PROTOC protoc REQUIRED)
endif()

function(cornu_protobuf variable file)
  get_filename_component(name "${file}" NAME_WE)
  get_filename_component(folder "${file}" DIRECTORY)
  set(out "${PROJECT_BINARY_DIR}/generated/${name}.pb-c")
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated")
  add_custom_command(OUTPUT "${out}.c" "${out}.h" VERBATIM DEPENDS "${file}"
                     COMMAND "${CORNU_PROTOC}" "--proto_path=${folder}"
                             "--c_out=${PROJECT_BINARY_DIR}/generated" "${file}")
  set_source_files_properties("${out}.c" PROPERTIES COMPILE_OPTIONS -w)
  list(APPEND ${variable} "${out}.c" "${out}.h")
  set(${variable} "${${variable}}" PARENT_SCOPE)
endfunction()
