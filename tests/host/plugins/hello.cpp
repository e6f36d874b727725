// A good plugin.
#include "role.hpp"

namespace {
constexpr char kHello[] = "hello ";
}

STRATA_PLUGIN("hello", "1.2.3",
              [](strata::Registry& r) { r.add<host_test::Greeter, host_test::Word<kHello>>("hello", "says hello"); });
