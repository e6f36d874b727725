# Runs at install: copies what bundle_programs, bundle_plugins and bundle_libraries need, to any depth, beside libstrata, and
# has each look for its own needs there. Left to the system: glibc, which belongs to its kernel and its loader, and the driver
# of a GPU, which nothing links.
set(glibc "^(ld-linux.*|ld64|lib(anl|BrokenLocale|c|dl|m|mvec|nsl|pthread|resolv|rt|thread_db|util))\\.so(\\..*)?$")
if(NOT bundle_patchelf)
  message(FATAL_ERROR "the bundle: patchelf was not found (STRATA_PATCHELF); cmake/install-dependencies.sh installs it")
endif()

# What is not found ends this with its name.
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${bundle_programs} LIBRARIES ${bundle_libraries} MODULES ${bundle_plugins}
     PRE_EXCLUDE_REGEXES "${glibc}" "^libstrata(_[a-z]+)?\\.so" RESOLVED_DEPENDENCIES_VAR libraries)
list(SORT libraries)
file(INSTALL ${libraries} DESTINATION "${CMAKE_INSTALL_PREFIX}/${bundle_folder}" TYPE SHARED_LIBRARY FOLLOW_SYMLINK_CHAIN)

foreach(library IN LISTS libraries)
  file(REAL_PATH "${library}" file)
  cmake_path(GET file FILENAME file)
  string(PREPEND file "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${bundle_folder}/")
  if(CMAKE_INSTALL_DO_STRIP)
    execute_process(COMMAND "${bundle_strip}" --strip-unneeded "${file}" COMMAND_ERROR_IS_FATAL ANY)
  endif()
  execute_process(COMMAND "${bundle_patchelf}" --set-rpath "$ORIGIN" "${file}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
