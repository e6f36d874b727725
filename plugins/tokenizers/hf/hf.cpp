// Tokenizer "hf".
#include "hf.hpp"

#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/json.hpp>
#include <strata/text/word_cache.hpp>

#include <algorithm>
#include <filesystem>

#include "hf_specials.hpp"

namespace byte_bpe {
namespace {

using namespace strata;

constexpr std::int64_t kMostTokens = std::int64_t{1} << 22;

}  // namespace

void Hf::train(const LineSource&) {
  if (options_.file.empty()) {
    throw Error("E_CONFIG_MISSING", "[hf] file", "is missing", "the path of a tokenizer.json, or of a folder with one");
  }
  const std::filesystem::path path = expand_environment(options_.file, "[hf] file");
  const auto there = [&](const char* name) { return std::filesystem::is_regular_file(path / name); };
  if (path.extension() == ".tiktoken") {
    return use(hf_of_tiktoken(path.string(), options_.pattern), nullptr, path.parent_path().string());
  }
  if (!std::filesystem::is_directory(path)) return use(read_json(path.string()), nullptr, path.parent_path().string());
  if (there("tokenizer.json")) return use(read_json((path / "tokenizer.json").string()), nullptr, path.string());
  if (there("vocab.json") && there("merges.txt")) {
    return use(hf_of_gpt2((path / "vocab.json").string(), (path / "merges.txt").string()), nullptr, path.string());
  }
  throw Error("E_TOKENIZER_FILE", path.string(), "has neither tokenizer.json nor vocab.json and merges.txt");
}

// Ids may have gaps in the file; a vocabulary has none, so that a gap becomes a token that no text has.
void Hf::number(const HfTokenizer& read, const std::string& place) {
  std::int64_t count = 0;
  for (const auto& [token, id] : read.tokens) count = std::max<std::int64_t>(count, std::int64_t{id} + 1);
  for (const AddedToken& one : read.added) count = std::max<std::int64_t>(count, std::int64_t{one.id} + 1);
  const auto known = static_cast<std::int64_t>(read.tokens.size() + read.added.size());
  if (count > kMostTokens || count > 2 * known + 1024) {
    throw Error("E_TOKENIZER_VOCABULARY", place,
                "the largest id is " + std::to_string(count - 1) + ", of " + std::to_string(known) + " tokens");
  }
  std::vector<std::string> tokens(static_cast<std::size_t>(count));
  const auto set = [&](const std::string& token, std::int32_t id) {
    if (id < 0)
      throw Error("E_TOKENIZER_VOCABULARY", place, "'" + printable(token, 60) + "' has the id " + std::to_string(id));
    std::string& at = tokens[static_cast<std::size_t>(id)];
    if (!at.empty() && at != token) {
      throw Error(
          "E_TOKENIZER_VOCABULARY", place,
          "'" + printable(at, 60) + "' and '" + printable(token, 60) + "' have the same id " + std::to_string(id));
    }
    at = token;
  };
  // Added tokens may be in the model's vocabulary as well; their text is not in the alphabet of bytes.
  std::vector<bool> is_added(tokens.size(), false);
  for (const AddedToken& one : read.added) {
    set(one.text, one.id);
    is_added[static_cast<std::size_t>(one.id)] = true;
  }
  for (const auto& [token, id] : read.tokens) {
    if (id < 0 || !is_added[static_cast<std::size_t>(id)]) set(token, id);
  }
  vocabulary_ = Vocabulary::empty();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].empty()) tokens[id] = "<|unused " + std::to_string(id) + "|>";
    vocabulary_.add_bytes(tokens[id]);
  }
}

void Hf::use(Config json, const Specials* specials, const std::string& folder) {
  json_ = std::move(json);
  const HfTokenizer read = read_hf(json_);
  number(read, json_.source());
  vocabulary_.set_specials(specials != nullptr ? *specials : specials_of(read, folder));
  normal_ = read.normal, prefix_space_ = read.prefix_space, whole_first_ = read.whole_first;
  pieces_.clear();
  for (const std::string& pattern : read.patterns) pieces_.emplace_back(pattern, json_.source());

  // A text becomes an added token only when that is no special one. The longest is found first.
  std::vector<std::string> texts;
  added_ids_.clear();
  for (const AddedToken& one : read.added) {
    if (one.special || one.text.empty()) continue;
    texts.push_back(one.text);
    added_ids_.emplace(one.text, one.id);
  }
  std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::string pattern;
  for (const std::string& text : texts) pattern += (pattern.empty() ? "" : "|") + literal_pattern(text);
  added_.reset();
  if (!texts.empty()) added_.emplace(pattern, json_.source());

  std::vector<Merge> merges;
  ids_.clear();
  strata::ByText<bool> made;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    ids_.push_back(vocabulary_.find(one));
    made.emplace(one, true);
  }
  for (const Merge& merge : read.merges) {
    if (made.count(merge.first) == 0 || made.count(merge.second) == 0) {
      throw Error("E_TOKENIZER_MERGES", json_.source(),
                  "the merge '" + printable(merge.first, 40) + "' + '" + printable(merge.second, 40) +
                      "' has a part that no earlier merge makes");
    }
    const std::string joined = merge.first + merge.second;
    if (made.emplace(joined, true).second) ids_.push_back(vocabulary_.find(joined));
  }
  merges_ = Merges(read.merges);
  cache_.clear();
}

std::vector<std::int32_t> Hf::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  if (!added_) {
    encode_part(text, ids);
    return ids;
  }
  added_->for_each(text, [&](std::string_view part) {
    const auto found = added_ids_.find(part);
    if (found != added_ids_.end()) {
      ids.push_back(found->second);
    } else {
      encode_part(part, ids);
    }
  });
  return ids;
}

void Hf::encode_part(std::string_view text, std::vector<std::int32_t>& ids) const {
  if (text.empty()) return;
  std::string normal = normalised(text, normal_);
  if (prefix_space_ && normal.front() != ' ') normal.insert(0, " ");
  encode_piece(normal, 0, ids);
}

void Hf::encode_piece(std::string_view piece, std::size_t pattern, std::vector<std::int32_t>& ids) const {
  if (pattern == pieces_.size()) return encode_whole(piece, ids);
  pieces_[pattern].for_each(piece, [&](std::string_view part) { encode_piece(part, pattern + 1, ids); });
}

void Hf::encode_whole(std::string_view piece, std::vector<std::int32_t>& ids) const {
  if (cache_.find(piece, ids)) return;
  std::vector<std::int32_t> fresh;
  const std::int32_t whole = whole_first_ ? vocabulary_.find(piece) : -1;
  if (whole >= 0 && !vocabulary_.is_special(whole)) {
    fresh.push_back(whole);
  } else {
    merges_.apply(piece, fresh);
    for (std::int32_t& token : fresh) {
      token = ids_[static_cast<std::size_t>(token)];
      if (token >= 0) continue;
      throw Error("E_DATA_TOKEN", "[hf]", "the vocabulary lacks a byte or a merge of '" + printable(piece, 60) + "'");
    }
  }
  ids.insert(ids.end(), fresh.begin(), fresh.end());
  cache_.put(piece, std::move(fresh));
}

std::vector<std::string> Hf::save(const std::string& folder, const std::string& prefix) const {
  std::vector<std::string> names{prefix + "tokenizer.json", prefix + "tokenizer.specials.json"};
  write_file(folder + "/" + names[0], write_json(json_) + "\n");
  write_file(folder + "/" + names[1], write_json(vocabulary_.specials().to_config()) + "\n");
  return names;
}

void Hf::load(const std::string& folder, const std::string& prefix) {
  const Specials specials = Specials::from_config(read_json(folder + "/" + prefix + "tokenizer.specials.json"));
  use(read_json(folder + "/" + prefix + "tokenizer.json"), &specials, folder);
}

}  // namespace byte_bpe
