// PrefixOpenings: a search over the vocabulary for the sequences of tokens whose text the unfinished word begins with.
#include "run/prefix_openings.hpp"

#include <map>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/text/words.hpp"

namespace strata::detail {
namespace {

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

class Search {
 public:
  Search(const Tokenizer& tokenizer, const std::vector<std::string>& texts, std::string wanted,
         std::vector<std::int32_t> ids)
      : tokenizer_(tokenizer), texts_(texts), wanted_(std::move(wanted)), ids_(std::move(ids)) {}

  // The places of Constraints::openings, the first one first; empty where nothing opens.
  std::vector<std::vector<Opening>> run() {
    if (place_after(tokenizer_.decode(ids_)) < 0) places_.clear();
    return std::move(places_);
  }

 private:
  // The place of what may follow ids_, whose text is `text`; -1 where nothing leads to the whole of what is wanted.
  std::int32_t place_after(const std::string& text) {
    const std::pair<std::string, std::int32_t> key{text, ids_.empty() ? -1 : ids_.back()};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    const auto place = static_cast<std::int32_t>(places_.size());
    places_.emplace_back();
    std::vector<Opening> openings;
    const std::string_view rest = without_spaces(std::string_view(wanted_).substr(text.size()));
    for (std::size_t token = 0; token < texts_.size(); ++token) {
      if (tokenizer_.vocabulary().is_special(static_cast<std::int32_t>(token))) continue;
      const std::string_view own = texts_[token];
      if (!own.starts_with(rest) && !rest.starts_with(own)) continue;
      ids_.push_back(static_cast<std::int32_t>(token));
      const std::string longer = tokenizer_.decode(ids_);
      if (longer.starts_with(wanted_)) {
        openings.push_back({ids_.back(), -1});
      } else if (longer.size() > text.size() && wanted_.starts_with(longer)) {
        if (const std::int32_t next = place_after(longer); next >= 0) openings.push_back({ids_.back(), next});
      }
      ids_.pop_back();
    }
    const std::int32_t found = openings.empty() ? -1 : place;
    if (openings.empty() && places_.size() == static_cast<std::size_t>(place) + 1) places_.pop_back();
    if (found >= 0) places_[static_cast<std::size_t>(place)] = std::move(openings);
    known_[key] = found;
    return found;
  }

  const Tokenizer& tokenizer_;
  const std::vector<std::string>& texts_;
  std::string wanted_;
  std::vector<std::int32_t> ids_;  // what is written
  std::vector<std::vector<Opening>> places_;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> known_;
};

}  // namespace

void PrefixOpenings::set(std::string_view prefix, std::int64_t number, Constraints& out) {
  std::string_view last;
  for_each_word(prefix, [&](std::string_view word) { last = word; });
  const bool unfinished = !last.empty() && last.data() + last.size() == prefix.data() + prefix.size();
  if (!unfinished) {
    out.prefix = tokenizer_->encode(prefix);
    return;
  }
  if (texts_.empty()) {
    for (std::int32_t id = 0; id < tokenizer_->size(); ++id) {
      texts_.emplace_back(tokenizer_->vocabulary().is_special(id) ? "" : without_spaces(tokenizer_->decode({id})));
    }
  }
  out.prefix = tokenizer_->encode(prefix.substr(0, prefix.size() - last.size()));
  const std::string before = tokenizer_->decode(out.prefix);
  const std::string wanted = before + (before.empty() ? "" : " ") + std::string(last);
  out.openings = Search(*tokenizer_, texts_, wanted, out.prefix).run();
  const std::string normal = tokenizer_->decode(tokenizer_->encode(prefix));  // some tokenizers change the spelling
  if (out.openings.empty() && normal.size() > before.size() && normal.starts_with(before)) {
    out.openings = Search(*tokenizer_, texts_, normal, out.prefix).run();
  }
  if (out.openings.empty()) {
    throw Error("E_DATA_CONSTRAINT", "sentence " + std::to_string(number + 1),
                "no word of the vocabulary begins with '" + printable(last, 60) + "'",
                "write it as the training data did");
  }
}

}  // namespace strata::detail
