// The checks of a provider of kernels, and what a plugin file has of them.
#pragma once

#include "check/checks.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {

// spec: the provider's name; kernels have no options.
std::vector<CheckRow> check_kernel(const Config& spec, const CheckOptions& options, const Host& host);

// "kernel/NAME" for each provider that the file staged kernels of.
std::vector<std::string> kernel_components(const std::string& file, const Registry& registry);

}  // namespace strata::detail
