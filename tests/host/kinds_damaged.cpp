// A good library with an end missing, or with bits flipped; its manifest stands beside it as strata_add_plugin leaves
// it.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "host/kinds.hpp"
#include "strata/core/rng.hpp"

namespace host_test {
namespace {

void put(const std::string& file, const std::string& bytes) {
  strata::write_file(file, bytes);
  fs::copy_file(strata::manifest_path(built("hello")), strata::manifest_path(file),
                fs::copy_options::overwrite_existing);
}

void cut_off(const std::string& file, std::size_t round) {
  const std::string good = strata::read_file(built("hello"));
  strata::Rng rng(host_seed(), "cut/" + std::to_string(round));
  put(file, good.substr(0, rng.below(good.size())));
}

// `flips` bits at places from `first` to `last`, counted from the start, or from the end.
struct Flips {
  std::string label;
  std::size_t flips = 1, room = 0;  // 0: anywhere
  bool from_end = false;

  void operator()(const std::string& file, std::size_t round) const {
    std::string bytes = strata::read_file(built("hello"));
    strata::Rng rng(host_seed(), label + "/" + std::to_string(round));
    for (std::size_t i = 0; i < flips; ++i) {
      const std::size_t place = rng.below(room == 0 ? bytes.size() : std::min(room, bytes.size()));
      char& byte = bytes[from_end ? bytes.size() - 1 - place : place];
      byte = static_cast<char>(byte ^ (1U << rng.below(8)));
    }
    put(file, bytes);
  }
};

}  // namespace

std::size_t host_seed() {
  const char* seed = std::getenv("STRATA_HOST_SEED");
  return seed == nullptr ? 1 : std::stoul(seed);
}

std::vector<Kind> damaged() {
  constexpr std::size_t kTables = 4096;  // most of what a loader reads stands this near to one of the ends
  return {
      {"cut off", "E_PLUGIN_FILE", "", cut_off},
      {"one bit flipped", "E_PLUGIN_", "", Flips{"anywhere"}},
      {"8 bits flipped in front", "E_PLUGIN_", "", Flips{"front", 8, kTables}},
      {"8 bits flipped at the end", "E_PLUGIN_", "", Flips{"end", 8, kTables, true}},
  };
}

}  // namespace host_test
