// usable_cores: how many cores this process may use at a time.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// The cores of the affinity mask, at most the CPU quota of the control group, rounded up; at least 1.
STRATA_API int usable_cores();

// The smallest CPU quota, in cores, of the control groups in `cgroups` (the text of /proc/self/cgroup) and of those
// above them, read below `root` (/sys/fs/cgroup) from cpu.max (version 2) or cpu.cfs_quota_us (version 1); 0 where
// there is none.
STRATA_API double cpu_quota(const std::string& cgroups, const std::string& root);

}  // namespace strata
