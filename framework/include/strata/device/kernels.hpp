// The kernel table: rows for each kind of device and op, ordered by priority. Plugins add rows to it.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/kernel.hpp"

namespace strata {

// Adds a row. The row and its names are copied; its functions must stay loaded, as those of plugins do. Thread-safe.
STRATA_API void add_kernel(const KernelRow& row);

// Returns the rows of an op on a kind of device, the highest priority first. Rows are never removed. The span is valid
// until the next add_kernel() for the same device and op, so kernels must be registered before computing starts.
STRATA_API std::span<const KernelRow* const> kernels_for(std::string_view device, std::string_view op);

// Returns all rows, in the order of device, op and priority.
STRATA_API std::vector<KernelRow> all_kernels();

}  // namespace strata
