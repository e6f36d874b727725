// Tokenizer: what all tokenizers share, and the set of a run.
#include "strata/text/tokenizer.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/core/utf8.hpp"

namespace strata {
namespace {

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

void Tokenizers::add(std::string name, std::shared_ptr<Tokenizer> tokenizer) {
  all_.push_back({std::move(name), std::move(tokenizer)});
}

std::shared_ptr<Tokenizer> Tokenizers::shared(std::string_view name) const {
  std::string known;
  for (const Named& one : all_) {
    if (one.name == name) return one.tokenizer;
    known += (known.empty() ? "" : ", ") + one.name;
  }
  throw Error("E_TOKENIZER_NAME", "", "there is no vocabulary \"" + std::string(name) + "\"",
              "there are: " + (known.empty() ? "none" : known));
}

bool Tokenizers::has(std::string_view name) const noexcept {
  return std::any_of(all_.begin(), all_.end(), [&](const Named& one) { return one.name == name; });
}

bool Tokenizers::samples() const {
  return std::any_of(all_.begin(), all_.end(), [](const Named& one) { return one.tokenizer->samples(); });
}

bool Tokenizers::joint() const noexcept {
  return std::all_of(all_.begin(), all_.end(),
                     [&](const Named& one) { return one.tokenizer == all_.front().tokenizer; });
}

std::vector<std::string> Tokenizers::save(const std::string& folder) const {
  std::vector<std::string> names;
  for (const Named& one : all_) {
    const std::string prefix = joint() ? "" : one.name + ".";
    for (std::string& name : in_plugin("save()", *one.tokenizer, [&] { return one.tokenizer->save(folder, prefix); })) {
      names.push_back(std::move(name));
    }
    if (joint()) break;
  }
  return names;
}

void Tokenizers::load(const std::string& folder) {
  for (const Named& one : all_) {
    const std::string prefix = joint() ? "" : one.name + ".";
    in_plugin("load()", *one.tokenizer, [&] { one.tokenizer->load(folder, prefix); });
    if (joint()) break;
  }
}

Tokenizers make_tokenizers(const std::vector<std::string>& names,
                           const std::function<std::shared_ptr<Tokenizer>()>& make) {
  Tokenizers tokenizers;
  std::shared_ptr<Tokenizer> last;
  for (const std::string& name : names) {
    if (last == nullptr || !last->joint()) last = make();
    tokenizers.add(name, last);
  }
  return tokenizers;
}

}  // namespace strata
