// What a dataset promises (data/dataset.hpp).
#include "check/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "strata/core/error.hpp"
#include "strata/core/utf8.hpp"
#include "strata/data/dataset.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kMostPairs = 200'000;  // of a split; what comes later is not looked at

class DatasetChecks {
 public:
  DatasetChecks(const Config& spec, Registry& registry)
      : dataset_(registry.make<Dataset>(spec)), fields_(dataset_->fields()) {}

  std::vector<CheckRow> run() {
    checks_.property("splits", [&] { return splits(); });
    checks_.property("unknown split", [&] { return unknown_split(); });
    checks_.property("index", [&] { return index(); });
    checks_.property("text", [&] { return text(); });
    checks_.property("end", [&] { return end(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("readers", [&] { return readers(); });
    checks_.property("threads", [&] { return threads(); });
    if (has_text()) {
      checks_.measure("overlap", [&] { return overlaps(); });
    } else {
      checks_.skip("overlap", "compares texts, and there is no field of text");
    }
    return checks_.take();
  }

 private:
  using Hashes = std::vector<std::size_t>;

  static std::size_t hash(const Example& example) {
    const std::hash<std::string_view> of;
    std::size_t sum = 0;
    const auto add = [&](const void* bytes, std::size_t count) {
      sum = sum * 31 + of(std::string_view(static_cast<const char*>(bytes), count));
    };
    for (const Field& field : example.fields) {
      add(field.text.data(), field.text.size());
      add(field.ids.data(), field.ids.size() * sizeof(std::int32_t));
      add(field.numbers.data(), field.numbers.size() * sizeof(float));
    }
    return sum;
  }
  // The first kMostPairs pairs; false in `whole` when there are more.
  template <typename Visit>
  std::int64_t each_pair(const std::string& split, Visit&& visit, bool* whole = nullptr) const {
    const auto reader = opened(split);
    Example example;
    for (std::int64_t count = 0; count < kMostPairs; ++count) {
      if (!reader->next(example)) return count;
      visit(example, count);
    }
    if (whole != nullptr && reader->next(example)) *whole = false;
    return kMostPairs;
  }
  bool has_text() const {
    return std::any_of(fields_.begin(), fields_.end(),
                       [](const FieldInfo& field) { return field.kind == FieldKind::text; });
  }
  std::unique_ptr<ExampleReader> opened(const std::string& split) const {
    auto reader = dataset_->open(split);
    if (reader == nullptr) throw CheckFailed{"open() of split '" + split + "' gives no reader"};
    return reader;
  }
  Hashes hashes(const std::string& split) const {
    Hashes all;
    each_pair(split, [&](const Example& example, std::int64_t) { all.push_back(hash(example)); });
    return all;
  }
  static std::string place(const std::string& split, std::int64_t count) {
    return fmt::format("{}, example {}", split, count);
  }

  std::string splits() const {
    const std::vector<std::string> names = dataset_->splits();
    if (names.empty()) throw CheckFailed{"there is no split"};
    std::string text;
    std::int64_t total = 0;
    for (const std::string& name : names) {
      if (name.empty()) throw CheckFailed{"a split has no name"};
      if (std::count(names.begin(), names.end(), name) > 1) throw CheckFailed{"split '" + name + "' is there twice"};
      bool whole = true;
      const std::int64_t count = each_pair(
          name, [](const Example&, std::int64_t) {}, &whole);
      total += count;
      text += fmt::format("{}{} {}{} examples", text.empty() ? "" : ", ", name, whole ? "" : "more than ", count);
    }
    if (total == 0) throw CheckFailed{text + ": nothing to read"};
    return text;
  }

  std::string unknown_split() const {
    for (const std::string name : {"no-such-split", ""}) {
      require_error([&] { (void)dataset_->open(name); }, {"E_DATA_SPLIT"}, "split '" + name + "'");
    }
    return "E_DATA_SPLIT";
  }

  std::string index() const {
    std::int64_t total = 0;
    for (const std::string& split : dataset_->splits()) {
      total += each_pair(split, [&](const Example& example, std::int64_t count) {
        if (example.index == count) return;
        throw CheckFailed{fmt::format("{} has index {}", place(split, count), example.index)};
      });
    }
    return fmt::format("counts {} examples from 0", total);
  }

  std::string text() const {
    std::size_t longest = 0;
    for (const std::string& split : dataset_->splits()) {
      each_pair(split, [&](const Example& example, std::int64_t count) {
        require_fields(example, place(split, count), longest);
      });
    }
    if (!has_text()) return "shapes are as declared";
    return fmt::format("texts are valid UTF-8 of at most {} bytes, shapes are as declared", longest);
  }

  void require_fields(const Example& example, const std::string& where, std::size_t& longest) const {
    if (example.fields.size() != fields_.size()) {
      throw CheckFailed{fmt::format("{} has {} fields, declared are {}", where, example.fields.size(), fields_.size())};
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const FieldInfo& info = fields_[i];
      const Field& field = example.fields[i];
      if (info.kind != FieldKind::text) {
        require_values(info, field, where);
        continue;
      }
      longest = std::max(longest, field.text.size());
      const std::string shown = where + ": '" + printable(field.text, 60) + "' ";
      if (utf8_fault(field.text) != std::string_view::npos) throw CheckFailed{shown + "is not valid UTF-8"};
      if (info.one_line && field.text.find_first_of("\r\n") != std::string_view::npos) {
        throw CheckFailed{shown + "holds a line end"};
      }
    }
  }

  static void require_values(const FieldInfo& info, const Field& field, const std::string& where) {
    const std::size_t count = info.kind == FieldKind::ids ? field.ids.size() : field.numbers.size();
    std::size_t row = 1;
    bool open = false;
    for (const std::int64_t extent : info.shape)
      (extent < 0 ? open = true : (row *= static_cast<std::size_t>(extent), false));
    if (open ? count % row != 0 : count != row) {
      throw CheckFailed{fmt::format("{}: field {} has {} values, which is not its shape", where, info.name, count)};
    }
    for (const std::int32_t id : field.ids) {
      if (id >= 0 && (info.classes == 0 || id < info.classes)) continue;
      throw CheckFailed{
          fmt::format("{}: field {} has the id {}, which is not in [0, {})", where, info.name, id, info.classes)};
    }
  }

  // A reader that is at its end stays there.
  std::string end() const {
    int ended = 0;
    for (const std::string& split : dataset_->splits()) {
      const auto reader = opened(split);
      Example example;
      std::int64_t left = kMostPairs;
      while (left > 0 && reader->next(example)) --left;
      if (left == 0) continue;
      for (int again = 0; again < 3; ++again) {
        if (reader->next(example)) throw CheckFailed{"split '" + split + "' goes on after its end"};
      }
      (void)reader->warnings();
      ++ended;
    }
    return fmt::format("{} splits stay at their end", ended);
  }

  std::string determinism() const {
    std::size_t total = 0;
    for (const std::string& split : dataset_->splits()) {
      const Hashes first = hashes(split), second = hashes(split);
      const auto at = std::mismatch(first.begin(), first.end(), second.begin(), second.end());
      if (at.first != first.end() || at.second != second.end()) {
        throw CheckFailed{fmt::format("{} is another one the second time ({} examples, then {})",
                                      place(split, at.first - first.begin()), first.size(), second.size())};
      }
      total += first.size();
    }
    return fmt::format("{} examples, twice the same", total);
  }

  // All splits, each by two readers of which the second lags behind, a pair of each in turn.
  std::string readers() const {
    struct Open {
      std::string split;
      std::unique_ptr<ExampleReader> reader;
      Hashes expected;
      std::size_t at = 0, waits = 0;
    };
    std::vector<Open> open;
    for (const std::string& split : dataset_->splits()) {
      for (const std::size_t waits : {0U, 3U}) open.push_back({split, opened(split), hashes(split), 0, waits});
    }
    Example example;
    for (bool more = true; more;) {
      more = false;
      for (Open& one : open) {
        if (one.waits > 0) {
          --one.waits;
          more = true;
          continue;
        }
        if (one.at == one.expected.size()) continue;
        if (!one.reader->next(example) || hash(example) != one.expected[one.at]) {
          throw CheckFailed{place(one.split, static_cast<std::int64_t>(one.at)) +
                            " is another one while other readers are open"};
        }
        ++one.at;
        more = true;
      }
    }
    return fmt::format("{} at once, in turn, as each alone", open.size());
  }

  // Batches are read ahead in a thread of their own, while a validation reads in another.
  std::string threads() const {
    std::vector<std::pair<std::string, Hashes>> expected;
    for (const std::string& split : dataset_->splits()) {
      expected.emplace_back(split, hashes(split));
      expected.push_back(expected.back());
    }
    at_once(static_cast<int>(expected.size()), [&](int thread) {
      const auto& [split, alone] = expected[static_cast<std::size_t>(thread)];
      if (hashes(split) != alone) throw CheckFailed{"split '" + split + "' is read otherwise in threads at once"};
    });
    return fmt::format("{} readers in threads of their own", expected.size());
  }

  // Of the first split, which is trained on, with each of the others.
  std::string overlaps() const {
    const std::vector<std::string> names = dataset_->splits();
    std::string text;
    for (const std::string& name : names) {
      bool whole = true;
      const std::int64_t count = each_pair(
          name, [](const Example&, std::int64_t) {}, &whole);
      if (!whole) return fmt::format("not counted: {} has more than {} examples", name, kMostPairs);
      if (name == names.front()) continue;
      text += fmt::format("{}{} of the {} sources of {}", text.empty() ? "" : ", ",
                          overlap(*dataset_, names.front(), name), count, name);
    }
    return text.empty() ? "there is one split alone" : text + " occur in " + names.front();
  }

  std::shared_ptr<Dataset> dataset_;
  std::vector<FieldInfo> fields_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_dataset(const Config& spec, const CheckOptions&, const Host& host) {
  return DatasetChecks(spec, host.registry).run();
}

}  // namespace strata::detail
