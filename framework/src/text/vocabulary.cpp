// Vocabulary: tokens in a deque (their addresses stay), looked up by views into it.
#include "strata/text/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/core/text_file.hpp"
#include "strata/core/utf8.hpp"
#include "text/token_line.hpp"
#include "text/vocabulary_limit.hpp"

namespace strata {
namespace {

constexpr std::array<std::string_view, kSpecials> kSpecialTokens = {"<pad>", "<s>", "</s>", "<unk>"};

[[noreturn]] void refuse(std::string_view token, std::string_view why) {
  throw Error("E_TOKENIZER_VOCABULARY", "", "token '" + printable(token, 60) + "' " + std::string(why));
}

// The file of special tokens beside a file of tokens.
std::string specials_path(const std::string& path) {
  constexpr std::string_view kText = ".txt";
  const bool text = path.ends_with(kText);
  return path.substr(0, path.size() - (text ? kText.size() : 0)) + ".specials.json";
}

// Nothing when there is no such file.
std::optional<Specials> read_specials(const std::string& path) {
  try {
    return Specials::from_config(read_json(path));
  } catch (const Error& error) {
    if (error.code() == "E_IO_MISSING") return std::nullopt;
    if (!error.code().starts_with("E_CONFIG_")) throw;
    throw Error("E_TOKENIZER_VOCABULARY", error.place(), error.message(), error.hint());
  }
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
  Specials specials;
  std::vector<bool> special;  // by id, up to the last special one

  // True when the first four lines of the file say all about the special tokens.
  bool standard() const {
    return specials == Specials::standard() && std::equal(kSpecialTokens.begin(), kSpecialTokens.end(), tokens.begin());
  }
};

Vocabulary::Vocabulary(std::unique_ptr<Index> index) : index_(std::move(index)) {}
Vocabulary::Vocabulary() : index_(std::make_unique<Index>()) {
  for (const std::string_view token : kSpecialTokens) add(token);
  set_specials(Specials::standard());
}
Vocabulary Vocabulary::empty() { return Vocabulary(std::make_unique<Index>()); }
Vocabulary::~Vocabulary() = default;
Vocabulary::Vocabulary(Vocabulary&&) noexcept = default;
Vocabulary& Vocabulary::operator=(Vocabulary&&) noexcept = default;

void Vocabulary::set_specials(Specials specials) {
  const auto is_token = [&](std::int32_t id) { return id >= 0 && id < size(); };
  const auto require = [&](std::int32_t id, const std::string& name) {
    if (is_token(id)) return;
    throw Error(
        "E_TOKENIZER_VOCABULARY", "",
        "special token" + name + " is number " + std::to_string(id) + ", outside 0 <= id < " + std::to_string(size()),
        "the special tokens are of another vocabulary");
  };
  for (const std::int32_t id : specials.ends) require(id, " 'ends'");
  for (const auto& [name, id] : specials.control) require(id, " '" + printable(name, 60) + "'");
  const std::vector<std::int32_t> ids = specials.ids();
  for (const std::int32_t id : ids) require(id, "");
  std::vector<bool> special(ids.empty() ? 0 : static_cast<std::size_t>(ids.back()) + 1);
  for (const std::int32_t id : ids) special[static_cast<std::size_t>(id)] = true;
  index_->specials = std::move(specials);
  index_->special = std::move(special);
}

const Specials& Vocabulary::specials() const noexcept { return index_->specials; }

bool Vocabulary::is_special(std::int32_t id) const noexcept {
  const auto at = static_cast<std::size_t>(id);
  return id >= 0 && at < index_->special.size() && index_->special[at];
}

bool Vocabulary::is_text(std::int32_t id) const noexcept {
  return id >= 0 && id < size() && (!is_special(id) || id == index_->specials.unknown);
}

std::string Vocabulary::joined(const std::vector<std::int32_t>& ids) const {
  std::string text;
  text.reserve(ids.size());
  for (const std::int32_t id : ids) {
    if (specials().is_end(id)) break;
    const std::string& one = token(id);
    if (is_text(id)) text += one;
  }
  return text;
}

void Vocabulary::require_unknown(const std::string& place) const {
  if (index_->specials.unknown >= 0) return;
  throw Error("E_TOKENIZER_VOCABULARY", place, "has no token for what is unknown, and this tokenizer needs one",
              "\"unknown\" in " + specials_path(place) + " is its id");
}

std::int32_t Vocabulary::add(std::string_view token) {
  if (utf8_fault(token) != std::string_view::npos) refuse(token, "is not valid UTF-8");
  return add_bytes(token);
}

std::int32_t Vocabulary::add_bytes(std::string_view token) {
  if (token.empty()) refuse(token, "is empty");
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
  return id < 0 || is_special(id) ? index_->specials.unknown : id;
}

const std::string& Vocabulary::token(std::int32_t id) const {
  if (id < 0 || id >= size()) {
    throw Error("E_TOKENIZER_ID", "",
                "token id " + std::to_string(id) + " is outside 0 <= id < " + std::to_string(size()),
                "the ids come from another tokenizer");
  }
  return index_->tokens[static_cast<std::size_t>(id)];
}

std::vector<std::string> Vocabulary::save(const std::string& path) const {
  // A reader drops a byte order mark at the beginning of a file: one more keeps that of the first token.
  const bool marked = size() > 0 && token(0).starts_with(kByteOrderMark);
  std::string text(marked ? kByteOrderMark : "");
  for (const std::string& token : index_->tokens) text += detail::token_to_line(token) + '\n';
  write_file(path, text);
  const auto name = [](const std::string& file) { return std::filesystem::path(file).filename().string(); };
  const std::string beside = specials_path(path);
  if (index_->standard()) {
    std::error_code fault;
    std::filesystem::remove(beside, fault);
    if (fault) throw Error("E_IO_WRITE", beside, "cannot be removed: " + fault.message());
    return {name(path)};
  }
  write_file(beside, write_json(index_->specials.to_config()) + "\n");
  return {name(path), name(beside)};
}

Vocabulary Vocabulary::load(const std::string& path) {
  const std::string whole = read_file(path, kMaxBytes);
  const std::string_view text = without_byte_order_mark(whole);
  std::optional<Specials> specials = read_specials(specials_path(path));
  Vocabulary vocabulary = specials ? empty() : Vocabulary();
  const std::int64_t given = specials ? 0 : kSpecials;  // tokens that are there before the first line is read
  std::int64_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view written = text.substr(begin, end - begin);
    const std::string place = path + ":" + std::to_string(line + 1);
    if (line < given) {
      const std::string_view special = kSpecialTokens[static_cast<std::size_t>(line)];
      if (written != special) {
        throw Error(
            "E_TOKENIZER_VOCABULARY", place,
            "'" + printable(written, 60) + "' stands where " + std::string(special) + " belongs",
            "the first four lines are <pad>, <s>, </s>, <unk>, with LF line ends; other special tokens stand in " +
                specials_path(path) + ", which is not there");
      }
    } else {
      try {
        vocabulary.add_bytes(detail::line_to_token(written));
      } catch (const Error& error) {
        throw Error(error.code(), place, error.message(),
                    error.hint().empty() ? "one token a line, each once, LF line ends, UTF-8" : error.hint());
      }
    }
    ++line;
    begin = end + 1;
  }
  if (line < given) {
    throw Error("E_TOKENIZER_VOCABULARY", path,
                "has " + std::to_string(line) + " lines: the specials are not all there",
                "the first four lines are <pad>, <s>, </s>, <unk>");
  }
  if (specials) {
    try {
      vocabulary.set_specials(std::move(*specials));
    } catch (const Error& error) {
      throw Error(error.code(), specials_path(path), error.message(), error.hint());
    }
  }
  return vocabulary;
}

}  // namespace strata
