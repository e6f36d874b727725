// The built-in metrics as components.
#pragma once

namespace strata {

class Registry;

void register_metrics(Registry& registry);

}  // namespace strata
