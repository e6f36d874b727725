// LineConstraints: phrases apart by tabs, prefixes as they are.
#include "run/line_constraints.hpp"

#include "strata/core/error.hpp"
#include "strata/data/line_reader.hpp"

namespace strata::detail {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  if (path.empty()) return lines;
  LineReader reader(path);
  for (std::string line; reader.next(line);) lines.push_back(line);
  return lines;
}

const std::string& line_of(const std::vector<std::string>& lines, const std::string& file, std::int64_t number) {
  if (number < static_cast<std::int64_t>(lines.size())) return lines[static_cast<std::size_t>(number)];
  throw Error("E_DATA_UNEQUAL", file,
              std::to_string(lines.size()) + " lines, and the source has a line " + std::to_string(number + 1),
              "one line a source line, empty where nothing is asked for");
}

}  // namespace

LineConstraints::LineConstraints(const TranslateOptions& options)
    : phrase_file_(options.constraints),
      prefix_file_(options.prefix),
      phrases_(lines_of(phrase_file_)),
      prefixes_(lines_of(prefix_file_)) {}

Constraints LineConstraints::of(std::int64_t number, const Tokenizer& target) const {
  Constraints out;
  if (!prefix_file_.empty()) out.prefix = target.encode(line_of(prefixes_, prefix_file_, number));
  if (phrase_file_.empty()) return out;
  out.joins = [&target](std::int32_t left, std::int32_t right) { return target.joins(left, right); };
  const std::string& line = line_of(phrases_, phrase_file_, number);
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    std::vector<std::int32_t> phrase = target.encode(std::string_view(line).substr(begin, end - begin));
    if (!phrase.empty()) out.phrases.push_back(std::move(phrase));
    begin = end + 1;
  }
  return out;
}

}  // namespace strata::detail
