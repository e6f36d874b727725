// PhraseProgress: one phrase at a time.
#include "decode/phrase_progress.hpp"

namespace strata::detail {

const PhraseProgress::Phrases& PhraseProgress::phrases() const {
  static const Phrases none;
  return constraints_ != nullptr ? constraints_->phrases : none;
}

bool PhraseProgress::joins(std::int32_t token) const {
  return last_ >= 0 && constraints_ != nullptr && constraints_->joins && constraints_->joins(last_, token);
}

std::vector<std::int32_t> PhraseProgress::wanted() const {
  if (current_ >= 0) return {phrases()[static_cast<std::size_t>(current_)][static_cast<std::size_t>(written_)]};
  std::vector<std::int32_t> tokens;
  for (std::size_t i = 0; i < phrases().size(); ++i) {
    if (!done(i) && !joins(phrases()[i][0])) tokens.push_back(phrases()[i][0]);
  }
  return tokens;
}

PhraseProgress PhraseProgress::after(std::int32_t token) const {
  PhraseProgress next = *this;
  const bool inside = joins(token);  // of a word that was begun before
  next.last_ = token;
  next.ended_ = -1;
  if (inside && ended_ >= 0) next.done_ &= ~(std::uint64_t{1} << static_cast<unsigned>(ended_));
  const auto advance = [&](std::size_t i) {
    next.current_ = static_cast<std::int32_t>(i);
    if (++next.written_ < static_cast<std::int32_t>(phrases()[i].size())) return;
    next.done_ |= std::uint64_t{1} << i;
    next.ended_ = next.current_;
    next.current_ = -1, next.written_ = 0;
  };
  if (current_ >= 0) {
    const auto i = static_cast<std::size_t>(current_);
    if (phrases()[i][static_cast<std::size_t>(written_)] == token) {
      advance(i);
      return next;
    }
    next.current_ = -1, next.written_ = 0;  // broken off: it starts again, perhaps with this token
  }
  for (std::size_t i = 0; i < phrases().size() && !inside; ++i) {
    if (next.done(i) || phrases()[i][0] != token) continue;
    advance(i);
    break;
  }
  return next;
}

std::int64_t PhraseProgress::met() const {
  std::int64_t count = written_;
  for (std::size_t i = 0; i < phrases().size(); ++i) {
    if (done(i)) count += static_cast<std::int64_t>(phrases()[i].size());
  }
  return count;
}

std::int64_t PhraseProgress::total() const {
  std::int64_t count = 0;
  for (const auto& phrase : phrases()) count += static_cast<std::int64_t>(phrase.size());
  return count;
}

}  // namespace strata::detail
