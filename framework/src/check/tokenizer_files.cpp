// The files of a tokenizer: whole, missing and damaged.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "check/tokenizer.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"

namespace strata::detail {

std::string check_tokenizer_file(const TokenizerCase& tokenizers) {
  const Scratch folder;
  const auto tokenizer = tokenizers.trained();
  std::size_t files = 0;
  for (const std::string prefix : {"", "side."}) {
    const std::string first = folder / (prefix + "first"), second = folder / (prefix + "second");
    make_folders(first);
    make_folders(second);
    const std::vector<std::string> names = tokenizer->save(first, prefix);
    const auto loaded = tokenizers.make();
    loaded->load(first, prefix);
    require_alike(*loaded, *tokenizer, "saved and loaded");
    if (loaded->save(second, prefix) != names) throw CheckFailed{"saved again, the files have other names"};
    for (const std::string& name : names) {
      if (!name.starts_with(prefix)) throw CheckFailed{in_quotes(name) + " does not begin with " + in_quotes(prefix)};
      if (read_file(first + "/" + name) != read_file(second + "/" + name)) {
        throw CheckFailed{in_quotes(name) + ": loaded and saved again, the bytes are not the same"};
      }
    }
    for (const auto& entry : std::filesystem::directory_iterator(first)) {
      if (std::find(names.begin(), names.end(), entry.path().filename().string()) != names.end()) continue;
      throw CheckFailed{"it writes " + in_quotes(entry.path().filename().string()) + ", but does not name it"};
    }
    files = names.size();
  }
  return fmt::format("{} files; loaded: the same ids; saved again: the same bytes", files);
}

std::string check_damaged_tokenizer_file(const TokenizerCase& tokenizers) {
  const Scratch folder;
  const auto tokenizer = tokenizers.trained();
  Rng random(static_cast<std::uint64_t>(tokenizers.seed), "check/damage");
  int refused = 0, taken = 0;
  for (const std::string& name : tokenizer->save(folder / ".", "")) {
    const std::string path = folder / name, whole = read_file(path);
    // Not write_file, which waits for the disk each time.
    const auto put = [&](const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; };
    const auto load = [&] {
      const auto other = tokenizers.make();
      other->load(folder / ".", "");
      for (const std::string& line : example_lines()) (void)ids_of(*other, line);
    };
    std::string noise;
    while (noise.size() < 1000) noise += static_cast<char>(random.below(256));
    put(noise);
    require_error(load, {"E_TOKENIZER_", "E_IO_"}, name + " of random bytes");
    std::filesystem::remove(path);
    require_error(load, {"E_TOKENIZER_", "E_IO_"}, name + " missing");
    refused += 2;
    // A part of a file, or one with a byte changed, may be a whole one by luck.
    std::vector<std::string> damaged = {"", whole.substr(0, whole.size() / 2), whole + noise, noise + whole};
    for (int i = 0; i < 40; ++i) {
      damaged.push_back(whole.substr(0, random.below(whole.size())));
      damaged.push_back(whole);
      damaged.back()[random.below(whole.size())] = static_cast<char>(random.below(256));
    }
    for (const std::string& bytes : damaged) {
      put(bytes);
      bool fine = true;
      try {
        load();
      } catch (const Error& fault) {
        fine = false;
        require_error([&] { throw fault; }, {"E_TOKENIZER_", "E_IO_"}, name + " damaged");
      }
      (fine ? taken : refused) += 1;
    }
    put(whole);
  }
  return fmt::format("{} refused as E_TOKENIZER_* or E_IO_*, {} taken for whole; seed {}", refused, taken,
                     tokenizers.seed);
}

}  // namespace strata::detail
