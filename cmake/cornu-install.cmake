# cmake --install: libraries, headers, program, documents, and the two ways to find them: pkg-config
# (cornu-core, cornu) and find_package(cornu) with cornu::core and cornu::cornu.
include(CMakePackageConfigHelpers)

set(CORNU_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/cornu")
file(RELATIVE_PATH CORNU_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" CORNU_PC_PREFIX "${CORNU_PC_PREFIX}")

# A static library needs its own libraries named to whoever links it; a shared one brings them.
if(BUILD_SHARED_LIBS)
  set(CORNU_PC_PRIVATE ".private")
else()
  set(CORNU_PC_PRIVATE "")
endif()
list(JOIN CORNU_PACKAGES " " CORNU_PC_PACKAGES)
list(JOIN CORNU_FOUND_LIBRARIES " " CORNU_PC_LIBRARIES)
if(CORNU_PC_LIBRARIES)
  string(APPEND CORNU_PC_LIBRARIES " ")
endif()

# cornu_publish(target pc_name description): a library, its pkg-config file and its CMake targets.
function(cornu_publish target name description)
  install(TARGETS ${target} EXPORT ${name}-targets)
  install(EXPORT ${name}-targets NAMESPACE cornu:: DESTINATION "${CORNU_PACKAGE_DIR}")
  set(CORNU_PC_NAME ${name})
  set(CORNU_PC_DESCRIPTION "${description}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

cornu_publish(cornu-core cornu-core "${PROJECT_DESCRIPTION}: the core, which needs libc, libm and pthreads only")
if(NOT CORNU_CORE_ONLY)
  cornu_publish(libcornu cornu "${PROJECT_DESCRIPTION}")
endif()
if(TARGET cornu)
  install(TARGETS cornu)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/cornu-config.cmake.in"
  "${PROJECT_BINARY_DIR}/cornu-config.cmake" INSTALL_DESTINATION "${CORNU_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cornu-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cornu-config.cmake" "${PROJECT_BINARY_DIR}/cornu-config-version.cmake"
  DESTINATION "${CORNU_PACKAGE_DIR}")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/cornu" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES README.md LICENSE CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
