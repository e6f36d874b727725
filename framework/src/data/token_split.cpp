// open_token_split: encodes a split into a TokenFile, in the cache of the run or in a folder that goes at once.
#include "data/token_split.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "data/summed_reader.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/core/sha256.hpp"

namespace strata::detail {
namespace {

// A folder that mkdtemp() made, and that goes also where encoding ends by an error.
struct Scratch {
  explicit Scratch(std::string made) : path(std::move(made)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

// The name of the ids of a split: it depends on the content of the split, the vocabulary, and the tokens around
// documents.
std::string key_of(const Feed::Facts& facts, const TokenSplit& split, const std::string& stamp) {
  Sha256 sum;
  const auto add = [&](const std::string& text) {
    const std::string size = std::to_string(text.size()) + ":";
    sum.update(size.data(), size.size());
    sum.update(text.data(), text.size());
  };
  add(stamp);
  add(split.field);
  add(std::to_string(split.start) + "," + std::to_string(split.end));
  const Vocabulary& vocabulary = facts.tokenizers["text"].vocabulary();
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) add(vocabulary.token(id));
  return sum.hex().substr(0, 32);
}

std::unique_ptr<TokenFile> encode(const Feed::Facts& facts, const TokenSplit& split, const std::string& path) {
  const Tokenizer& tokenizer = facts.tokenizers["text"];
  const std::size_t field = find_field(facts.dataset->fields(), split.field, FieldKind::text, "split " + facts.split);
  SummedReader reader(in_plugin("open()", *facts.dataset, [&] { return facts.dataset->open(facts.split); }));
  TokenFileWriter writer(path, tokenizer.size());
  const auto mark = [&](std::int32_t id) {
    if (id >= 0) writer.add(std::vector<std::int32_t>{id});
  };
  const auto close = [&] {
    mark(split.end);
    writer.end_document();
  };
  bool any = false;
  std::int64_t unknown = 0;
  for (Example example; in_plugin("next()", reader, [&] { return reader.next(example); }); any = true) {
    if (any && !example.continues) close();
    if (!any || !example.continues) mark(split.start);
    const std::vector<std::int32_t> ids =
        in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(example.fields.at(field).text); });
    unknown += std::count(ids.begin(), ids.end(), tokenizer.vocabulary().specials().unknown);
    writer.add(ids);
  }
  if (any) close();
  writer.commit(reader.sum());
  for (const std::string& warning : reader.warnings()) facts.warn(warning);
  if (unknown > 0) {
    facts.warn("split " + facts.split + ": " + std::to_string(unknown) + " of " + std::to_string(writer.size()) +
               " tokens are unknown");
  }
  std::unique_ptr<TokenFile> file = TokenFile::open(path);
  if (file == nullptr) throw Error("E_IO_READ", path, "the file of token ids is not whole");
  return file;
}

}  // namespace

std::int32_t require_end(const Tokenizers& tokenizers, const std::string& feed) {
  const std::int32_t end = tokenizers["text"].vocabulary().specials().end();
  if (end >= 0) return end;
  throw Error("E_TOKENIZER_VOCABULARY", "[" + feed + "] end", "the vocabulary has no token that ends a text",
              "set end to false");
}

std::unique_ptr<TokenFile> open_token_split(const Feed::Facts& facts, const TokenSplit& split) {
  const std::string stamp = in_plugin("stamp()", *facts.dataset, [&] { return facts.dataset->stamp(facts.split); });
  if (!facts.cache.empty() && !stamp.empty()) {
    const std::string path = facts.cache + "/tokens-" + key_of(facts, split, stamp) + ".bin";
    if (std::unique_ptr<TokenFile> file = TokenFile::open(path)) return file;
    make_folders(facts.cache);
    return encode(facts, split, path);
  }
  std::string path = (std::filesystem::temp_directory_path() / "strata-tokens-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw Error("E_IO_WRITE", path, "cannot be made");
  const Scratch scratch{path};  // the open file stays readable without it
  return encode(facts, split, path + "/tokens.bin");
}

}  // namespace strata::detail
