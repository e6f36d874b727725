# cmake --install: library, headers, CMake package, pkg-config file, recipes. Programs and plugins install themselves.
include(CMakePackageConfigHelpers)

set_target_properties(strata strata_jobs strata_checks PROPERTIES INSTALL_RPATH "$ORIGIN") # where a bundle has what it needs
set_target_properties(strata_jobs PROPERTIES EXPORT_NAME jobs)
set_target_properties(strata_checks PROPERTIES EXPORT_NAME checks)
set(STRATA_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Strata)
install(TARGETS strata strata_jobs strata_checks EXPORT StrataTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(strata_manifest strata_probe strata_check PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
install(TARGETS strata_probe strata_check RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/tools)
install(TARGETS strata_manifest EXPORT StrataTargets RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/tools)
install(DIRECTORY framework/include/strata DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(EXPORT StrataTargets NAMESPACE Strata:: DESTINATION ${STRATA_PACKAGE_DIR})

# The build tree is a prefix, too: plugins can be built against it with nothing installed.
set(STRATA_TREE "${PROJECT_BINARY_DIR}/${STRATA_PACKAGE_DIR}")
configure_package_config_file(cmake/StrataConfig.cmake.in "${STRATA_TREE}/StrataConfig.cmake"
                              INSTALL_DESTINATION ${STRATA_PACKAGE_DIR})
# While 0.x, a minor version may change the SDK.
write_basic_package_version_file("${STRATA_TREE}/StrataConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
file(COPY cmake/StrataPlugin.cmake cmake/strata_plugin.map DESTINATION "${STRATA_TREE}")
export(EXPORT StrataTargets NAMESPACE Strata:: FILE "${STRATA_TREE}/StrataTargets.cmake")
install(FILES "${STRATA_TREE}/StrataConfig.cmake" "${STRATA_TREE}/StrataConfigVersion.cmake" cmake/StrataPlugin.cmake
              cmake/strata_plugin.map DESTINATION ${STRATA_PACKAGE_DIR})

configure_file(cmake/strata.pc.in "${PROJECT_BINARY_DIR}/strata.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/strata.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY apps/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/strata)
# What `strata plugins new` writes from.
install(DIRECTORY plugins/templates DESTINATION ${CMAKE_INSTALL_DATADIR}/strata)
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_DATADIR}/strata")
file(CREATE_LINK "${PROJECT_SOURCE_DIR}/plugins/templates" "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_DATADIR}/strata/templates" SYMBOLIC)
