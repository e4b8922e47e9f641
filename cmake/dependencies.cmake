# Debian 12 packages only (scripts/setup installs them); nothing is downloaded here.
find_package(Boost 1.74 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(absl REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(pugixml REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(cppzmq REQUIRED)
find_package(Threads REQUIRED)

# METIS comes without a CMake package.
find_path(METIS_INCLUDE_DIR metis.h REQUIRED)
find_library(METIS_LIBRARY metis REQUIRED)
add_library(METIS::METIS UNKNOWN IMPORTED)
set_target_properties(METIS::METIS PROPERTIES
  IMPORTED_LOCATION ${METIS_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${METIS_INCLUDE_DIR})

# Optional: how launchers of clusters start one run (nodes/pmix_meeting.h, nodes/mpi_meeting.h).
find_package(PkgConfig REQUIRED)
pkg_check_modules(PMIX IMPORTED_TARGET pmix)
find_package(MPI COMPONENTS C)
