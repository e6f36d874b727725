// Reading text and skipping the byte order mark, in one place for all kinds of files.
#include "strata/core/text_file.hpp"

#include "strata/core/file.hpp"

namespace strata {

std::string_view without_byte_order_mark(std::string_view text) noexcept {
  return text.substr(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

std::string read_text_file(const std::string& path, std::size_t limit) {
  std::string text = read_file(path, limit);
  text.erase(0, text.size() - without_byte_order_mark(text).size());
  return text;
}

}  // namespace strata
