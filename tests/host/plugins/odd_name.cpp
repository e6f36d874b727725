// A component whose name would be a path, or would speak to the terminal, as the definition says.
#include "role.hpp"

namespace {
constexpr char kOdd[] = "odd ";
[[maybe_unused]] constexpr char kPath[] = "../odd", kControl[] = "odd\033[2J";
}  // namespace

STRATA_PLUGIN("odd-name", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kOdd>>(HOST_TEST_NAME, "named oddly");
});
