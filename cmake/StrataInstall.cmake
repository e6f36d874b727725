# cmake --install: library, headers, CMake package, pkg-config file, recipes. Programs and plugins install themselves.
include(CMakePackageConfigHelpers)

set(STRATA_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Strata)
install(TARGETS strata EXPORT StrataTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(strata_manifest strata_probe PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
install(TARGETS strata_probe RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/tools)
install(TARGETS strata_manifest EXPORT StrataTargets RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/strata/tools)
install(DIRECTORY framework/include/strata DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(EXPORT StrataTargets NAMESPACE Strata:: DESTINATION ${STRATA_PACKAGE_DIR})

configure_package_config_file(cmake/StrataConfig.cmake.in "${PROJECT_BINARY_DIR}/StrataConfig.cmake"
                              INSTALL_DESTINATION ${STRATA_PACKAGE_DIR})
# While 0.x, a minor version may change the SDK.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/StrataConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/StrataConfig.cmake" "${PROJECT_BINARY_DIR}/StrataConfigVersion.cmake" cmake/StrataPlugin.cmake
              cmake/strata_plugin.map DESTINATION ${STRATA_PACKAGE_DIR})

configure_file(cmake/strata.pc.in "${PROJECT_BINARY_DIR}/strata.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/strata.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(EXISTS "${PROJECT_SOURCE_DIR}/apps/recipes")
  install(DIRECTORY apps/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/strata)
endif()
