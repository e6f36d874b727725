// Tokens with less than a tenth of the largest probability are excluded, with one planted mistake (option "fault"), or
// none.
#include <strata/decode/sampler.hpp>
#include <strata/plugin.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace {

[[maybe_unused]] void* volatile lost = nullptr;

class FaultySampler final : public strata::Sampler {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  explicit FaultySampler(const Options& options) : fault_(options.fault) {}

  void apply(std::span<float> logits, const strata::Written& row) const override {
    float best = *std::max_element(logits.begin(), logits.end());
    if (is("rows")) best = last_ = std::max(best, last_);       // what an earlier row had
    if (is("leak")) lost = std::malloc(std::size_t{1} << 12U);  // NOLINT: that is the fault
    const bool strict = is("greedy") && !row.ids.empty();
    const float least = best - std::log(10.0F) * (is("calls") && ++calls_ % 2 == 0 ? 2.0F : 1.0F);
    for (float& z : logits) {
      if (z < least || (strict && z == best)) z = is("nan") ? z - z : -std::numeric_limits<float>::infinity();
      if (is("infinite") && z > 500) z = std::numeric_limits<float>::infinity();
      if (is("revives") && z < least) z = least - 10;
    }
  }

 private:
  bool is(const char* fault) const { return fault_ == fault; }

  std::string fault_;
  mutable float last_ = -std::numeric_limits<float>::infinity();
  mutable int calls_ = 0;
};

}  // namespace

STRATA_PLUGIN("faulty-sampler", "1.0", [](strata::Registry& r) {
  r.add<strata::Sampler, FaultySampler>("faulty", "a tenth of the largest probability, with a mistake");
});
