# The target `docs`: the reference of the public headers, docs/html in the build tree. A public symbol without words makes
# it fail with the symbol's name.
find_program(STRATA_DOXYGEN doxygen)
find_program(STRATA_AWK awk)
if(STRATA_DOXYGEN AND STRATA_AWK)
  configure_file(cmake/Doxyfile.in "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
  add_custom_target(docs COMMAND "${CMAKE_COMMAND}" -E rm -rf "${PROJECT_BINARY_DIR}/docs"
                         COMMAND "${STRATA_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile"
                         COMMENT "Reference of the public headers: docs/html/index.html" VERBATIM)
else()
  add_custom_target(docs COMMAND "${CMAKE_COMMAND}" -E echo "docs: install doxygen (1.9 or newer) and awk, then configure again"
                         COMMAND "${CMAKE_COMMAND}" -E false VERBATIM)
endif()
