// Three splits of numbers with one planted mistake (option "fault"), or none.
#include <strata/core/error.hpp>
#include <strata/data/dataset.hpp>
#include <strata/plugin.hpp>

#include <atomic>
#include <memory>

namespace {
using namespace strata;

constexpr std::int64_t kPairs = 1000;

class Reader final : public ExampleReader {
 public:
  // `at`: where the reader stands, which must be its own.
  Reader(std::string fault, std::string split, std::shared_ptr<std::atomic<std::int64_t>> at)
      : fault_(std::move(fault)), split_(std::move(split)), at_(std::move(at)) {}

  bool next(Example& example) override {
    const std::int64_t at = (*at_)++;
    if (at >= kPairs) {
      *at_ = fault_ == "again" ? 0 : kPairs;
      return false;
    }
    set_texts(example, {split_ + " " + std::to_string(at), std::to_string(at * at)}, at);
    if (fault_ == "index") example.index = at + 1;
    if (at == 700 && fault_ == "line end") example.fields[1].text += "\r";
    if (at == 700 && fault_ == "latin1") example.fields[0].text += "\xe9";
    if (fault_ == "opened") example.fields[0].text += " " + std::to_string(openings);
    return true;
  }

  static inline std::atomic<int> openings = 0;

 private:
  std::string fault_, split_;
  std::shared_ptr<std::atomic<std::int64_t>> at_;
};

class FaultyDataset final : public Dataset {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  explicit FaultyDataset(const Options& options) : fault_(options.fault) {}

  std::vector<std::string> splits() const override {
    if (fault_ == "twice") return {"train", "test", "train"};
    if (fault_ == "no split") return {};
    return {"train", "valid", "test"};
  }
  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    const bool known = split == "train" || split == "valid" || split == "test";
    if (!known && fault_ != "any split") throw Error("E_DATA_SPLIT", "[faulty]", "there is no such split");
    if (fault_ == "closed" && split == "test") throw Error("E_DATA_MISSING", "[faulty]", "there is no such file");
    ++Reader::openings;
    if (fault_ == "shared") *position_ = 0;
    const bool shared = fault_ == "shared";
    return std::make_unique<Reader>(fault_, std::string(split),
                                    shared ? position_ : std::make_shared<std::atomic<std::int64_t>>(0));
  }

 private:
  std::string fault_;
  std::shared_ptr<std::atomic<std::int64_t>> position_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

}  // namespace

STRATA_PLUGIN("faulty-dataset", "1.0",
              [](strata::Registry& r) { r.add<strata::Dataset, FaultyDataset>("faulty", "numbers, with a mistake"); });
