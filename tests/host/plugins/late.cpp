// Keeps its registry and registers from a component's constructor, after its registration has ended.
#include "role.hpp"

namespace {

strata::Registry* kept = nullptr;
constexpr char kMore[] = "more ";

struct Late final : host_test::Greeter {
  Late() { kept->add<host_test::Greeter, host_test::Word<kMore>>("more", "too late"); }
  std::string greet() const override { return "late"; }
};

}  // namespace

STRATA_PLUGIN("late", "1.0", [](strata::Registry& r) {
  kept = &r;
  r.add<host_test::Greeter, Late>("late", "registers too late");
});
