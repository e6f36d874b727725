// Classes and series in batches of 16, with one planted mistake (option "fault"), or none.
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/rng.hpp>
#include <strata/data/feed.hpp>
#include <strata/plugin.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>

namespace {
using namespace strata;

constexpr std::int64_t kSize = 16;
[[maybe_unused]] void* volatile lost = nullptr;

struct Row {
  std::int32_t kind = 0;
  std::vector<float> series;  // [T,2]
  std::int64_t index = 0;
};

class FaultyFeed final : public Feed {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };

  FaultyFeed(const Options& options, const Facts& facts) : fault_(options.fault), facts_(facts), number_(++made) {
    if (facts_.dataset != nullptr) {
      const std::vector<FieldInfo> fields = facts_.dataset->fields();
      kind_ = find_field(fields, "class", FieldKind::ids, "[faulty]");
      series_ = find_field(fields, "series", FieldKind::numbers, "[faulty]");
      classes_ = fields[kind_].classes;
    } else if (!facts_.saved.is_null()) {
      classes_ = facts_.saved.integer();
    }
    if (facts_.split.empty()) return;
    const auto reader = facts_.dataset->open(facts_.split);
    for (Example one; reader->next(one);) {
      rows_.push_back({one.fields[kind_].ids[0], one.fields[series_].numbers, one.index});
    }
    if (is("lost") && !facts_.training) rows_.pop_back();
    if (!facts_.cache.empty() && is("cache")) {  // a file that does not say what it is made of
      make_folders(facts_.cache);
      const std::string path = facts_.cache + "/rows";
      if (std::filesystem::exists(path)) std::reverse(rows_.begin(), rows_.end());
      write_file(path, "there");
    }
  }

  Config saved() const override { return is("saved") ? Config() : Config(classes_); }
  Sizes sizes() const override {
    return {{"class", {is("sizes") ? classes_ - 1 : classes_}}, {"series", {-1, is("extents") ? 3 : 2}}};
  }

  std::int64_t batches(std::int64_t) const override {
    const std::int64_t ranks = is("shared") ? 1 : facts_.ranks, step = kSize * ranks;
    return (count() + step - 1) / step + (is("counts") ? facts_.rank : 0);
  }

  Batch batch(std::int64_t epoch, std::int64_t position) const override {
    const std::int64_t all = batches(epoch);
    if (is("end") && position >= all) position %= all;
    check_position(epoch, position, all);
    position_ = position;
    if (is("threads")) std::this_thread::sleep_for(std::chrono::microseconds(200));
    if (is("threads")) position = position_;
    if (first_ < 0) first_ = position;
    const std::int64_t asked = calls_++;
    if (is("leak")) lost = std::malloc(std::size_t{1} << 20U);  // NOLINT: that is the fault

    std::vector<std::int64_t> order(rows_.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::uint64_t seed = facts_.seed;
    if (is("calls")) seed += static_cast<std::uint64_t>(asked);
    if (is("object")) seed += static_cast<std::uint64_t>(number_);
    if (is("begins")) seed += static_cast<std::uint64_t>(first_);
    if (facts_.training) Rng(seed, "faulty/" + std::to_string(epoch)).shuffle(order);
    if (is("twice") && facts_.training) order[1] = order[40];
    const std::int64_t ranks = is("shared") ? 1 : facts_.ranks, rank = is("shared") ? 0 : facts_.rank;
    const std::int64_t begin = std::min((position * ranks + rank) * kSize, count());
    std::vector<Row> chosen;
    for (std::int64_t i = begin; i < std::min(begin + kSize, count()); ++i) {
      chosen.push_back(rows_[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
    }
    Batch batch = made_of(chosen);
    batch.tokens = is("tokens") ? 0 : batch.size;
    batch.epoch = is("epoch") ? 0 : epoch;
    batch.position = is("position") ? position + 1 : position;
    batch.first = !is("first");
    batch.last = is("last") ? position + 2 >= all : position + 1 == all;
    if (is("segments") || is("positions")) add_segments(batch);
    if (position == 1 && batch.size > 0) spoil(batch);
    return batch;
  }

  std::vector<FieldInfo> input_fields() const override { return {{"series", FieldKind::numbers, {-1, 2}}}; }
  Batch inputs(std::span<const Example> examples) const override {
    std::vector<Row> rows;
    for (const Example& one : examples) rows.push_back({0, one.fields.at(0).numbers, one.index});
    Batch batch = made_of(rows);
    batch.columns.erase(batch.columns.begin());
    if (is("input name")) batch.columns[0].name = "values";
    if (is("input row")) batch.columns[0].numbers[0] += 1;
    if (is("input index")) std::iota(batch.indices.begin(), batch.indices.end(), std::int64_t{5});
    return batch;
  }

 private:
  bool is(const char* fault) const { return fault_ == fault; }
  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }

  // Columns: class [B], series [B,T,2], series_lengths [B].
  static Batch made_of(const std::vector<Row>& rows) {
    Batch batch;
    batch.size = static_cast<std::int64_t>(rows.size());
    std::size_t time = 1;
    for (const Row& row : rows) time = std::max(time, row.series.size() / 2);
    Column kind{"class", {batch.size}, {}, {}}, lengths{"series_lengths", {batch.size}, {}, {}};
    Column series{"series", {batch.size, static_cast<std::int64_t>(time), 2}, {}, {}};
    for (const Row& row : rows) {
      batch.indices.push_back(row.index);
      kind.ids.push_back(row.kind);
      series.numbers.insert(series.numbers.end(), row.series.begin(), row.series.end());
      series.numbers.resize(batch.indices.size() * time * 2);
      lengths.ids.push_back(static_cast<std::int32_t>(row.series.size() / 2));
    }
    batch.columns = {std::move(kind), std::move(series), std::move(lengths)};
    return batch;
  }

  // Columns segments and positions [B,3]: two segments in a row, the second of which begins at time 2.
  static void add_segments(Batch& batch) {
    Column segments{"segments", {batch.size, 3}, {}, {}}, positions{"positions", {batch.size, 3}, {}, {}};
    for (std::int64_t row = 0; row < batch.size; ++row) {
      segments.ids.insert(segments.ids.end(), {0, 0, 1});
      positions.ids.insert(positions.ids.end(), {0, 1, 0});
    }
    batch.columns.push_back(std::move(segments));
    batch.columns.push_back(std::move(positions));
  }

  // Faults of one batch among many.
  void spoil(Batch& batch) const {
    if (is("order")) std::swap(batch.columns[0], batch.columns[1]);
    if (is("name")) batch.columns[0].name = "kind";
    if (is("kind")) batch.columns[0].numbers.assign(batch.columns[0].ids.begin(), batch.columns[0].ids.end());
    if (is("kind")) batch.columns[0].ids.clear();
    if (is("shape")) batch.columns[1].shape[1] += 1;
    if (is("axis")) batch.columns[0].shape = {1, batch.size};
    if (is("indices")) batch.indices.pop_back();
    if (is("segments")) batch.columns[3].ids.back() = 2;
    if (is("positions")) batch.columns[4].ids.back() = 2;
    if (is("lengths")) batch.columns[2].ids.back() = static_cast<std::int32_t>(batch.columns[1].shape[1] + 1);
  }

  static inline std::atomic<std::int64_t> made = 0;
  std::string fault_;
  Facts facts_;
  std::int64_t number_;
  std::size_t kind_ = 0, series_ = 0;
  std::int64_t classes_ = 1;
  std::vector<Row> rows_;
  mutable std::atomic<std::int64_t> calls_ = 0, first_ = -1, position_ = 0;
};

}  // namespace

STRATA_PLUGIN("faulty-feed", "1.0", [](strata::Registry& r) {
  r.add<strata::Feed, FaultyFeed>("faulty", "classes and series, with a mistake");
});
