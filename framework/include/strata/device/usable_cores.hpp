// usable_cores: the number of CPU cores that this process may use.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// Returns the number of cores in the affinity mask of the process, but not more than the CPU quota of its control
// group, rounded up; at least 1.
STRATA_API int usable_cores();

// Returns the smallest CPU quota, in cores, of the control groups in `cgroups` (the text of /proc/self/cgroup) and
// their parents; 0 when there is no quota. The quotas are read from cpu.max (version 2) or cpu.cfs_quota_us (version 1)
// in the folder `root` (/sys/fs/cgroup).
STRATA_API double cpu_quota(const std::string& cgroups, const std::string& root);

}  // namespace strata
