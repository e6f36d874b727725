// Tokenizer "hf".
#include "hf.hpp"

#include <strata/core/config.hpp>
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/json.hpp>

#include <algorithm>
#include <filesystem>

#include "pipeline/components.hpp"
#include "specials.hpp"
#include "vocab_txt.hpp"

namespace hf {
namespace {

using namespace strata;

constexpr std::int64_t kMostTokens = std::int64_t{1} << 22;

// A file of a large vocabulary is many short texts, each of which takes more memory than it has letters.
Config read_tokenizer(const std::string& path) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 28U, kMemoryOfByte = 48;
  JsonLimits limits;
  limits.bytes = kMostBytes;
  std::error_code none;  // a file that cannot be read is the matter of read_json()
  const std::uintmax_t size = std::filesystem::file_size(path, none);
  if (!none && size <= kMostBytes) limits.memory += kMemoryOfByte * size;
  return read_json(path, limits);
}

}  // namespace

void Hf::train(const LineSource&) {
  if (options_.file.empty()) {
    throw Error("E_CONFIG_MISSING", "[hf] file", "is missing", "the path of a tokenizer.json, or of a folder with one");
  }
  const std::filesystem::path path = expand_environment(options_.file, "[hf] file");
  const auto there = [&](const char* name) { return std::filesystem::is_regular_file(path / name); };
  const std::string parent = path.parent_path().string();
  if (path.extension() == ".tiktoken") return use(hf_of_tiktoken(path.string(), options_.pattern), nullptr, parent);
  if (path.extension() == ".txt") return use(hf_of_vocab_txt(path.string()), nullptr, parent);
  if (!std::filesystem::is_directory(path)) return use(read_tokenizer(path.string()), nullptr, parent);
  if (there("tokenizer.json")) return use(read_tokenizer((path / "tokenizer.json").string()), nullptr, path.string());
  if (there("vocab.json") && there("merges.txt")) {
    return use(hf_of_gpt2((path / "vocab.json").string(), (path / "merges.txt").string()), nullptr, path.string());
  }
  if (there("vocab.txt")) return use(hf_of_vocab_txt((path / "vocab.txt").string()), nullptr, path.string());
  throw Error("E_TOKENIZER_FILE", path.string(),
              "has no tokenizer.json, no vocab.json with merges.txt and no vocab.txt",
              there("tokenizer.model") ? "the tokenizer sentencepiece reads its tokenizer.model" : "");
}

// Ids may have gaps in the file; a vocabulary has none, so that a gap becomes a token that no text has.
void Hf::number(const HfTokens& read, const std::string& place) {
  std::int64_t count = 0;
  for (const auto& [token, id] : read.model.tokens) count = std::max<std::int64_t>(count, std::int64_t{id} + 1);
  for (const AddedToken& one : read.added) count = std::max<std::int64_t>(count, std::int64_t{one.id} + 1);
  const auto known = static_cast<std::int64_t>(read.model.tokens.size() + read.added.size());
  if (count > kMostTokens || count > 2 * known + 1024) {
    throw Error("E_TOKENIZER_VOCABULARY", place,
                "the largest id is " + std::to_string(count - 1) + ", of " + std::to_string(known) + " tokens");
  }
  std::vector<std::string> tokens(static_cast<std::size_t>(count));
  std::unordered_map<std::string_view, std::int32_t> ids;
  const auto set = [&](const std::string& token, std::int32_t id) {
    std::string& at = tokens[static_cast<std::size_t>(id)];
    if (!at.empty() && at != token) {
      throw Error(
          "E_TOKENIZER_VOCABULARY", place,
          "'" + printable(at, 60) + "' and '" + printable(token, 60) + "' have the same id " + std::to_string(id));
    }
    at = token;
  };
  // An added token may be in the model's vocabulary as well, where it may be written in another way.
  std::vector<bool> is_added(tokens.size(), false);
  for (const AddedToken& one : read.added) is_added[static_cast<std::size_t>(one.id)] = true;
  for (const auto& [token, id] : read.model.tokens) {
    if (is_added[static_cast<std::size_t>(id)]) continue;
    set(token, id);
    ids.emplace(token, id);
  }
  texts_.clear();
  for (const AddedToken& one : read.added) {
    const auto twin = ids.find(one.text);
    if (twin != ids.end() && twin->second != one.id) texts_.emplace(one.id, one.text);
    set(twin == ids.end() || twin->second == one.id ? one.text : "<|added " + std::to_string(one.id) + "|>", one.id);
  }
  vocabulary_ = Vocabulary::empty();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].empty()) tokens[id] = "<|unused " + std::to_string(id) + "|>";
    vocabulary_.add_bytes(tokens[id]);
  }
}

// A text becomes an added token only when that is no special one.
void Hf::find_added(const HfTokens& read, const std::string& place) {
  std::vector<AddedToken> written, normalised_tokens;
  for (const AddedToken& one : read.added) {
    if (one.special || vocabulary_.is_special(one.id)) continue;
    (one.normalised ? normalised_tokens : written).push_back(one);
  }
  written_ = AddedTokens(std::move(written), place);
  normalised_ = AddedTokens(std::move(normalised_tokens), place);
}

void Hf::use(Config json, const Specials* specials, const std::string& folder) {
  json_ = std::move(json);
  bytes_ = may_be_bytes(json_.at("model"));
  normalisers_ = make_normalisers(given(json_, "normalizer"));
  pre_tokenisers_ = make_pre_tokenisers(given(json_, "pre_tokenizer"), bytes_);
  decoders_ = make_decoders(given(json_, "decoder"), bytes_);
  HfTokens read = read_tokens(json_, bytes_);
  for (AddedToken& one : read.added) {
    if (one.normalised && !one.special) one.text = normalised(one.text);
  }
  number(read, json_.source());
  vocabulary_.set_specials(specials != nullptr ? *specials : specials_of(read, folder));
  find_added(read, json_.source());
  model_ = make_model(json_.at("model"), vocabulary_, bytes_);
  cache_.clear();
}

std::string Hf::normalised(std::string_view text) const {
  std::string out(text);
  for (const Normaliser& one : normalisers_) out = one(out);
  return out;
}

std::vector<std::int32_t> Hf::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  const auto put = [&](std::int32_t id) { ids.push_back(id); };
  written_.for_each(
      text,
      [&](std::string_view part, bool first) {
        if (normalisers_.empty()) return encode_part(part, first, ids);
        encode_part(normalised(part), first, ids);
      },
      put);
  return ids;
}

void Hf::encode_part(std::string_view text, bool first, std::vector<std::int32_t>& ids) const {
  normalised_.for_each(
      text, [&](std::string_view part, bool begins) { encode_piece(part, first && begins, 0, ids); },
      [&](std::int32_t id) { ids.push_back(id); });
}

void Hf::encode_piece(std::string_view piece, bool first, std::size_t cut, std::vector<std::int32_t>& ids) const {
  if (piece.empty()) return;
  if (cut < pre_tokenisers_.size()) {
    pre_tokenisers_[cut](piece, first,
                         [&](std::string_view part, bool begins) { encode_piece(part, begins, cut + 1, ids); });
    return;
  }
  if (cache_.find(piece, ids)) return;
  std::vector<std::int32_t> fresh;
  model_->encode(piece, fresh);
  ids.insert(ids.end(), fresh.begin(), fresh.end());
  cache_.put(piece, std::move(fresh));
}

std::string Hf::decode(const std::vector<std::int32_t>& ids) const {
  std::vector<std::string> tokens;
  for (const std::int32_t id : ids) {
    if (vocabulary_.specials().is_end(id)) break;
    const std::string& token = vocabulary_.token(id);
    if (!vocabulary_.is_text(id)) continue;
    const auto text = texts_.find(id);
    tokens.push_back(text != texts_.end() ? text->second : token);
  }
  for (const Decoder& one : decoders_) one(tokens);
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

bool Hf::joins(std::int32_t left, std::int32_t right) const {
  if (bytes_) return continues_word(vocabulary_.token(right));
  if (vocabulary_.is_special(left) || vocabulary_.is_special(right)) return false;
  const std::string before = decode({left}), both = decode({left, right});
  return both.size() > before.size() && both[before.size()] != ' ';
}

std::vector<std::string> Hf::save(const std::string& folder, const std::string& prefix) const {
  std::vector<std::string> names{prefix + "tokenizer.json", prefix + "tokenizer.specials.json"};
  write_file(folder + "/" + names[0], write_json(json_) + "\n");
  write_file(folder + "/" + names[1], write_json(vocabulary_.specials().to_config()) + "\n");
  return names;
}

void Hf::load(const std::string& folder, const std::string& prefix) {
  const Specials specials = Specials::from_config(read_json(folder + "/" + prefix + "tokenizer.specials.json"));
  use(read_tokenizer(folder + "/" + prefix + "tokenizer.json"), &specials, folder);
}

}  // namespace hf
