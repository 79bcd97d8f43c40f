# cmake --install: libraries, headers, program, documents, and the two ways to find them: pkg-config
# (cornu-core, cornu) and find_package(cornu) with cornu::core and cornu::cornu. Components, as packages have them: runtime
# (shared libraries), dev, tools.
include(CMakePackageConfigHelpers)

set(CORNU_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/cornu")
file(RELATIVE_PATH CORNU_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" CORNU_PC_PREFIX "${CORNU_PC_PREFIX}")

# A static library needs its own libraries named to whoever links it; a shared one brings them.
if(BUILD_SHARED_LIBS OR CORNU_BOTH)
  set(CORNU_PC_PRIVATE ".private")
else()
  set(CORNU_PC_PRIVATE "")
endif()
# Beside a shared library they are named as -lNAME and not as packages: pkg-config would ask for those, though a program
# that is linked with the shared one needs none of them.
list(JOIN CORNU_PACKAGES " " CORNU_PC_PACKAGES)
# "-lNAME" in place of a path that this system alone has
set(CORNU_PC_LIBRARIES "")
foreach(library IN LISTS CORNU_FOUND_LIBRARIES)
  if(library MATCHES "/lib([^/]+)[.](so|a|dylib)[.0-9]*$")
    set(library "-l${CMAKE_MATCH_1}")
  endif()
  string(APPEND CORNU_PC_LIBRARIES "${library} ")
endforeach()
set(CORNU_PC_REQUIRES "Requires: ${CORNU_PC_PACKAGES}\n")
if(CORNU_PC_PRIVATE)
  set(CORNU_PC_REQUIRES "")
  foreach(library IN LISTS CORNU_DEPENDENCIES_LIBRARIES)
    string(PREPEND CORNU_PC_LIBRARIES "-l${library} ")
  endforeach()
endif()

# cornu_publish(target pc_name description): a library, its pkg-config file and its CMake targets; <target>-shared beside it.
function(cornu_publish target name description)
  install(TARGETS ${target} EXPORT ${name}${CORNU_STATIC}-targets
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT dev
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
  install(EXPORT ${name}${CORNU_STATIC}-targets NAMESPACE cornu:: DESTINATION "${CORNU_PACKAGE_DIR}" COMPONENT dev)
  if(CORNU_BOTH)
    install(TARGETS ${target}-shared EXPORT ${name}-targets
            LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT dev)
    install(EXPORT ${name}-targets NAMESPACE cornu:: DESTINATION "${CORNU_PACKAGE_DIR}" COMPONENT dev)
  endif()
  set(CORNU_PC_NAME ${name})
  set(CORNU_PC_DESCRIPTION "${description}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
endfunction()

cornu_publish(cornu-core cornu-core "${PROJECT_DESCRIPTION}: the core, which needs libc, libm and pthreads only")
if(NOT CORNU_CORE_ONLY)
  cornu_publish(libcornu cornu "${PROJECT_DESCRIPTION}")
endif()
if(TARGET cornu)
  install(TARGETS cornu RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/cornu-config.cmake.in"
  "${PROJECT_BINARY_DIR}/cornu-config.cmake" INSTALL_DESTINATION "${CORNU_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cornu-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cornu-config.cmake" "${PROJECT_BINARY_DIR}/cornu-config-version.cmake"
  DESTINATION "${CORNU_PACKAGE_DIR}" COMPONENT dev)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/cornu" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

# Documents lie beside each other as in the sources, so that their links lead somewhere.
foreach(folder docs examples labs)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT dev)
endforeach()
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT dev
        OPTIONAL)
install(FILES bench/RESULTS.md bench/ratios.svg bench/scaling.svg DESTINATION "${CMAKE_INSTALL_DOCDIR}/bench" COMPONENT dev
        OPTIONAL)
