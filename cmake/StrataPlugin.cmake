# strata_add_plugin(name sources... [LIBRARIES libraries...] [NO_MANIFEST]): a run-time module that links only libstrata,
# exports the one symbol of the plugin door, and has its manifest beside it. The same file serves the plugins of the tree
# and, installed, those of others. NO_MANIFEST is for modules that cannot be loaded on purpose (tests of the host).
set(STRATA_PLUGIN_EXPORTS "${CMAKE_CURRENT_LIST_DIR}/strata_plugin.map")

function(strata_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_MANIFEST" "OUTPUT_DIRECTORY" "LIBRARIES")
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                           POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PRIVATE Strata::strata ${arg_LIBRARIES})
  if(NOT STRATA_SANITIZE) # a sanitizer's own functions are found in the program only
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  target_link_options(${name} PRIVATE "-Wl,--version-script=${STRATA_PLUGIN_EXPORTS}")
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${STRATA_PLUGIN_EXPORTS}")
  if(STRATA_PLUGIN_OUTPUT_DIRECTORY) # in the tree: the shared settings
    target_link_libraries(${name} PRIVATE strata_build)
  endif()
  if(arg_OUTPUT_DIRECTORY) # a place of its own, not installed
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  elseif(STRATA_PLUGIN_OUTPUT_DIRECTORY) # in the tree: beside the other plugins
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${STRATA_PLUGIN_OUTPUT_DIRECTORY}"
                                             INSTALL_RPATH "$ORIGIN/../..")
    add_dependencies(strata_programs ${name})
    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/plugins)
    if(NOT arg_NO_MANIFEST)
      install(FILES "${STRATA_PLUGIN_OUTPUT_DIRECTORY}/${name}.plugin.json"
              DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/plugins)
    endif()
  endif()
  if(NOT arg_NO_MANIFEST)
    add_custom_command(TARGET ${name} POST_BUILD COMMAND Strata::manifest "$<TARGET_FILE:${name}>"
                       COMMENT "Manifest of ${name}" VERBATIM)
  endif()
endfunction()
