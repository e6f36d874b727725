// A descriptor that no macro makes: the definitions say what is wrong with it. Were it loaded, the process would end.
#include <cstdlib>

#include "strata/plugin/plugin.hpp"

namespace {

[[gnu::constructor]] void ran() { std::_Exit(99); }

constexpr strata::PluginDescriptor make() {
  strata::PluginDescriptor out = strata::describe_plugin("descriptor", "1.0", nullptr);
  HOST_TEST_CHANGE;
  return out;
}

}  // namespace

extern "C" STRATA_API const strata::PluginDescriptor strata_plugin_v1;
constinit const strata::PluginDescriptor strata_plugin_v1 = make();
