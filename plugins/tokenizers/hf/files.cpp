// vocab.json and merges.txt.
#include "files.hpp"

#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/json.hpp>
#include <strata/core/text_file.hpp>

#include <unordered_set>

#include "alphabet.hpp"

namespace hf {
namespace {

using strata::Config;
using strata::Error;

constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;

// Special tokens as they are, others as characters.
std::string written(const strata::Vocabulary& vocabulary, std::int32_t id) {
  return vocabulary.is_special(id) ? vocabulary.token(id) : to_characters(vocabulary.token(id));
}

}  // namespace

void for_each_line(std::string_view text, const std::function<void(std::string_view, std::size_t)>& each) {
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    each(text.substr(begin, end - begin), ++number);
    begin = end + 1;
  }
}

void for_each_merge(std::string_view text, const std::function<void(std::string_view, std::size_t)>& each) {
  for_each_line(text, [&](std::string_view line, std::size_t number) {
    const bool version = number == 1 && line.rfind("#version", 0) == 0;
    if (!line.empty() && !version) each(line, number);
  });
}

std::vector<std::string> write_files(const std::string& folder, const std::string& prefix,
                                     const strata::Vocabulary& vocabulary, const std::vector<Merge>& merges) {
  std::vector<std::string> names{prefix + "vocab.json", prefix + "merges.txt"};
  Config::Members members;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) members.emplace_back(written(vocabulary, id), id);
  strata::write_file(folder + "/" + names[0], strata::write_json(Config::object(std::move(members)), 0) + "\n");
  std::string text = "#version: 0.2\n";
  for (const auto& [left, right] : merges) text += to_characters(left) + " " + to_characters(right) + "\n";
  strata::write_file(folder + "/" + names[1], text);
  return names;
}

std::vector<Merge> read_merges(const std::string& path) {
  const std::string text = strata::read_text_file(path, kMaxBytes);
  std::unordered_set<std::string> known;
  for (int byte = 0; byte < 256; ++byte) known.emplace(1, static_cast<char>(byte));
  std::vector<Merge> merges;
  for_each_merge(text, [&](std::string_view line, std::size_t number) {
    const auto refuse = [&](const std::string& why) {
      throw Error("E_TOKENIZER_MERGES", path + ":" + std::to_string(number),
                  "'" + strata::printable(line, 60) + "' " + why,
                  "two tokens with one space between them are needed, each a byte or made by an earlier line");
    };
    const std::size_t space = line.find(' ');
    Merge merge;
    if (space == std::string_view::npos || !to_bytes(line.substr(0, space), merge.first) ||
        !to_bytes(line.substr(space + 1), merge.second) || merge.first.empty() || merge.second.empty()) {
      refuse("is no pair of tokens");
    }
    if (known.count(merge.first) == 0 || known.count(merge.second) == 0)
      refuse("has a part that no earlier line makes");
    known.insert(merge.first + merge.second);
    merges.push_back(std::move(merge));
  });
  return merges;
}

void check_vocabulary(const std::string& path, const strata::Vocabulary& vocabulary) {
  const Config read = strata::read_json(path);
  const Config::Members& members = read.members();
  if (static_cast<std::int64_t>(members.size()) != vocabulary.size()) {
    throw Error(
        "E_TOKENIZER_VOCABULARY", path,
        std::to_string(members.size()) + " tokens, but merges.txt beside it makes " + std::to_string(vocabulary.size()),
        "one of the two files is of another tokenizer");
  }
  std::int32_t id = 0;
  for (const auto& [token, value] : members) {
    if (token != written(vocabulary, id) || value.integer() != id) {
      throw Error("E_TOKENIZER_VOCABULARY", path,
                  "'" + strata::printable(token, 60) + "' stands where '" +
                      strata::printable(written(vocabulary, id), 60) + "' with the id " + std::to_string(id) +
                      " belongs",
                  "the file is of another tokenizer, or damaged");
    }
    ++id;
  }
}

}  // namespace hf
