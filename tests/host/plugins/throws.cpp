// Registers something and then throws: an int, a standard exception or an Error, as the definition says.
#include <stdexcept>

#include "role.hpp"

namespace {
constexpr char kGone[] = "gone ";
}

STRATA_PLUGIN("throws", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kGone>>("gone", "never seen");
  HOST_TEST_THROW;
});
