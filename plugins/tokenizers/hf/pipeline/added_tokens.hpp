// Added tokens: tokens that are found in a text before anything else cuts it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pieces.hpp"

namespace hf {

struct AddedToken {
  std::string text;
  std::int32_t id = 0;
  bool special = false;
  bool normalised = false;   // it is looked for in the normalised text
  bool single_word = false;  // not within a word
  bool left_space = false;   // it takes the white space before it along
  bool right_space = false;  // and that after it
};

class AddedTokens {
 public:
  AddedTokens() = default;
  // Finds these tokens by their texts; of two that begin at one place, the longer one. `place` is for messages.
  AddedTokens(std::vector<AddedToken> tokens, const std::string& place);

  // Calls `part` for what is between tokens, `first` when it begins where the text does, and `token` for each token.
  void for_each(std::string_view text, const std::function<void(std::string_view, bool first)>& part,
                const std::function<void(std::int32_t)>& token) const;

 private:
  std::vector<AddedToken> tokens_;  // the longest first
  std::optional<Pieces> pattern_;   // empty: there are none
};

}  // namespace hf
