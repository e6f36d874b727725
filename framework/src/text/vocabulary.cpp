// Vocabulary: tokens in a deque (their addresses stay), looked up by views into it.
#include "strata/text/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>

#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/text_file.hpp"
#include "strata/core/utf8.hpp"
#include "text/vocabulary_limit.hpp"

namespace strata {
namespace {

constexpr std::array<std::string_view, kSpecials> kSpecialTokens = {"<pad>", "<s>", "</s>", "<unk>"};

// What is wrong with a token, or an empty view.
std::string_view token_fault(std::string_view token) {
  if (token.empty()) return "is empty";
  return utf8_fault(token) == std::string_view::npos ? "" : "is not valid UTF-8";
}

// What is wrong with a token that is to be a line of our own file.
std::string_view line_fault(std::string_view token) {
  for (const char c : token) {
    if (c == '\r') return "holds a carriage return";
    if (static_cast<unsigned char>(c) <= 0x20) return "holds white space or a control byte";
  }
  return "";
}

[[noreturn]] void refuse(std::string_view token, std::string_view why, const std::string& place = "",
                         const std::string& hint = "") {
  throw Error("E_TOKENIZER_VOCABULARY", place, "token '" + printable(token, 60) + "' " + std::string(why), hint);
}

thread_local std::int64_t weights_have_rows = Vocabulary::kMaxTokens;

}  // namespace

detail::VocabularyLimit::VocabularyLimit(std::int64_t tokens) : before_(weights_have_rows) {
  weights_have_rows = std::min(tokens, Vocabulary::kMaxTokens);
}
detail::VocabularyLimit::~VocabularyLimit() { weights_have_rows = before_; }

struct Vocabulary::Index {
  std::deque<std::string> tokens;
  std::unordered_map<std::string_view, std::int32_t> ids;
};

Vocabulary::Vocabulary() : index_(std::make_unique<Index>()) {
  for (const std::string_view token : kSpecialTokens) add(token);
}
Vocabulary::~Vocabulary() = default;
Vocabulary::Vocabulary(Vocabulary&&) noexcept = default;
Vocabulary& Vocabulary::operator=(Vocabulary&&) noexcept = default;

std::int32_t Vocabulary::add(std::string_view token) {
  if (const std::string_view fault = token_fault(token); !fault.empty()) refuse(token, fault);
  if (find(token) >= 0) refuse(token, "is in the vocabulary already, as number " + std::to_string(find(token)));
  if (size() >= weights_have_rows && weights_have_rows < kMaxTokens) {
    throw Error(
        "E_CHECKPOINT_VOCABULARY", "",
        "token '" + printable(token, 60) + "' is number " + std::to_string(size()) + ", and no weight has so many rows",
        "the vocabulary is of another model");
  }
  if (size() >= kMaxTokens) refuse(token, "is one too many: the limit is " + std::to_string(kMaxTokens));
  const std::int32_t id = size();
  index_->ids.emplace(index_->tokens.emplace_back(token), id);
  return id;
}

std::int32_t Vocabulary::size() const noexcept { return static_cast<std::int32_t>(index_->tokens.size()); }

std::int32_t Vocabulary::find(std::string_view token) const noexcept {
  const auto at = index_->ids.find(token);
  return at == index_->ids.end() ? -1 : at->second;
}

std::int32_t Vocabulary::encode(std::string_view token) const noexcept {
  const std::int32_t id = find(token);
  return id < kSpecials ? kUnk : id;
}

const std::string& Vocabulary::token(std::int32_t id) const {
  if (id < 0 || id >= size()) {
    throw Error("E_TOKENIZER_ID", "",
                "token id " + std::to_string(id) + " is outside 0 <= id < " + std::to_string(size()),
                "the ids come from another tokenizer");
  }
  return index_->tokens[static_cast<std::size_t>(id)];
}

void Vocabulary::save(const std::string& path) const {
  std::string text;
  for (const std::string& token : index_->tokens) {
    if (const std::string_view fault = line_fault(token); !fault.empty()) {
      refuse(token, fault, path, "a tokenizer with such tokens saves the model file that they came from");
    }
    text += token + '\n';
  }
  write_file(path, text);
}

Vocabulary Vocabulary::load(const std::string& path) {
  const std::string whole = read_file(path, kMaxBytes);
  const std::string_view text = without_byte_order_mark(whole);
  Vocabulary vocabulary;
  std::int64_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view token = std::string_view(text).substr(begin, end - begin);
    const std::string place = path + ":" + std::to_string(line + 1);
    if (line < kSpecials) {
      const std::string_view special = kSpecialTokens[static_cast<std::size_t>(line)];
      if (token != special) {
        throw Error("E_TOKENIZER_VOCABULARY", place,
                    "'" + printable(token, 60) + "' stands where " + std::string(special) + " belongs",
                    "the first four lines are <pad>, <s>, </s>, <unk>, with LF line ends");
      }
    } else {
      try {
        if (const std::string_view fault = line_fault(token); !fault.empty()) refuse(token, fault);
        vocabulary.add(token);
      } catch (const Error& error) {
        throw Error(error.code(), place, error.message(),
                    error.hint().empty() ? "one token a line, each once, LF line ends, UTF-8" : error.hint());
      }
    }
    ++line;
    begin = end + 1;
  }
  if (line < kSpecials) {
    throw Error("E_TOKENIZER_VOCABULARY", path,
                "has " + std::to_string(line) + " lines: the specials are not all there",
                "the first four lines are <pad>, <s>, </s>, <unk>");
  }
  return vocabulary;
}

}  // namespace strata
