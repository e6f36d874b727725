// usable_cores: how many cores this process may use at a time.
#pragma once

#include <string>

namespace strata {

// The cores of the affinity mask, at most the CPU quota of the control group, rounded up; at least 1.
int usable_cores();

// The smallest quota, in cores, that `cgroups` (the text of /proc/self/cgroup) has below `root` (/sys/fs/cgroup), in
// the files of either version (cpu.max; cpu.cfs_quota_us); 0 where there is none.
double cpu_quota(const std::string& cgroups, const std::string& root);

}  // namespace strata
