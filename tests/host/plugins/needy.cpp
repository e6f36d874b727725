// Needs a component of another plugin; a second one is needed by nobody and nowhere.
#include "role.hpp"

namespace {
constexpr char kNeedy[] = "needy ";
}

STRATA_PLUGIN("needy", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kNeedy>>("needy", "after hello").needs("greeter/hello");
});
