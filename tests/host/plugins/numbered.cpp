// One of many: hundred.sh gives copies of this library other numbers, and the component is called as the plugin is.
// When it is loaded it adds a line to the file that NUMBERED_PLUGIN_LOADED names.
#include <cstdlib>
#include <fstream>

#include "role.hpp"
#include "strata/plugin/plugin.hpp"

namespace {

constexpr char kNumber[] = "one of many, ";

[[gnu::constructor]] void loaded() {
  if (const char* file = std::getenv("NUMBERED_PLUGIN_LOADED")) std::ofstream(file, std::ios::app) << "loaded\n";
}

}  // namespace

STRATA_PLUGIN("numbered-000", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kNumber>>(r.plugin().name, "says that it is one of many");
});
