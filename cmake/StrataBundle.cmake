# The bundle: an installed tree that takes along every library that it needs but glibc, and finds them relative to itself,
# so that it runs on another Linux with nothing installed there. It holds what tests/gpu.sh needs, too. -DSTRATA_BUNDLE=ON
# makes it what `cmake --install` writes; `cmake --install BUILD --component bundle` adds it to what is installed already;
# the target `package` (CPack) makes a tarball of it.
set(bundle COMPONENT bundle)
if(NOT STRATA_BUNDLE)
  list(APPEND bundle EXCLUDE_FROM_ALL)
endif()

if(TARGET cuda_tests)
  set_target_properties(cuda_tests PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS cuda_tests RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} ${bundle})
endif()
install(FILES tests/gpu.sh tests/cases.sh DESTINATION tests ${bundle})
install(FILES tests/cuda/parity.sh tests/cuda/recipes.sh DESTINATION tests/cuda ${bundle})
install(FILES tests/peers/torch_cuda.py DESTINATION tests/peers ${bundle})

# Read in the build tree, where every library is found; StrataBundleLibraries.cmake copies what they need.
get_property(plugins GLOBAL PROPERTY STRATA_INSTALLED_PLUGINS)
set(programs strata_app strata_probe strata_check strata_manifest)
if(TARGET cuda_tests)
  list(APPEND programs cuda_tests)
endif()
list(TRANSFORM plugins REPLACE "(.+)" "$<TARGET_FILE:\\1>")
list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>")
find_program(STRATA_PATCHELF patchelf)
if(STRATA_BUNDLE AND NOT STRATA_PATCHELF)
  message(FATAL_ERROR "STRATA_BUNDLE: patchelf is not found (STRATA_PATCHELF); cmake/install-dependencies.sh installs it")
endif()
install(CODE "set(bundle_programs \"${programs}\")
  set(bundle_plugins \"${plugins}\")
  set(bundle_libraries \"$<TARGET_FILE:strata>;$<TARGET_FILE:strata_jobs>;$<TARGET_FILE:strata_checks>\")
  set(bundle_folder \"${CMAKE_INSTALL_LIBDIR}\")
  set(bundle_patchelf \"${STRATA_PATCHELF}\")
  set(bundle_strip \"${CMAKE_STRIP}\")" ${bundle})
install(SCRIPT cmake/StrataBundleLibraries.cmake ${bundle})

string(TOLOWER "strata-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" CPACK_PACKAGE_FILE_NAME)
set(CPACK_GENERATOR TGZ)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};Strata;ALL;/")
if(NOT STRATA_BUNDLE) # a tarball is to be carried elsewhere
  list(APPEND CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};Strata;bundle;/")
endif()
include(CPack)
