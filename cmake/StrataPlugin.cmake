# strata_add_plugin(name sources...): a run-time module that links only libstrata.
function(strata_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${STRATA_PLUGIN_OUTPUT_DIRECTORY}"
                                           CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${name} PRIVATE strata strata_build ${arg_LIBRARIES})
  target_link_options(${name} PRIVATE -Wl,--no-undefined)
endfunction()
