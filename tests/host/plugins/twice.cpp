// One role and name twice in one plugin.
#include "role.hpp"

namespace {
constexpr char kFirst[] = "first ", kSecond[] = "second ";
}

STRATA_PLUGIN("twice", "1.0", [](strata::Registry& r) {
  r.add<host_test::Greeter, host_test::Word<kFirst>>("again", "says first");
  r.add<host_test::Greeter, host_test::Word<kSecond>>("again", "says second");
});
