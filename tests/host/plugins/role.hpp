// The role that the test plugins and their test share.
#pragma once

#include <string>

#include "strata/plugin.hpp"

namespace host_test {

struct Greeter {
  static constexpr std::string_view kRole = "greeter";
  struct Facts {
    std::string whom;
  };
  virtual ~Greeter() = default;
  virtual std::string greet() const = 0;
};

template <const char* kWord>
struct Word final : Greeter {
  struct Options {
    std::int64_t times = 1;
    void visit(auto& option) { option("times", times, "how often").range(1, 9); }
  };
  Word(const Options& options, const Facts& facts) {
    for (std::int64_t i = 0; i < options.times; ++i) said += kWord;
    said += facts.whom;
  }
  std::string greet() const override { return said; }
  std::string said;
};

}  // namespace host_test
