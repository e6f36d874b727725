# Settings that every target of this tree shares: language level, warnings, sanitizers, ccache, output folders.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# One layout in the build tree and in the installed tree, so that the binary finds its plugins relative to itself.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(STRATA_PLUGIN_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/strata/plugins")
set(CMAKE_INSTALL_LIBDIR lib)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

# Two clones share what ccache stores: paths are relative to the clone, and of a precompiled header, which is never the same
# twice, a sum is compared (strata_precompile writes it).
find_program(STRATA_CCACHE ccache)
if(STRATA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 CCACHE_NOHASHDIR=1
      "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${STRATA_CCACHE}")
endif()

add_library(strata_build INTERFACE)
target_compile_options(strata_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 takes the concatenation of std::string for overlapping, endless or outlying copies (GCC bug 105651).
  target_compile_options(strata_build INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(STRATA_WERROR)
  target_compile_options(strata_build INTERFACE -Werror)
endif()
if(STRATA_SANITIZE)
  # A target whose property STRATA_PLAIN is set is linked with the sanitizer and compiled without.
  set(watched "$<NOT:$<BOOL:$<TARGET_PROPERTY:STRATA_PLAIN>>>")
  target_compile_options(strata_build INTERFACE "$<${watched}:-fsanitize=${STRATA_SANITIZE}>"
                         "$<${watched}:-fno-omit-frame-pointer>" "$<${watched}:-fno-sanitize-recover=all>")
  target_link_options(strata_build INTERFACE -fsanitize=${STRATA_SANITIZE})
endif()

# strata_precompile(target [headers...]): the standard library, which every file includes, is read once and not with every
# file. A file still includes what it uses: the build without (STRATA_PCH=OFF) finds what is missing.
set(STRATA_PRECOMPILED "$<$<COMPILE_LANGUAGE:CXX>:${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp>")
function(strata_sum_precompiled target)
  file(SHA256 "${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp" sum)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum"
       CONTENT "${sum} ${ARGN} ${CMAKE_CXX_COMPILER_VERSION} ${Boost_VERSION}\n")
endfunction()
function(strata_precompile target)
  if(NOT STRATA_PCH)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  get_target_property(options ${target} COMPILE_OPTIONS)
  if(ARGN OR type STREQUAL "EXECUTABLE" OR options) # other options make other precompiled headers
    target_precompile_headers(${target} PRIVATE "${STRATA_PRECOMPILED}" ${ARGN})
    strata_sum_precompiled(${target} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM strata_precompiled)
  endif()
endfunction()
if(STRATA_PCH)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cpp" CONTENT "")
  add_library(strata_precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(strata_precompiled PRIVATE strata_build)
  target_precompile_headers(strata_precompiled PRIVATE "${STRATA_PRECOMPILED}")
  strata_sum_precompiled(strata_precompiled)
endif()
if(STRATA_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(strata_build INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>) # for ccache
endif()
