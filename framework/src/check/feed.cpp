// What a feed promises (data/feed.hpp).
#include "check/feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "check/feed_batch.hpp"
#include "check/feed_data.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kEpochs = 3;  // of training; the first split of other phases has one
constexpr std::int64_t kRanks = 3;
constexpr std::size_t kInputs = 7;

using Sums = std::vector<std::vector<std::size_t>>;  // of each batch of each epoch

std::string at(std::int64_t epoch, std::int64_t position) { return fmt::format("epoch {}, batch {}", epoch, position); }

class FeedChecks {
 public:
  FeedChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry), data_(feed_data(spec, options, registry)) {}

  std::vector<CheckRow> run() {
    each("columns", [&](const FeedData& data) { return columns(data); });
    each("lengths", [&](const FeedData& data) { return lengths(data); });
    each("segments", [&](const FeedData& data) { return segments(data); });
    each("position", [&](const FeedData& data) { return position(data); });
    each("end", [&](const FeedData& data) { return end(data); });
    each("determinism", [&](const FeedData& data) { return determinism(data); });
    each("objects", [&](const FeedData& data) { return objects(data); });
    each("threads", [&](const FeedData& data) { return threads(data); });
    each("cache", [&](const FeedData& data) { return cache(data); });
    each("resume", [&](const FeedData& data) { return resume(data); });
    each("ranks", [&](const FeedData& data) { return ranks(data); });
    each("sizes", [&](const FeedData& data) { return sizes(data); });
    each("inputs", [&](const FeedData& data) { return inputs(data); });
    each("saved", [&](const FeedData& data) { return saved(data); });
    each("memory", [&](const FeedData& data) { return memory(data); });
    return checks_.take();
  }

 private:
  // A property of each of the data; the row says which they are.
  void each(const std::string& name, const std::function<std::string(const FeedData&)>& body) {
    checks_.property(name, [&] {
      std::string text;
      for (const FeedData& data : data_) {
        try {
          text += (text.empty() ? "" : "; ") + data.name + ": " + body(data);
        } catch (const CheckFailed& failure) {
          throw CheckFailed{data.name + ": " + failure.detail};
        }
      }
      return text;
    });
  }

  Feed::Facts facts(const FeedData& data, bool training) const {
    Feed::Facts facts;
    facts.dataset = data.dataset;
    facts.split = training ? data.train : data.other;
    facts.training = training;
    facts.tokenizers = data.tokenizers;
    facts.seed = static_cast<std::uint64_t>(seed_);
    return facts;
  }
  std::shared_ptr<Feed> make(const Feed::Facts& facts) const { return registry_.make<Feed>(spec_, facts); }
  std::shared_ptr<Feed> make(const FeedData& data, bool training) const { return make(facts(data, training)); }
  // Knows the fields and the vocabularies, and reads no split.
  std::shared_ptr<Feed> unread(const FeedData& data) const {
    Feed::Facts without = facts(data, false);
    without.split.clear();
    return make(without);
  }
  static std::int64_t epochs(bool training) { return training ? kEpochs : 1; }

  // Calls visit(batch, where) with every batch of the epochs, in order.
  template <typename Visit>
  static std::int64_t each_batch(const Feed& feed, bool training, Visit&& visit) {
    std::int64_t total = 0;
    for (std::int64_t epoch = 0; epoch < epochs(training); ++epoch) {
      const std::int64_t count = feed.batches(epoch);
      if (count < 1) throw CheckFailed{fmt::format("epoch {} has {} batches", epoch, count)};
      for (std::int64_t i = 0; i < count; ++i) {
        visit(feed.batch(epoch, i), (training ? "training, " : "") + at(epoch, i));
      }
      total += count;
    }
    return total;
  }
  static Sums sums(const Feed& feed, bool training) {
    Sums all(static_cast<std::size_t>(epochs(training)));
    each_batch(feed, training, [&](const Batch& batch, const std::string&) {
      all.at(static_cast<std::size_t>(batch.epoch)).push_back(sum_of(batch));
    });
    return all;
  }
  static void require_sum(const Feed& feed, const Sums& sums, std::size_t epoch, std::size_t position,
                          const std::string& what) {
    const auto e = static_cast<std::int64_t>(epoch), p = static_cast<std::int64_t>(position);
    if (sum_of(feed.batch(e, p)) != sums[epoch][position]) throw CheckFailed{at(e, p) + " is another one " + what};
  }
  // The batches in the opposite order, which begins with the last epoch.
  static void require_backwards(const Feed& feed, const Sums& sums, const std::string& what) {
    for (std::size_t epoch = sums.size(); epoch-- > 0;) {
      for (std::size_t i = sums[epoch].size(); i-- > 0;) require_sum(feed, sums, epoch, i, what);
    }
  }

  std::string columns(const FeedData& data) const {
    std::vector<ColumnForm> forms;
    std::int64_t count = 0, tokens = 0;
    for (const bool training : {true, false}) {
      for (const std::int64_t rank : {std::int64_t{0}, kRanks - 1}) {
        Feed::Facts known = facts(data, training);
        known.rank = rank;
        known.ranks = rank + 1;  // one process, and the last of three
        count += each_batch(*make(known), training, [&](const Batch& batch, const std::string& where) {
          require_same_forms(forms_of(batch, where), forms, where);
          tokens += batch.tokens;
        });
      }
    }
    if (forms.empty()) throw CheckFailed{"batches have no columns"};
    if (tokens == 0) throw CheckFailed{"tokens is 0 in every batch: the loss would be divided by it"};
    std::string names;
    for (const ColumnForm& one : forms) names += (names.empty() ? "" : ", ") + one.name;
    return fmt::format("{} in {} batches", names, count);
  }

  std::string lengths(const FeedData& data) const {
    int found = 0;
    for (const bool training : {true, false}) {
      each_batch(*make(data, training), training, [&](const Batch& batch, const std::string& where) {
        found = std::max(found, require_lengths(batch, where));
      });
    }
    return found == 0 ? "no column has lengths" : fmt::format("{} columns of lengths", found);
  }

  // Documents in one row: their numbers, and positions that begin anew with each.
  std::string segments(const FeedData& data) const {
    std::int64_t found = 0;
    for (const bool training : {true, false}) {
      each_batch(*make(data, training), training,
                 [&](const Batch& batch, const std::string& where) { found += require_segments(batch, where); });
    }
    return found == 0 ? "no row has several documents" : fmt::format("{} segments", found);
  }

  std::string position(const FeedData& data) const {
    std::int64_t total = 0;
    for (const bool training : {true, false}) {
      const std::shared_ptr<Feed> feed = make(data, training);
      for (std::int64_t epoch = 0; epoch < epochs(training); ++epoch) {
        const std::int64_t count = feed->batches(epoch);
        for (std::int64_t i = 0; i < count; ++i, ++total) {
          const Batch batch = feed->batch(epoch, i);
          if (batch.epoch != epoch || batch.position != i) {
            throw CheckFailed{at(epoch, i) + " says that it is " + at(batch.epoch, batch.position)};
          }
          if (batch.last != (i + 1 == count)) {
            throw CheckFailed{fmt::format("{} of {} has last = {}", at(epoch, i), count, batch.last)};
          }
          if (i == 0 && !batch.first) throw CheckFailed{at(epoch, i) + " has first = false at the beginning"};
        }
      }
    }
    return fmt::format("{} batches say where they are", total);
  }

  std::string end(const FeedData& data) const {
    for (const bool training : {true, false}) {
      const std::shared_ptr<Feed> feed = make(data, training);
      for (std::int64_t epoch = 0; epoch < epochs(training); ++epoch) {
        const std::int64_t count = feed->batches(epoch);
        for (const std::int64_t beyond : {count, count + 7, std::int64_t{-1}}) {
          require_error([&] { (void)feed->batch(epoch, beyond); }, {"E_DATA_POSITION"},
                        fmt::format("{} of {}", at(epoch, beyond), count));
        }
      }
    }
    return "E_DATA_POSITION";
  }

  std::string determinism(const FeedData& data) const {
    std::size_t total = 0;
    for (const bool training : {true, false}) {
      const std::shared_ptr<Feed> feed = make(data, training);
      const Sums first = sums(*feed, training);
      require_backwards(*feed, first, "when it is asked for again, in the opposite order");
      std::size_t most = 0;
      for (const auto& epoch : first) most = std::max(most, epoch.size());
      for (std::size_t i = 0; i < most; ++i) {
        for (std::size_t epoch = 0; epoch < first.size(); ++epoch) {
          if (i < first[epoch].size()) require_sum(*feed, first, epoch, i, "between batches of other epochs");
        }
      }
      for (const auto& epoch : first) total += epoch.size();
    }
    return fmt::format("{} batches, the same in three orders", total);
  }

  std::string objects(const FeedData& data) const {
    for (const bool training : {true, false}) {
      const std::shared_ptr<Feed> one = make(data, training), two = make(data, training);
      require_backwards(*two, sums(*one, training), "from a second object that was told the same");
      const std::string print = one->fingerprint();
      if (print != two->fingerprint()) throw CheckFailed{"fingerprint() of a second object is another one"};
      const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
      if (!print.empty() && (print.size() != 64 || !std::all_of(print.begin(), print.end(), hex))) {
        throw CheckFailed{"fingerprint() is '" + printable(print, 80) + "', not 64 hex digits"};
      }
    }
    return "a second object gives the same batches";
  }

  // A new object, which nobody has asked yet: each thread begins at another batch.
  std::string threads(const FeedData& data) const {
    constexpr int kThreads = 4;
    for (const bool training : {true, false}) {
      const Sums alone = sums(*make(data, training), training);
      const std::shared_ptr<Feed> feed = make(data, training);
      at_once(kThreads, [&](int thread) {
        for (int round = 0; round < 2; ++round) {
          for (std::size_t e = 0; e < alone.size(); ++e) {
            const std::size_t epoch = (e + static_cast<std::size_t>(thread)) % alone.size(), size = alone[epoch].size();
            for (std::size_t i = 0; i < size; ++i) {
              const std::size_t shifted = (i + static_cast<std::size_t>(thread) * size / kThreads) % size;
              require_sum(*feed, alone, epoch, shifted, "while other threads ask");
            }
          }
        }
      });
    }
    return fmt::format("{} threads at once", kThreads);
  }

  // Files in the folder are made by the first object and found by the second.
  std::string cache(const FeedData& data) const {
    const Scratch folder;
    for (const bool training : {true, false}) {
      const Sums without = sums(*make(data, training), training);
      Feed::Facts known = facts(data, training);
      known.cache = folder / "cache";
      require_backwards(*make(known), without, "with an empty folder for files");
      require_backwards(*make(known), without, "with a folder that has files of another object");
    }
    return "the same with a folder for files, empty and filled";
  }

  // A new object goes on in the middle, at the last batch, and right behind it.
  std::string resume(const FeedData& data) const {
    const Sums all = sums(*make(data, true), true);
    const auto middle = static_cast<std::int64_t>(all[0].size() / 2), count = static_cast<std::int64_t>(all[0].size());
    for (const std::int64_t begin : {std::int64_t{0}, middle, count - 1, count}) {
      const std::shared_ptr<Feed> feed = make(data, true);
      const BatchSource source = batch_source(*feed, 0, begin, 1);
      std::vector<std::size_t> expected(all[0].begin() + begin, all[0].end());
      expected.insert(expected.end(), all[1].begin(), all[1].end());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const std::optional<Batch> batch = source();
        if (!batch) throw CheckFailed{fmt::format("from batch {} on, there are {} batches", begin, i)};
        if (sum_of(*batch) == expected[i]) continue;
        throw CheckFailed{fmt::format("from batch {} on, {} is another one", begin, at(batch->epoch, batch->position))};
      }
      if (source()) throw CheckFailed{"batch_source() goes on after the last epoch"};
    }
    return fmt::format("goes on at batches 0, {}, {} and {} of {}", middle, count - 1, count, count);
  }

  std::string ranks(const FeedData& data) const {
    std::string text;
    for (const bool training : {true, false}) {
      const std::vector<Example> examples = examples_of(*data.dataset, training ? data.train : data.other);
      for (const std::int64_t count : {std::int64_t{1}, kRanks}) {
        std::vector<std::shared_ptr<Feed>> feeds;
        for (std::int64_t rank = 0; rank < count; ++rank) {
          Feed::Facts known = facts(data, training);
          known.rank = rank;
          known.ranks = count;
          feeds.push_back(make(known));
        }
        for (std::int64_t epoch = 0; epoch < epochs(training); ++epoch) {
          const std::string where = fmt::format("{}epoch {}, {} ranks", training ? "training, " : "", epoch, count);
          const std::set<std::int64_t> seen = shares(feeds, epoch, static_cast<std::int64_t>(examples.size()), where);
          if (training || count > 1) continue;
          if (seen.empty()) {
            text = "rows that are no examples stay with their rank";
            continue;
          }
          for (const std::int64_t index : full_examples(examples, data.dataset->fields())) {
            if (!seen.contains(index)) throw CheckFailed{fmt::format("{}: example {} is missing", where, index)};
          }
          text = fmt::format("each of {} examples once", seen.size());
        }
      }
    }
    return fmt::format("{}; 1 and {} ranks", text, kRanks);
  }

  // The examples that the ranks get in an epoch, each of them once. Empty when rows are no examples: when state is
  // carried from batch to batch, indices are those of lanes, which a rank keeps from where state begins to where it
  // begins anew; a row with segments is a window, which one rank gets once.
  static std::set<std::int64_t> shares(const std::vector<std::shared_ptr<Feed>>& feeds, std::int64_t epoch,
                                       std::int64_t examples, const std::string& where) {
    std::map<std::int64_t, std::size_t> owner;
    std::set<std::int64_t> seen;
    bool carried = false, windows = false;
    std::string twice;
    for (std::size_t rank = 0; rank < feeds.size(); ++rank) {
      if (feeds[rank]->batches(epoch) != feeds[0]->batches(epoch)) {
        throw CheckFailed{fmt::format("{}: rank {} has {} batches, rank 0 has {}", where, rank,
                                      feeds[rank]->batches(epoch), feeds[0]->batches(epoch))};
      }
      std::vector<std::int64_t> lanes;
      for (std::int64_t i = 0; i < feeds[rank]->batches(epoch); ++i) {
        const Batch batch = feeds[rank]->batch(epoch, i);
        if (!batch.first) {
          carried = true;
          if (batch.indices != lanes) {
            throw CheckFailed{
                fmt::format("{}: rank {} has other rows in batch {}, to which state is carried", where, rank, i)};
          }
          continue;
        }
        lanes = batch.indices;
        windows = windows || has_segments(batch);
        for (const std::int64_t index : batch.indices) {
          const auto [known, added] = owner.emplace(index, rank);
          if (!added && known->second != rank) {
            throw CheckFailed{
                fmt::format("{}: ranks {} and {} both have example {}", where, known->second, rank, index)};
          }
          if (index < 0) throw CheckFailed{fmt::format("{}: an index is {}", where, index)};
          if (!seen.insert(index).second) twice = fmt::format("{}: example {} is there twice", where, index);
        }
      }
    }
    if (carried) return {};
    if (!twice.empty()) throw CheckFailed{twice};
    if (windows) return {};
    if (!seen.empty() && *seen.rbegin() >= examples) {
      throw CheckFailed{fmt::format("{}: an index is {}, of {} examples", where, *seen.rbegin(), examples)};
    }
    return seen;
  }

  std::string sizes(const FeedData& data) const {
    const Sizes sizes = unread(data)->sizes();
    std::vector<std::string> unknown;  // ids below a number that the data does not declare
    for (const FieldInfo& field : data.dataset->fields()) {
      if (field.kind == FieldKind::ids && field.classes == 0) unknown.push_back(field.name);
    }
    if (sizes.all().empty()) throw CheckFailed{"sizes() is empty: a model would not know how large it has to be"};
    int compared = 0;
    for (const bool training : {true, false}) {
      const std::shared_ptr<Feed> feed = make(data, training);
      require_same_sizes(feed->sizes(), sizes, "with a split");
      each_batch(*feed, training, [&](const Batch& batch, const std::string& where) {
        compared = std::max(compared, require_sizes(batch, sizes, unknown, where));
      });
    }
    if (compared == 0 && unknown.empty()) throw CheckFailed{text_of(sizes) + ": no column has one of these names"};
    return fmt::format("{}; {} columns agree", text_of(sizes), compared);
  }

  static std::string text_of(const Sizes& sizes) {
    std::string text;
    for (const Sizes::Size& one : sizes.all()) text += (text.empty() ? "" : ", ") + one.name + " " + one.extents.str();
    return text.empty() ? "nothing" : text;
  }
  static void require_same_sizes(const Sizes& got, const Sizes& expected, const std::string& what) {
    if (text_of(got) == text_of(expected)) return;
    throw CheckFailed{"sizes() gives " + text_of(got) + " " + what + ", else " + text_of(expected)};
  }

  // Examples as a user gives them. A field that the data has, too, is that of the first examples of the split.
  struct Given {
    std::vector<Example> examples;
    bool whole = true;  // all fields are those of the data
  };
  Given given(const FeedData& data, const Feed& feed) const {
    std::vector<Example> known = examples_of(*data.dataset, data.other);
    if (known.size() > kInputs) known.resize(kInputs);
    const std::vector<FieldInfo> declared = data.dataset->fields();
    Given given;
    for (const Example& one : known) {
      given.examples.emplace_back();
      given.examples.back().index = one.index;
    }
    for (const FieldInfo& input : feed.input_fields()) {
      std::string name = input.name;
      for (const VocabularyPlan& plan : feed.vocabularies()) {
        if (plan.name == name && !plan.fields.empty()) name = plan.fields.front();
      }
      const auto same = [&](const FieldInfo& one) { return one.name == name && one.kind == input.kind; };
      const auto found = std::find_if(declared.begin(), declared.end(), same);
      given.whole = given.whole && found != declared.end();
      for (std::size_t i = 0; i < known.size(); ++i) {
        const auto field = static_cast<std::size_t>(found - declared.begin());
        given.examples[i].fields.push_back(found == declared.end() ? invented(input) : known[i].fields.at(field));
      }
    }
    return given;
  }
  static Field invented(const FieldInfo& info) {
    Field field;
    std::size_t count = 1;
    for (const std::int64_t extent : info.shape) count *= static_cast<std::size_t>(extent < 0 ? 3 : extent);
    if (info.kind == FieldKind::text) field.text = "a text of a user";
    if (info.kind == FieldKind::ids) field.ids.assign(count, 0);
    if (info.kind == FieldKind::numbers) field.numbers.assign(count, 0.5F);
    return field;
  }

  std::string inputs(const FeedData& data) const {
    const std::shared_ptr<Feed> feed = unread(data), reading = make(data, false);
    const Given examples = given(data, *feed);
    const Batch batch = feed->inputs(examples.examples);
    const std::vector<ColumnForm> got = forms_of(batch, "inputs()");
    if (batch.size != static_cast<std::int64_t>(examples.examples.size())) {
      throw CheckFailed{fmt::format("a batch of {} for {} examples", batch.size, examples.examples.size())};
    }
    for (std::size_t i = 0; i < examples.examples.size(); ++i) {
      if (batch.indices[i] != examples.examples[i].index) throw CheckFailed{"indices are not those of the examples"};
    }
    require_lengths(batch, "inputs()");
    if (sum_of(reading->inputs(examples.examples)) != sum_of(batch)) {
      throw CheckFailed{"a feed that has read a split gives other inputs"};
    }
    std::vector<ColumnForm> one = forms_of(feed->inputs({examples.examples.data(), 1}), "inputs() of one example");
    require_same_forms(got, one, "inputs() of several examples");

    std::vector<ColumnForm> training;
    each_batch(*make(data, true), false, [&](const Batch& known, const std::string& where) {
      require_same_forms(forms_of(known, where), training, where);
    });
    std::string shared;
    for (const ColumnForm& form : got) {
      const auto same = [&](const ColumnForm& known) { return known.name == form.name; };
      const auto found = std::find_if(training.begin(), training.end(), same);
      if (found == training.end() && is_lengths(form.name)) continue;  // lanes of a stream have no padding
      if (found == training.end()) throw CheckFailed{"column " + form.name + " is not there in training"};
      if (found->rank != form.rank || found->kind != form.kind) {
        throw CheckFailed{"column " + form.name + " has another kind or number of axes than in training"};
      }
      shared += (shared.empty() ? "" : ", ") + form.name;
    }
    if (shared.empty()) throw CheckFailed{"no column is one of training"};
    const std::int64_t rows = examples.whole ? same_rows(*reading, batch) : 0;
    return fmt::format("{}; {} rows as in batches of the data", shared, rows);
  }

  // Compares the rows of inputs with those of the same examples in the data; returns how many were compared.
  static std::int64_t same_rows(const Feed& feed, const Batch& inputs) {
    std::int64_t compared = 0;
    for (std::int64_t i = 0; i < feed.batches(0); ++i) {
      const Batch batch = feed.batch(0, i);
      if (has_segments(batch)) return 0;                                                         // rows are windows
      if (!batch.first || (i == 0 && feed.batches(0) > 1 && !feed.batch(0, 1).first)) return 0;  // rows are lanes
      for (std::int64_t row = 0; row < batch.size; ++row) {
        const auto known =
            std::find(inputs.indices.begin(), inputs.indices.end(), batch.indices[static_cast<std::size_t>(row)]);
        if (known == inputs.indices.end()) continue;
        for (const Column& column : inputs.columns) {
          const Column* same = batch.find(column.name);
          if (same == nullptr) continue;
          require_same_row(column, known - inputs.indices.begin(), *same, row,
                           fmt::format("inputs() of example {}", *known));
        }
        ++compared;
      }
    }
    return compared;
  }

  std::string saved(const FeedData& data) const {
    const std::shared_ptr<Feed> known = unread(data);
    const Given examples = given(data, *known);
    Feed::Facts facts;
    facts.tokenizers = data.tokenizers;
    facts.saved = parse_json(write_json(make(data, true)->saved()), "saved()");
    const std::shared_ptr<Feed> feed = make(facts);
    require_same_sizes(feed->sizes(), known->sizes(), "from saved()");
    const auto names = [](const Feed& one) {
      std::string text;
      for (const FieldInfo& field : one.input_fields())
        text += field.name + " " + std::string(name_of(field.kind)) + " ";
      for (const VocabularyPlan& plan : one.vocabularies()) text += plan.name + " ";
      return text;
    };
    if (names(*feed) != names(*known)) {
      throw CheckFailed{"from saved(), input fields and vocabularies are " + names(*feed) + ", else " + names(*known)};
    }
    if (sum_of(feed->inputs(examples.examples)) != sum_of(known->inputs(examples.examples))) {
      throw CheckFailed{"from saved(), inputs() gives other batches"};
    }
    return fmt::format("sizes and inputs without the data, from {} bytes", write_json(facts.saved, 0).size());
  }

  std::string memory(const FeedData& data) const {
    const std::shared_ptr<Feed> feed = make(data, true);
    std::int64_t epoch = 0;
    return check_leak([&] {
      for (std::int64_t i = 0; i < std::min<std::int64_t>(feed->batches(epoch), 4); ++i) (void)feed->batch(epoch, i);
      ++epoch;
    });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  std::vector<FeedData> data_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_feed(const Config& spec, const CheckOptions& options, const Host& host) {
  return FeedChecks(spec, options, host.registry).run();
}

}  // namespace strata::detail
