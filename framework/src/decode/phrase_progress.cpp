// PhraseProgress: one phrase at a time.
#include "decode/phrase_progress.hpp"

namespace strata::detail {

std::vector<std::int32_t> PhraseProgress::wanted() const {
  if (current_ >= 0) return {(*phrases_)[static_cast<std::size_t>(current_)][static_cast<std::size_t>(written_)]};
  std::vector<std::int32_t> tokens;
  for (std::size_t i = 0; i < phrases_->size(); ++i) {
    if (((done_ >> i) & 1U) == 0) tokens.push_back((*phrases_)[i][0]);
  }
  return tokens;
}

PhraseProgress PhraseProgress::after(std::int32_t token) const {
  PhraseProgress next = *this;
  if (current_ >= 0) {
    const auto& phrase = (*phrases_)[static_cast<std::size_t>(current_)];
    if (phrase[static_cast<std::size_t>(written_)] == token) {
      if (++next.written_ == static_cast<std::int32_t>(phrase.size())) {
        next.done_ |= std::uint64_t{1} << static_cast<unsigned>(current_);
        next.current_ = -1, next.written_ = 0;
      }
      return next;
    }
    next.current_ = -1, next.written_ = 0;  // broken off: it starts again, perhaps with this token
  }
  for (std::size_t i = 0; i < phrases_->size(); ++i) {
    const auto& phrase = (*phrases_)[i];
    if (((next.done_ >> i) & 1U) != 0 || phrase[0] != token) continue;
    if (phrase.size() == 1) {
      next.done_ |= std::uint64_t{1} << i;
    } else {
      next.current_ = static_cast<std::int32_t>(i), next.written_ = 1;
    }
    break;
  }
  return next;
}

std::int64_t PhraseProgress::met() const {
  std::int64_t count = written_;
  for (std::size_t i = 0; i < phrases_->size(); ++i) {
    if (((done_ >> i) & 1U) != 0) count += static_cast<std::int64_t>((*phrases_)[i].size());
  }
  return count;
}

std::int64_t PhraseProgress::total() const {
  std::int64_t count = 0;
  for (const auto& phrase : *phrases_) count += static_cast<std::int64_t>(phrase.size());
  return count;
}

}  // namespace strata::detail
