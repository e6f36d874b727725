// Feed "rows": the fields of each example as they are: labels, images, series, texts.
#include <algorithm>
#include <numeric>

#include "data/builtin.hpp"
#include "data/epoch_cache.hpp"
#include "data/rows.hpp"
#include "data/summed_reader.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/feed.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

struct RowsOptions {
  std::int64_t batch_size = 64;
  bool shuffle = true;
  std::vector<std::string> fields, labels{"label"};

  void visit(auto& option) {
    option("batch_size", batch_size, "number of examples of a batch").range(1, 1 << 20);
    option("shuffle", shuffle, "new order of the examples in each epoch");
    option("fields", fields, "fields of the data that become columns (left out: all)");
    option(
        "labels", labels,
        "fields that are predicted: they are no input of a trained model, and a text in them is the name of a class");
  }
};

class RowsFeed final : public Feed {
 public:
  using Options = RowsOptions;

  RowsFeed(const Options& options, const Facts& facts) : options_(options), facts_(facts) {
    if (facts_.dataset != nullptr) {
      choose(facts_.dataset->fields());
    } else if (!facts_.saved.is_null()) {
      for (const Config& one : facts_.saved.items()) fields_.push_back(detail::field_of(one));
    }
    if (!facts_.split.empty()) read();
  }

  std::vector<VocabularyPlan> vocabularies() const override {
    std::vector<VocabularyPlan> plans;
    for (const FieldInfo& field : fields_) {
      if (field.kind != FieldKind::text) continue;
      plans.push_back({field.name, {field.name}, is_label(field.name) ? Config("labels") : Config()});
    }
    return plans;
  }

  Config saved() const override {
    Config list = Config::array();
    for (const FieldInfo& field : fields_) list.append(detail::config_of(field));
    return list;
  }

  Sizes sizes() const override {
    Sizes sizes;
    for (const FieldInfo& field : fields_) {
      if (field.kind == FieldKind::text) {
        sizes.put(field.name, {facts_.tokenizers[field.name].size()});
      } else if (field.classes > 0) {
        sizes.put(field.name, {field.classes});
      } else {
        sizes.put(field.name, Shape(field.shape));
      }
    }
    return sizes;
  }

  std::int64_t batches(std::int64_t) const override {
    const std::int64_t step = options_.batch_size * facts_.ranks;
    return (rows_.size() + step - 1) / step;
  }

  Batch batch(std::int64_t epoch, std::int64_t position) const override {
    const std::int64_t count = batches(epoch), size = options_.batch_size;
    check_position(epoch, position, count);
    const std::int64_t first = std::min((position * facts_.ranks + facts_.rank) * size, rows_.size());
    std::vector<std::int64_t> chosen(static_cast<std::size_t>(std::min(size, rows_.size() - first)));
    std::iota(chosen.begin(), chosen.end(), first);
    if (options_.shuffle && facts_.training) {
      const auto order = orders_.of(epoch, [&] { return make_order(epoch); });
      for (std::int64_t& row : chosen) row = (*order)[static_cast<std::size_t>(row)];
    }
    Batch batch = rows_.batch(chosen);
    batch.tokens = batch.size;
    batch.epoch = epoch;
    batch.position = position;
    batch.first = true;
    batch.last = position + 1 == count;
    return batch;
  }

  std::vector<FieldInfo> input_fields() const override {
    std::vector<FieldInfo> inputs;
    for (const FieldInfo& field : fields_) {
      if (!is_label(field.name)) inputs.push_back(field);
    }
    return inputs;
  }

  Batch inputs(std::span<const Example> examples) const override {
    const std::vector<FieldInfo> fields = input_fields();
    detail::Rows rows(fields, {}, facts_.tokenizers);
    std::vector<std::size_t> places(fields.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    for (const Example& one : examples) rows.add(one, places, "example " + std::to_string(one.index + 1));
    std::vector<std::int64_t> all(examples.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    Batch batch = rows.batch(all);
    batch.first = true;
    return batch;
  }

  std::string fingerprint() const override { return fingerprint_; }

 private:
  using Order = std::vector<std::uint32_t>;

  std::shared_ptr<const Order> make_order(std::int64_t epoch) const {
    auto order = std::make_shared<Order>(static_cast<std::size_t>(rows_.size()));
    std::iota(order->begin(), order->end(), 0U);
    Rng(facts_.seed, "data/rows/" + std::to_string(epoch)).shuffle(*order);
    return order;
  }

  bool is_label(const std::string& name) const {
    return std::find(options_.labels.begin(), options_.labels.end(), name) != options_.labels.end();
  }

  void choose(const std::vector<FieldInfo>& declared) {
    for (std::size_t i = 0; i < declared.size(); ++i) {
      const auto named = std::find(options_.fields.begin(), options_.fields.end(), declared[i].name);
      if (!options_.fields.empty() && named == options_.fields.end()) continue;
      fields_.push_back(declared[i]);
      places_.push_back(i);
    }
    for (const std::string& name : options_.fields) detail::require_field(declared, name, "[rows] fields");
    const bool usual = options_.labels == std::vector<std::string>{"label"};
    if (!usual) {
      for (const std::string& name : options_.labels) detail::require_field(declared, name, "[rows] labels");
    }
  }

  void read() {
    rows_ = detail::Rows(fields_, options_.labels, facts_.tokenizers);
    detail::SummedReader reader(
        in_plugin("open()", *facts_.dataset, [&] { return facts_.dataset->open(facts_.split); }));
    const std::string place = "split " + facts_.split;
    for (Example one; in_plugin("next()", reader, [&] { return reader.next(one); });) {
      rows_.add(one, places_, place + ", example " + std::to_string(one.index + 1));
    }
    fingerprint_ = reader.sum();
    for (const std::string& warning : reader.warnings()) facts_.warn(warning);
    if (rows_.size() == 0) throw Error("E_DATA_EMPTY", place, "there is no example", "check the files");
  }

  RowsOptions options_;
  Facts facts_;
  std::vector<FieldInfo> fields_;
  std::vector<std::size_t> places_;  // of the fields in an example of the dataset
  detail::Rows rows_;
  mutable detail::EpochCache<Order> orders_;
  std::string fingerprint_;
};

}  // namespace

void register_rows_feed(Registry& registry) {
  registry.add<Feed, RowsFeed>("rows", "columns of the fields as they are: labels, images, series, texts");
}

}  // namespace strata
