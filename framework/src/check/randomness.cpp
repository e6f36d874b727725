// Random numbers of a component, with all of its dropouts on.
#include "check/randomness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "check/checks.hpp"
#include "ops/random_record.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail {
namespace {

// 0.5 where the option's bounds allow it.
double probability(const OptionInfo& option) {
  constexpr double kHalf = 0.5, kBelow = 0.9;
  if (!option.high || *option.high > kHalf || (*option.high == kHalf && !option.high_open)) return kHalf;
  return option.high_open ? *option.high * kBelow : *option.high;
}

int set_dropouts(Config& spec, const std::vector<OptionInfo>& options, Registry& registry);

// A nested component, or each of a list of them.
int set_in_component(Config& spec, const OptionInfo& option, Registry& registry) {
  if (spec.is_array()) {
    int count = 0;
    Config list = Config::array();
    for (Config item : spec.items()) {
      count += set_in_component(item, option, registry);
      list.append(std::move(item));
    }
    spec = std::move(list);
    return count;
  }
  if (!spec.is_object()) return 0;
  return set_dropouts(spec, registry.component(option.role, spec.at("type").string()).options, registry);
}

int set_dropouts(Config& spec, const std::vector<OptionInfo>& options, Registry& registry) {
  int count = 0;
  for (const OptionInfo& option : options) {
    const Config* given = spec.find(option.name);
    Config value = given != nullptr ? *given : Config();
    int inside = 0;
    if (!option.role.empty()) {
      inside = set_in_component(value, option, registry);
    } else if (!option.group.empty()) {
      inside = value.is_object() ? set_dropouts(value, option.group, registry) : 0;
    } else if (option.name.find("dropout") != std::string::npos &&
               (option.type == "real" || option.type == "optional real")) {
      value = Config(probability(option));
      inside = 1;
    }
    if (inside > 0) spec.put(option.name, std::move(value));
    count += inside;
  }
  return count;
}

void use_step(std::int64_t step) { context().random_step = Tensor::from(std::vector<std::int64_t>{step}, {}); }

}  // namespace

Dropping with_dropout(std::string_view role, const Config& spec, Registry& registry) {
  Dropping out{registry.complete(role, spec), 0};
  out.options = set_dropouts(out.spec, registry.component(role, out.spec.at("type").string()).options, registry);
  return out;
}

std::string check_evaluation(const std::function<Tensors()>& forward) {
  const ContextScope scope;
  const auto at = [&](bool training, std::int64_t step) {
    context().training = training;
    use_step(step);
    return forward();
  };
  const Tensors one = at(false, 1), two = at(false, 2);
  for (std::size_t i = 0; i < one.size(); ++i) {
    require_same(two[i], one[i], fmt::format("result {} of an evaluation at random step 2 and at 1", i + 1));
  }
  const Tensors trained = at(true, 1), again = at(true, 2);
  bool differs = false;
  for (std::size_t i = 0; i < trained.size(); ++i) differs |= trained[i].to_doubles() != again[i].to_doubles();
  return fmt::format("{} results, the same bits at two random steps; while training they {}", one.size(),
                     differs ? "differ" : "do not differ");
}

std::string check_random_keys(const std::function<void()>& forward) {
  const ContextScope scope;
  context().training = true;
  use_step(1);
  const RandomRecord record;
  forward();
  std::set<std::pair<std::uint64_t, std::int64_t>> seen;
  for (const RandomKey& one : record.keys()) {
    if (seen.emplace(one.key, one.call).second) continue;
    throw CheckFailed{
        fmt::format("the numbers of key {:016x}, call {} are asked for twice in one forward", one.key, one.call)};
  }
  return fmt::format("{} draws, each with numbers of its own", seen.size());
}

}  // namespace strata::detail
