// The built-in components of training.
#pragma once

namespace strata {

class Registry;

void register_communicators(Registry& registry);
void register_trainers(Registry& registry);

}  // namespace strata
