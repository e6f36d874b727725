// cpu_quota: the files of control groups as the kernel's documentation gives them, in a folder of our own.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "strata/device/usable_cores.hpp"

namespace {

namespace fs = std::filesystem;

struct Root {
  Root() : path(fs::temp_directory_path() / fs::path("strata-cgroup-" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  ~Root() { fs::remove_all(path); }

  void put(const std::string& file, const std::string& text) const {
    fs::create_directories((path / file).parent_path());
    std::ofstream(path / file) << text;
  }
  double quota(const std::string& cgroups) const { return strata::cpu_quota(cgroups, path.string()); }

  fs::path path;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(usable_cores)

BOOST_FIXTURE_TEST_CASE(the_unified_hierarchy, Root) {
  put("a/b/cpu.max", "50000 100000\n");
  BOOST_TEST(quota("0::/a/b\n") == 0.5);
  BOOST_TEST(quota("0::/a\n") == 0.0);  // of a folder below, not of ours
  put("a/cpu.max", "max 100000\n");
  BOOST_TEST(quota("0::/a\n") == 0.0);
}

BOOST_FIXTURE_TEST_CASE(a_folder_above_limits_too, Root) {
  put("a/b/cpu.max", "400000 100000\n");
  put("a/cpu.max", "150000 100000\n");
  BOOST_TEST(quota("0::/a/b\n") == 1.5);
  put("cpu.max", "100000 100000\n");  // a container's own root
  BOOST_TEST(quota("0::/a/b\n") == 1.0);
  BOOST_TEST(quota("0::/no/such/folder\n") == 1.0);
}

BOOST_FIXTURE_TEST_CASE(the_hierarchy_of_controllers, Root) {
  put("cpu/box/cpu.cfs_quota_us", "250000\n");
  put("cpu/box/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(quota("5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n") == 2.5);
  BOOST_TEST(quota("2:cpuset:/box\n1:cpuacct:/box\n") == 0.0);
  put("cpu/box/cpu.cfs_quota_us", "-1\n");
  BOOST_TEST(quota("4:cpu:/box\n") == 0.0);
}

BOOST_FIXTURE_TEST_CASE(nonsense_is_no_limit, Root) {
  put("cpu.max", "lots of it\n");
  BOOST_TEST(quota("0::/\n") == 0.0);
  BOOST_TEST(quota("") == 0.0);
  BOOST_TEST(quota("no colons here\n") == 0.0);
}

BOOST_AUTO_TEST_CASE(there_is_at_least_one) {
  BOOST_TEST_MESSAGE("usable cores here: " << strata::usable_cores());
  BOOST_TEST(strata::usable_cores() >= 1);
}

BOOST_AUTO_TEST_SUITE_END()
