// The thread's context.
#include "strata/tensor/context.hpp"

namespace strata {

Context& context() {
  static thread_local Context instance;
  return instance;
}

ContextScope::ContextScope() : saved_(std::make_unique<Context>(context())) {}
ContextScope::~ContextScope() { context() = std::move(*saved_); }

}  // namespace strata
