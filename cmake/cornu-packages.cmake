# cpack: Debian packages (libcornu0.1, libcornu-dev, cornu) and a source tarball. `./run deb` builds them as for a distribution,
# `./run deb-test` installs and uses them in a clean Debian.
set(CPACK_PACKAGE_NAME cornu)
set(CPACK_PACKAGE_VENDOR "Cornu")
set(CPACK_PACKAGE_CONTACT "Cornu <cornu@localhost>")
set(CORNU_PACKAGE_CONTACT "" CACHE STRING "Who makes the packages: NAME <ADDRESS>")
if(CORNU_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "${CORNU_PACKAGE_CONTACT}")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)

set(CPACK_SOURCE_GENERATOR TXZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME "cornu-${PROJECT_VERSION}")
set(CPACK_SOURCE_IGNORE_FILES "/[.]git(/|$)" "/build/" "/dist/" "/data/" "/lab-out/" "__pycache__" "[.]so$" "~$")

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev tools)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# cornu_package_of(variable library…): the Debian package that a library which is loaded later comes from; dpkg-shlibdeps sees only
# those that are linked.
function(cornu_package_of variable)
  set(packages "")
  foreach(library IN LISTS ARGN)
    get_filename_component(real "${library}" REALPATH)
    execute_process(COMMAND dpkg-query -S "${real}" OUTPUT_VARIABLE found ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT found) # what dpkg knows may lie below /lib in place of /usr/lib
      string(REGEX REPLACE "^/usr" "" short "${real}")
      execute_process(COMMAND dpkg-query -S "${short}" OUTPUT_VARIABLE found ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    endif()
    if(found MATCHES "^([^:]+)")
      list(APPEND packages "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES packages)
  set(${variable} "${packages}" PARENT_SCOPE)
endfunction()

cornu_package_of(CORNU_LATER_PACKAGES ${CORNU_LATER_FILES})
list(JOIN CORNU_LATER_PACKAGES ", " later_packages)

set(CORNU_SONAME "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME "libcornu${CORNU_SONAME}")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "${later_packages}")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Neural networks with Keras's words and numbers: shared libraries
 libcornu-core trains and runs networks; libcornu adds data sets, files of
 models, figures and reports.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libcornu-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libcornu${CORNU_SONAME} (= ${PROJECT_VERSION}-1)")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "pkg-config, cmake")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Neural networks with Keras's words and numbers: headers and documents
 Headers, static libraries, files for pkg-config and CMake, manual pages of the
 API, documents and examples.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME cornu)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "${later_packages}")
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "fonts-dejavu-core, ca-certificates")
set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS "dataset-fashion-mnist, libcornu-dev")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Neural networks with Keras's words and numbers: the command
 Trains, evaluates and exports networks from the command line, and runs labs:
 documents with trainings.")

# Each package carries what Debian asks of it; an installation elsewhere does not.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  include(CPack)
  return()
endif()
set(copyright "${PROJECT_BINARY_DIR}/packages/copyright")
file(READ "${PROJECT_SOURCE_DIR}/LICENSE" license)
file(CONFIGURE OUTPUT "${copyright}" CONTENT "Cornu is under this licence:\\n\\n@license@" @ONLY)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH where that is set
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/packages/changelog.Debian" @ONLY
     CONTENT "cornu (@PROJECT_VERSION@-1) unstable; urgency=medium\n\n  * CHANGELOG.md says what is new.\n\n -- @CPACK_PACKAGE_CONTACT@  @now@\n")
set(changelog "${PROJECT_BINARY_DIR}/packages/changelog.Debian")
if(CORNU_GZIP)
  execute_process(COMMAND "${CORNU_GZIP}" -9nkf "${changelog}")
  string(APPEND changelog ".gz")
endif()
# The loader is told of new libraries.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/packages/triggers" CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${PROJECT_BINARY_DIR}/packages/triggers")
foreach(component IN ITEMS RUNTIME DEV TOOLS)
  string(TOLOWER ${component} lower)
  install(FILES "${copyright}" "${changelog}" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${component}_PACKAGE_NAME}"
          COMPONENT ${lower})
endforeach()

include(CPack)
