// LineConstraints: phrases apart by tabs, prefixes as they are.
#include "run/line_constraints.hpp"

#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

constexpr const char* kOneEach = "one line for each source line, empty where nothing is asked for";

std::string next_line(LineReader& reader, const std::string& file, std::int64_t number) {
  std::string line;
  if (reader.next(line)) return line;
  throw Error("E_DATA_UNEQUAL", file,
              "has " + std::to_string(reader.line()) + " lines, the source has a line " + std::to_string(number + 1),
              kOneEach);
}

void require_end(LineReader& reader, const std::string& file, std::int64_t lines) {
  std::string rest;
  if (!reader.next(rest)) return;
  while (reader.next(rest)) {
  }
  throw Error("E_DATA_UNEQUAL", file,
              "has " + std::to_string(reader.line()) + " lines, the source has " + std::to_string(lines), kOneEach);
}

}  // namespace

LineConstraints::LineConstraints(const TranslateOptions& options, std::shared_ptr<const Tokenizer> target)
    : target_(std::move(target)), phrase_file_(options.constraints), prefix_file_(options.prefix) {
  if (!phrase_file_.empty()) phrases_.emplace(phrase_file_);
  if (!prefix_file_.empty()) prefixes_.emplace(prefix_file_);
  if (options.prefix_goes_on && prefix_file_.empty()) {
    throw Error("E_CONFIG_RANGE", "prefix_goes_on", "there is no prefix that could go on", "name a file by prefix");
  }
  if (options.prefix_goes_on) openings_.emplace(target_);
}

Constraints LineConstraints::next(std::int64_t number) {
  Constraints out;
  if (prefixes_) {
    const std::string prefix = next_line(*prefixes_, prefix_file_, number);
    if (openings_) {
      openings_->set(prefix, number, out);
    } else {
      out.prefix = target_->encode(prefix);
    }
  }
  if (!phrases_) return out;
  out.joins = [target = target_](std::int32_t left, std::int32_t right) { return target->joins(left, right); };
  const std::string line = next_line(*phrases_, phrase_file_, number);
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    std::vector<std::int32_t> phrase = target_->encode(std::string_view(line).substr(begin, end - begin));
    if (!phrase.empty()) out.phrases.push_back(std::move(phrase));
    begin = end + 1;
  }
  return out;
}

void LineConstraints::end(std::int64_t lines) {
  if (prefixes_) require_end(*prefixes_, prefix_file_, lines);
  if (phrases_) require_end(*phrases_, phrase_file_, lines);
}

}  // namespace strata::detail
