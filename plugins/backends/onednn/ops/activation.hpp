// What linear applies at its end, as the attribute "activation" numbers it.
#pragma once

#include "ops/rows.hpp"

namespace strata::onednn {

enum Activation { kNone, kRelu, kTanh, kSigmoid, kGelu };  // the order of strata::Activation
constexpr Unary kActivations[] = {Unary::count, Unary::relu, Unary::tanh, Unary::sigmoid, Unary::gelu};

}  // namespace strata::onednn
