# strata_add_plugin(name sources... [LIBRARIES libraries...]): a run-time module that links only libstrata. The same file
# serves the plugins of the tree and, installed, those of others.
function(strata_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                           POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PRIVATE Strata::strata ${arg_LIBRARIES})
  if(NOT STRATA_SANITIZE) # a sanitizer's own functions are found in the program only
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  if(STRATA_PLUGIN_OUTPUT_DIRECTORY) # in the tree: the shared settings, and a place beside the other plugins
    target_link_libraries(${name} PRIVATE strata_build)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${STRATA_PLUGIN_OUTPUT_DIRECTORY}"
                                             INSTALL_RPATH "$ORIGIN/../..")
    add_dependencies(strata_programs ${name})
    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/plugins)
  endif()
endfunction()
