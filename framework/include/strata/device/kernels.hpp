// The open kernel table: rows per (device kind, op), ordered by priority.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/kernel.hpp"

namespace strata {

// Adds a row; names and the row are copied, the functions must stay loaded (plugins are never unloaded). Thread-safe.
STRATA_API void add_kernel(const KernelRow& row);

// All rows of an op on a device kind, best first. Rows never go away; the span is valid until the next add_kernel of
// the same (device, op), so registration happens before computing.
STRATA_API std::span<const KernelRow* const> kernels_for(std::string_view device, std::string_view op);

// Every row, in order of (device, op, priority).
STRATA_API std::vector<KernelRow> all_kernels();

}  // namespace strata
