// One line a room: the function that registers the room's built-in components.
#include "plugin/builtins.hpp"

namespace strata {

void register_builtins(Registry&) {}

}  // namespace strata
