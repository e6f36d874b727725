// usable_cores: the affinity mask and the control group's quota.
#include "strata/device/usable_cores.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace strata {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Quota and period as the kernel writes them ("50000 100000"); "max" and -1 are no limit.
double share(const std::string& quota, const std::string& period) {
  const double most = std::strtod(quota.c_str(), nullptr), of = std::strtod(period.c_str(), nullptr);
  return most > 0 && of > 0 ? most / of : 0;
}

double quota_of_folder(const std::string& folder, bool unified) {
  if (!unified) return share(text_of(folder + "/cpu.cfs_quota_us"), text_of(folder + "/cpu.cfs_period_us"));
  std::istringstream words(text_of(folder + "/cpu.max"));
  std::string quota, period;
  words >> quota >> period;
  return share(quota, period);
}

int cores_of_affinity() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) return CPU_COUNT(&mask);
  return static_cast<int>(std::thread::hardware_concurrency());  // more cores than the mask has bits
}

}  // namespace

double cpu_quota(const std::string& cgroups, const std::string& root) {
  double least = 0;
  std::istringstream lines(cgroups);
  for (std::string line; std::getline(lines, line);) {  // "0::/a/b", or "4:cpu,cpuacct:/a/b"
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(",cpu,") == std::string::npos) continue;
    const std::string base = unified ? root : root + "/cpu";
    // Every folder above limits, too. In a container the path may be the host's: the root is then the container's own.
    for (std::string path = line.substr(second + 1);; path.erase(path.rfind('/'))) {
      const double quota = quota_of_folder(base + path, unified);
      if (quota > 0 && (least == 0 || quota < least)) least = quota;
      if (path.empty() || path.rfind('/') == std::string::npos) break;
    }
  }
  return least;
}

int usable_cores() {
  const int cores = std::max(1, cores_of_affinity());
  const double quota = cpu_quota(text_of("/proc/self/cgroup"), "/sys/fs/cgroup");
  return quota > 0 ? std::min(cores, std::max(1, static_cast<int>(std::ceil(quota)))) : cores;
}

}  // namespace strata
