// Examples from a split of the data of a run.
#include <utility>

#include "strata/core/plugin_call.hpp"
#include "strata/data/dataset.hpp"
#include "strata/run/answer_run.hpp"

namespace strata {
namespace {

class SplitExamples final : public ExampleSource {
 public:
  SplitExamples(const LoadedModel& loaded, std::string split, const std::vector<FieldInfo>& fields)
      : split_(std::move(split)), dataset_(loaded.recipe.data.make()) {
    const std::vector<FieldInfo> given = in_plugin("fields()", *dataset_, [&] { return dataset_->fields(); });
    for (const FieldInfo& field : fields) {
      places_.push_back(find_field(given, field.name, field.kind, "split " + split_));
    }
    reader_ = in_plugin("open()", *dataset_, [&] { return dataset_->open(split_); });
  }

  bool next(Example& example) override {
    if (!in_plugin("next()", *reader_, [&] { return reader_->next(read_); })) return false;
    example = {};
    example.index = read_.index;
    for (const std::size_t place : places_) example.fields.push_back(read_.fields.at(place));
    return true;
  }
  std::string place() const override { return "split " + split_ + ", example " + std::to_string(read_.index + 1); }
  std::vector<std::string> warnings() const override { return reader_->warnings(); }

 private:
  std::string split_;
  std::shared_ptr<Dataset> dataset_;
  std::unique_ptr<ExampleReader> reader_;
  std::vector<std::size_t> places_;  // of each wanted field in the data
  Example read_;
};

}  // namespace

std::unique_ptr<ExampleSource> split_examples(const LoadedModel& loaded, const std::string& split,
                                              const std::vector<FieldInfo>& fields) {
  return std::make_unique<SplitExamples>(loaded, split, fields);
}

}  // namespace strata
