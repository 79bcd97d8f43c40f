# Manual pages and completions of shells, made by the program itself from its tables of options: build/*/pages. Where it cannot
# run while it is built (cross-compiling without an emulator) there are none.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  return()
endif()
find_program(CORNU_GZIP gzip)
set(CORNU_PAGES_DIR "${PROJECT_BINARY_DIR}/pages")
set(CORNU_COMMANDS train evaluate predict ensemble summary convert export data lab sweep runs doctor cache completion version)
set(pages "")

# cornu_page(file words…): what the program prints for these words.
function(cornu_page file)
  get_filename_component(folder "${CORNU_PAGES_DIR}/${file}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT "${CORNU_PAGES_DIR}/${file}" DEPENDS cornu VERBATIM
                     COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:cornu> ${ARGN} > "${CORNU_PAGES_DIR}/${file}")
  list(APPEND pages "${CORNU_PAGES_DIR}/${file}")
  set(pages "${pages}" PARENT_SCOPE)
endfunction()

cornu_page(man/cornu.1 help --man)
foreach(command IN LISTS CORNU_COMMANDS)
  cornu_page(man/cornu-${command}.1 help --man ${command})
endforeach()
cornu_page(bash/cornu completion bash)
cornu_page(zsh/_cornu completion zsh)
cornu_page(fish/cornu.fish completion fish)

# Manual pages are installed packed where gzip is there, as distributions have them.
set(CORNU_MAN_PAGES "")
foreach(page IN LISTS pages)
  if(page MATCHES "[.]1$" AND CORNU_GZIP)
    add_custom_command(OUTPUT "${page}.gz" DEPENDS "${page}" VERBATIM COMMAND "${CORNU_GZIP}" -9nkf "${page}")
    list(APPEND CORNU_MAN_PAGES "${page}.gz")
  elseif(page MATCHES "[.]1$")
    list(APPEND CORNU_MAN_PAGES "${page}")
  endif()
endforeach()

# Pages of the headers, with a link for each function.
set(header_pages "")
find_program(CORNU_AWK awk)
if(CORNU_AWK AND UNIX)
  set(header_pages "${CORNU_PAGES_DIR}/man3.stamp")
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/cornu/*.h")
  add_custom_command(OUTPUT "${header_pages}" VERBATIM
                     DEPENDS ${headers} "${PROJECT_SOURCE_DIR}/cmake/header-man.sh" "${PROJECT_SOURCE_DIR}/cmake/header-man.awk"
                     COMMAND sh "${PROJECT_SOURCE_DIR}/cmake/header-man.sh" "${CORNU_PAGES_DIR}/man3" "${PROJECT_SOURCE_DIR}/include"
                     COMMAND "${CMAKE_COMMAND}" -E touch "${header_pages}")
endif()
add_custom_target(cornu-pages ALL DEPENDS ${pages} ${CORNU_MAN_PAGES} ${header_pages})

# Debian's zsh looks for what packages bring in a folder of its own.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(CORNU_ZSH_DIR "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" CACHE STRING "Where zsh finds completions")
else()
  set(CORNU_ZSH_DIR "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING "Where zsh finds completions")
endif()
if(CORNU_INSTALL)
  install(FILES ${CORNU_MAN_PAGES} DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT tools)
  if(header_pages)
    install(DIRECTORY "${CORNU_PAGES_DIR}/man3" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT dev)
  endif()
  install(FILES "${CORNU_PAGES_DIR}/bash/cornu" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
          COMPONENT tools)
  install(FILES "${CORNU_PAGES_DIR}/zsh/_cornu" DESTINATION "${CORNU_ZSH_DIR}" COMPONENT tools)
  install(FILES "${CORNU_PAGES_DIR}/fish/cornu.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d"
          COMPONENT tools)
endif()
