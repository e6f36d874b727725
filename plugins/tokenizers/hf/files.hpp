// The files of GPT-2's form: vocab.json and merges.txt.
#pragma once

#include <strata/text/vocabulary.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "learn.hpp"

namespace hf {

// Calls `each` for each line of a text, without its end, and its number from 1.
void for_each_line(std::string_view text, const std::function<void(std::string_view line, std::size_t number)>& each);
// The same for the pairs of a merges.txt: neither its first line "#version" nor empty lines.
void for_each_merge(std::string_view text, const std::function<void(std::string_view line, std::size_t number)>& each);

// Writes both files into `folder`, with `prefix` before their names, and returns the names. Throws E_IO_WRITE.
std::vector<std::string> write_files(const std::string& folder, const std::string& prefix,
                                     const strata::Vocabulary& vocabulary, const std::vector<Merge>& merges);
// Reads merges.txt. Throws E_IO_READ, and E_TOKENIZER_MERGES with file:line for a line that is no pair and for
// parts that no earlier line makes.
std::vector<Merge> read_merges(const std::string& path);
// Throws E_TOKENIZER_VOCABULARY unless vocab.json has exactly these tokens.
void check_vocabulary(const std::string& path, const strata::Vocabulary& vocabulary);

}  // namespace hf
