// Another plugin with one name more and one that `hello` has, too.
#include "role.hpp"

namespace {
constexpr char kTwin[] = "twin ";
}

STRATA_PLUGIN("twin", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kTwin>>("twin", "says twin");
  r.add<host_test::Greeter, host_test::Word<kTwin>>("hello", "says twin, too");
});
