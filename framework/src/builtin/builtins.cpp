// One line a room: the function that registers the room's built-in components.
#include "plugin/builtins.hpp"

#include "data/builtin.hpp"
#include "decode/samplers/samplers.hpp"
#include "score/metrics.hpp"
#include "train/roles.hpp"

namespace strata {

void register_builtins(Registry& registry) {
  register_datasets(registry);
  register_feeds(registry);
  register_samplers(registry);
  register_metrics(registry);
  register_communicators(registry);
  register_trainers(registry);
}

}  // namespace strata
