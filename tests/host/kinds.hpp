// Bad inputs by kind: how to make a fresh file of one, and what the host has to say of it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace host_test {

struct Kind {
  std::string name;
  std::string code;  // "E_PLUGIN_": any of them, or the file loads (bits flipped where nobody looks)
  std::string says;  // stands in the error's line
  std::function<void(const std::string& file, std::size_t round)> make;
  // What the user does with the file; the host loads it unless another deed is named.
  std::function<void(Fresh& fresh, const std::string& file)> attempt = [](Fresh& fresh, const std::string& file) {
    fresh.host.load(file);
  };
  std::size_t leaves = 0;  // plugins, each with one component, that are there after it all the same
  std::size_t most_rounds = 1000000;

  bool may_load() const { return code == "E_PLUGIN_"; }
};

std::vector<Kind> non_plugins();  // no regular file, no library, another machine's, unreadable
std::vector<Kind> damaged();      // cut off, bits flipped: by the round, from host_seed()
std::vector<Kind> mismatched();   // API, ABI, size and name in the descriptor, before anything of the library runs
std::vector<Kind> hostile();      // what they do when they are loaded, when they register, later

// STRATA_HOST_SEED, or 1: the damage of damaged().
std::size_t host_seed();

}  // namespace host_test
