// Base64, in which files of ranks and tokenizer.json keep bytes.
#pragma once

#include <string>
#include <string_view>

namespace hf {

// Decodes `text` into `bytes`. Returns false for what is no base64, and for no bytes at all.
bool from_base64(std::string_view text, std::string& bytes);

}  // namespace hf
