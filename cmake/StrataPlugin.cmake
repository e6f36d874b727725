# strata_add_plugin(name sources... [LIBRARIES libraries...] [CUDA sources.cu...] [CUDA_OPTIONS options...] [NO_MANIFEST]): a
# run-time module that links only libstrata, exports the one symbol of the plugin door, and has its manifest beside it. The
# same file serves the plugins of the tree and, installed, those of others. CUDA: built with nvcc where there is one, and then
# STRATA_PLUGIN_CUDA is defined for the other sources; else left out, which is said. CUDA_OPTIONS: nvcc's, in place of an
# architecture. NO_MANIFEST is for modules that cannot be loaded on purpose (tests of the host).
set(STRATA_PLUGIN_EXPORTS "${CMAKE_CURRENT_LIST_DIR}/strata_plugin.map")

function(strata_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_MANIFEST" "OUTPUT_DIRECTORY" "LIBRARIES;CUDA;CUDA_OPTIONS")
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                           POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PRIVATE Strata::strata ${arg_LIBRARIES})
  if(arg_CUDA)
    set(STRATA_CUDA_OPTIONS ${arg_CUDA_OPTIONS})
    strata_add_cuda_sources(${name} ${arg_CUDA})
  endif()
  if(NOT STRATA_SANITIZE) # a sanitizer's own functions are found in the program only
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  target_link_options(${name} PRIVATE "-Wl,--version-script=${STRATA_PLUGIN_EXPORTS}")
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${STRATA_PLUGIN_EXPORTS}")
  if(STRATA_PLUGIN_OUTPUT_DIRECTORY) # in the tree: the shared settings
    target_link_libraries(${name} PRIVATE strata_build)
    strata_precompile(${name})
  endif()
  if(arg_OUTPUT_DIRECTORY) # a place of its own, not installed
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  elseif(STRATA_PLUGIN_OUTPUT_DIRECTORY) # in the tree: beside the other plugins
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${STRATA_PLUGIN_OUTPUT_DIRECTORY}"
                                             INSTALL_RPATH "$ORIGIN/../..")
    add_dependencies(strata_programs ${name})
    set_property(GLOBAL APPEND PROPERTY STRATA_INSTALLED_PLUGINS ${name})
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

# The .cu part, by nvcc itself: enable_language(CUDA) is not allowed in a function, and would make every plugin need CUDA.
# STRATA_CUDA=OFF leaves it out where there is an nvcc, too. STRATA_CUDA_ARCHITECTURE is what nvcc's -arch takes; the default
# is the GPU of this machine.
function(strata_add_cuda_sources name)
  if(DEFINED STRATA_CUDA AND NOT STRATA_CUDA)
    message(STATUS "${name}: STRATA_CUDA is off, so its CUDA part is left out: ${ARGN}")
    return()
  endif()
  find_program(STRATA_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin)
  if(NOT STRATA_NVCC)
    message(STATUS "${name}: nvcc is not found (STRATA_NVCC), so its CUDA part is left out: ${ARGN}")
    return()
  endif()
  if(NOT STRATA_CUDA_ARCHITECTURE)
    set(STRATA_CUDA_ARCHITECTURE native)
  endif()
  if(NOT STRATA_CUDA_OPTIONS)
    set(STRATA_CUDA_OPTIONS -arch=${STRATA_CUDA_ARCHITECTURE})
  endif()
  get_filename_component(toolkit "${STRATA_NVCC}" REALPATH)
  get_filename_component(toolkit "${toolkit}" DIRECTORY)
  find_library(STRATA_CUDART cudart_static HINTS "${toolkit}/../lib64" "${toolkit}/../targets/x86_64-linux/lib" REQUIRED)
  foreach(source IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    get_filename_component(stem "${source}" NAME_WE)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.cuda/${stem}.o")
    add_custom_command(
      OUTPUT "${object}"
      COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/${name}.cuda"
      COMMAND "${STRATA_NVCC}" -c -O3 -std=c++17 ${STRATA_CUDA_OPTIONS} -MMD -MF "${object}.d" "-ccbin=${CMAKE_CXX_COMPILER}"
              -Xcompiler=-fPIC,-fvisibility=hidden
              "-I${CMAKE_CURRENT_SOURCE_DIR}" "-I$<JOIN:$<TARGET_PROPERTY:Strata::strata,INTERFACE_INCLUDE_DIRECTORIES>,;-I>"
              "${source}" -o "${object}"
      DEPENDS "${source}"
      DEPFILE "${object}.d"
      COMMENT "CUDA part ${source} of ${name}" COMMAND_EXPAND_LISTS VERBATIM)
    target_sources(${name} PRIVATE "${object}")
  endforeach()
  target_compile_definitions(${name} PRIVATE STRATA_PLUGIN_CUDA)
  target_link_libraries(${name} PRIVATE "${STRATA_CUDART}" rt dl pthread)
endfunction()
