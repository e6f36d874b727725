// Dataset "stories": short stories of our own making.
#pragma once

#include <strata/data/dataset.hpp>

#include <memory>
#include <string>
#include <vector>

namespace strata {

class Stories final : public Dataset {
 public:
  struct Options {
    std::int64_t train = 20000, valid = 500, test = 500, seed = 1;
    void visit(auto& option) {
      option("train", train, "number of stories for training").range(1, 1000000);
      option("valid", valid, "number of stories for validation").range(1, 100000);
      option("test", test, "number of stories for testing").range(1, 100000);
      option("seed", seed, "seed of the stories").min(0);
    }
  };
  explicit Stories(const Options& options) : options_(options) {}

  std::vector<FieldInfo> fields() const override;
  std::vector<std::string> splits() const override { return {"train", "valid", "test"}; }
  std::unique_ptr<ExampleReader> open(std::string_view split) const override;

 private:
  Options options_;
};

}  // namespace strata
