// Tokenizer: what all tokenizers share, and the pair of source and target.
#include "strata/text/tokenizer.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/core/utf8.hpp"

namespace strata {
namespace {

constexpr std::string_view kSourcePrefix = "source.", kTargetPrefix = "target.";

// A token may be a line end, which would break the line that it is printed in, or a byte that is no text.
std::string shown(const std::string& token) {
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; };
  const bool plain = std::none_of(token.begin(), token.end(), is_control) && utf8_fault(token) == std::string::npos;
  return plain ? token : printable(token, std::string::npos);
}

}  // namespace

Tokenizer::~Tokenizer() = default;

bool Tokenizer::joins(std::int32_t, std::int32_t) const { return false; }

std::vector<std::int32_t> Tokenizer::sample(std::string_view text, Rng&) const { return encode(text); }

std::vector<std::string> Tokenizer::pieces(const std::vector<std::int32_t>& ids) const {
  std::vector<std::string> pieces;
  pieces.reserve(ids.size());
  for (const std::int32_t id : ids) pieces.push_back(shown(vocabulary().token(id)));
  return pieces;
}

std::vector<std::string> Tokenizers::save(const std::string& folder) const {
  const auto saved = [&](const Tokenizer& tokenizer, std::string_view prefix) {
    return in_plugin("save()", tokenizer, [&] { return tokenizer.save(folder, std::string(prefix)); });
  };
  if (joint()) return saved(*source, "");
  std::vector<std::string> names = saved(*source, kSourcePrefix);
  for (std::string& name : saved(*target, kTargetPrefix)) names.push_back(std::move(name));
  return names;
}

void Tokenizers::load(const std::string& folder) {
  const auto read = [&](Tokenizer& tokenizer, std::string_view prefix) {
    in_plugin("load()", tokenizer, [&] { tokenizer.load(folder, std::string(prefix)); });
  };
  if (joint()) return read(*source, "");
  read(*source, kSourcePrefix);
  read(*target, kTargetPrefix);
}

Tokenizers make_tokenizers(const std::function<std::shared_ptr<Tokenizer>()>& make) {
  Tokenizers tokenizers;
  tokenizers.source = make();
  tokenizers.target = tokenizers.source->joint() ? tokenizers.source : make();
  return tokenizers;
}

}  // namespace strata
