// A metric that says by its name whether the plugin has its .cu part.
#include <strata/plugin.hpp>
#include <strata/train/metric.hpp>

#if defined(STRATA_PLUGIN_CUDA)
int device_part();
#else
static int device_part() { return 0; }
#endif

namespace {
class Part final : public strata::Metric {
 public:
  Input input() const override { return Input::text; }
  double value() const override { return device_part(); }
  void reset() override {}
  std::string_view name() const override { return "part"; }
  bool higher_is_better() const override { return true; }
  std::vector<double> statistics() const override { return {}; }
  void set_statistics(const std::vector<double>&) override {}
};
}  // namespace

STRATA_PLUGIN("with-cuda", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Metric, Part>(device_part() == 7 ? "with_device_part" : "without_device_part", "what was built");
});
