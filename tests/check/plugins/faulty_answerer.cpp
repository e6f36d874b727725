// The sum of an image's pixels by a model of its own, with one planted mistake (option "fault"), or none.
#include <strata/model/answerer.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <algorithm>
#include <cstdlib>

namespace {
using namespace strata;

[[maybe_unused]] void* volatile lost = nullptr;

// A capability that the framework does not know.
class Summer {
 public:
  virtual ~Summer() = default;
  virtual Tensor sums(const TensorBatch& batch) = 0;  // -> [B]
};

class Images final : public Feed {
 public:
  explicit Images(const NoOptions&, const Facts& facts) {
    if (facts.dataset != nullptr) (void)find_field(facts.dataset->fields(), "image", FieldKind::numbers, "[images]");
  }
  Sizes sizes() const override { return {{"image", {2, 3}}}; }
  std::int64_t batches(std::int64_t) const override { return 0; }
  Batch batch(std::int64_t, std::int64_t) const override { return {}; }
  std::vector<FieldInfo> input_fields() const override {
    return {{.name = "image", .kind = FieldKind::numbers, .shape = {2, 3}}};
  }
  Batch inputs(std::span<const Example> examples) const override {
    Batch batch;
    batch.size = static_cast<std::int64_t>(examples.size());
    Column image{"image", {batch.size, 2, 3}, {}, {}};
    for (const Example& one : examples) {
      image.numbers.insert(image.numbers.end(), one.fields[0].numbers.begin(), one.fields[0].numbers.end());
    }
    batch.columns = {image};
    return batch;
  }
};

class SumModel final : public Model, public Summer {
 public:
  explicit SumModel(const NoOptions&, const Facts&) : scale_(parameter("scale", {1}, Init::ones())) {}
  Loss loss(const TensorBatch& batch, const LossOptions&) override { return {sum(sums(batch)), {}, {}}; }
  Tensor sums(const TensorBatch& batch) override { return sum(batch["image"], {1, 2}) * scale_.value(); }

 private:
  Parameter scale_;
};

class Faulty final : public Answerer {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  Faulty(const Options& options, const Facts& facts)
      : Answerer(facts.feed), fault_(options.fault), facts_(facts), summer_(dynamic_cast<Summer&>(*facts.model)) {}

  void answer(std::span<const Example> examples, const Each& each) override {
    if (examples.empty()) {
      if (is("eager")) each({{"0", Config::object()}});
      return;
    }
    if (is("leak")) lost = std::malloc(std::size_t{1} << 19U);  // NOLINT: that is the fault
    std::vector<Example> asked(examples.begin(), examples.end());
    if (is("sorted")) {
      std::sort(asked.begin(), asked.end(), [](const Example& a, const Example& b) { return a.index < b.index; });
    }
    const std::vector<double> sums = summer_.sums(to_tensors(facts_.feed->inputs(asked))).to_doubles();
    double all = 0;
    for (const double one : sums) all += one;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (is("skips") && i == 3) continue;
      const double value = sums[i] + (is("others") ? all : 0) + (is("counts") ? static_cast<double>(calls_++) : 0) +
                           (is("chance") ? static_cast<double>(++chance) : 0);
      const std::string text = std::to_string(static_cast<int>(value));
      const Config json = is("list") ? Config::array({}) : Config::object({{"sum", value}});
      if (is("silent")) {
        each({});
      } else {
        each({{is("bytes") ? "\xff" : text, json, is("lines") ? text + "\n" : ""}});
      }
    }
  }

 private:
  bool is(const char* fault) const { return fault_ == fault; }

  std::string fault_;
  Facts facts_;
  Summer& summer_;
  std::int64_t calls_ = 0;
  static inline std::int64_t chance = 0;
};

}  // namespace

STRATA_PLUGIN("faulty_answerer", "0.1.0", [](strata::Registry& r) {
  r.add<Feed, Images>("images", "images alone");
  r.add<Model, SumModel>("sums", "sums of pixels", {.feed = "images"});
  const auto traits = answers_with<Summer>("Summer", "adds up pixels");
  r.add<Answerer, Faulty>("faulty", "Adds up pixels.", traits);
  r.add<Answerer, Faulty>("any_model", "Adds up pixels.", {"Summer", [](const Model&) { return true; }, "adds"});
  r.add<Answerer, Faulty>("no_traits", "Adds up pixels.");
  r.add<Answerer, Faulty>("lonely", "Adds up pixels.", answers_with<Generator>("Generator", "adds up pixels"));
});
