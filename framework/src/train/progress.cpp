// Progress to and from trainer_state.json. Doubles are written shortest that read back the same.
#include "train/progress.hpp"

#include <cmath>

namespace strata::detail {
namespace {

// One list of the fields for both directions.
template <class P, class Use>
void each_count(P& progress, Use&& use) {
  use("update", progress.update);
  use("epoch", progress.epoch);
  use("position", progress.position);
  use("sentences", progress.sentences);
  use("target_tokens", progress.target_tokens);
  use("saved_epoch", progress.saved_epoch);
  use("validated_update", progress.validated_update);
  use("validated_epoch", progress.validated_epoch);
  use("stale", progress.stale);
  use("best_update", progress.best_update);
}

}  // namespace

Config Progress::to_config() const {
  Config out = Config::object();
  each_count(*this, [&](const char* name, std::int64_t value) { out.put(name, value); });
  out.put("elapsed_seconds", elapsed_seconds);
  out.put("validation_due", validation_due);
  Config values = Config::object();
  for (const auto& [name, value] : best) {
    if (std::isfinite(value)) values.put(name, value);
  }
  out.put("best", values);
  Config sums = Config::object();
  for (const auto& [split, sum] : data) sums.put(split, sum);
  out.put("data", sums);
  return out;
}

Progress Progress::from_config(const Config& from) {
  Progress progress;
  each_count(progress, [&](const char* name, std::int64_t& value) { value = from.at(name).integer(); });
  progress.elapsed_seconds = from.at("elapsed_seconds").real();
  progress.validation_due = from.at("validation_due").boolean();
  for (const auto& [name, value] : from.at("best").members()) progress.best[name] = value.real();
  if (const Config* sums = from.find("data")) {
    for (const auto& [split, sum] : sums->members()) progress.data[split] = sum.string();
  }
  return progress;
}

}  // namespace strata::detail
