// A component whose name would be a path.
#include "role.hpp"

namespace {
constexpr char kOdd[] = "odd ";
}

STRATA_PLUGIN("odd-name", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kOdd>>("../odd", "named like a path");
});
